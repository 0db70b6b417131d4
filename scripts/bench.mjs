/**
 * `pnpm bench [name]...`: measures what bench/ describes and prints it with machine and load. The
 * beginning of names, such as `host`, stands for all that begin with it.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { bundle } from './bundle.mjs'
import { ROOT, runNode } from './run-tool.mjs'

const FOLDER = path.join(ROOT, 'bench')
const SUFFIX = '.bench.ts'
const FLAGS_LINE = /^\/\/ node-flags: (.+)$/m

process.exitCode = await main(process.argv.slice(2))

/** @param {readonly string[]} asked */
async function main(asked) {
  const known = readdirSync(FOLDER)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort()
  const meant = (/** @type {string} */ name) =>
    known.filter((one) => one === name || one.startsWith(`${name}-`))
  const strange = asked.find((name) => meant(name).length === 0)
  if (strange !== undefined) {
    process.stderr.write(`There is no benchmark "${strange}". Choose from ${known.join(', ')}.\n`)
    return 1
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'))
  try {
    for (const name of asked.length > 0 ? asked.flatMap(meant) : known) {
      const code = await measure(name, folder)
      if (code !== 0) return code
    }
    return 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Each benchmark has a process of its own, so that none inherits what another compiled or left in
 * memory.
 *
 * @param {string} name
 * @param {string} folder
 */
async function measure(name, folder) {
  const source = path.join(FOLDER, `${name}${SUFFIX}`)
  const flags = FLAGS_LINE.exec(readFileSync(source, 'utf8'))?.[1]?.trim().split(/\s+/) ?? []
  const bundled = path.join(folder, `${name}.mjs`)
  if (!(await bundle(source, bundled))) return 1
  const starter = path.join(folder, `${name}.start.mjs`)
  const table = path.join(ROOT, 'scripts', 'bench-table.mjs')
  writeFileSync(
    starter,
    `import { printTable } from ${JSON.stringify(table)}\n` +
      `import { name, run } from ${JSON.stringify(bundled)}\n` +
      'printTable(name, await run())\n',
  )
  process.stdout.write(`${machine()}\n`)
  const { code } = await runNode([...flags, starter], { inherit: true })
  process.stdout.write('\n')
  return code
}

function machine() {
  const processors = cpus()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const load = loadavg().map((value) => value.toFixed(2))
  return (
    `${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${memory}, ` +
    `Node ${process.versions.node}, load ${load.join(' ')}`
  )
}

/**
 * `pnpm streams [--times N] [--tests] [name]...`: tries every operator on random streams against a
 * naive recomputation and prints how many there were, as docs/proof.md describes.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.mjs'
import { ROOT } from './run-tool.mjs'
import { accountForStreams, streamsText, tooFewStreams } from './streams-table.mjs'
import { testFilesThatCall } from './test-files.mjs'
import { runTests } from './test-report.mjs'
import { withUsage } from './usage.mjs'

const STREAMS_LEAST = 2000
const STATEFUL = ['window', 'join', 'table', 'pattern']
const SOURCES = path.join(ROOT, 'packages/operators/src')

const USAGE = `pnpm streams [name]...  every operator on random streams, or those in files that are named so
  --times N             so many times as many
  --tests               and what each test is about
docs/proof.md says what is compared.
`

process.exitCode = await withUsage(USAGE, process.argv.slice(2), main)

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { times: { type: 'string' }, tests: { type: 'boolean' } },
  })
  const times = Number(values.times ?? 1)
  if (!Number.isInteger(times) || times < 1) {
    process.stderr.write(
      'Times is a whole number from 1, by which all counts are multiplied: pnpm streams --times 10\n',
    )
    return 2
  }
  const files = testFiles(positionals)
  if (files.length === 0) {
    process.stderr.write(
      `No test of random streams lies in a file named for ${positionals.join(', ')}. Leave the names out to run all.\n`,
    )
    return 2
  }
  process.env.MILLRACE_STREAMS = String(times)
  // No stream is waited for: what takes long on a busy machine has not gone wrong.
  const { report, code, output, seconds } = await runTests([...files, '--testTimeout=0'])
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  const accounts = accountForStreams(results)
  process.stdout.write(streamsText(accounts, { tests: values.tests ?? false }))
  const total = accounts.reduce((sum, { streams }) => sum + streams, 0)
  process.stdout.write(`\n${total} streams in ${seconds.toFixed(0)} s.\n`)
  if (code !== 0) {
    // From the first failure on; before it stands only which files have run.
    const failures = output.slice(Math.max(0, output.indexOf(' FAIL ')))
    process.stdout.write(`\n${failures.trimEnd()}\n`)
  }
  const few =
    positionals.length > 0
      ? []
      : tooFewStreams(accounts, await statefulOperators(), STREAMS_LEAST * times)
  if (few.length > 0) process.stdout.write(`\nTried on too few: ${few.join(', ')}.\n`)
  process.stdout.write(
    code === 0
      ? '\nAll came to what was recomputed.\n'
      : '\nNot all came to what was recomputed. Each failure above names its seed, which is tried ' +
          'again by: pnpm streams FILE, with the same --times\n',
  )
  return code === 0 && few.length === 0 ? 0 : 1
}

/** @param {readonly string[]} names Parts of names of files; all where there is none. */
function testFiles(names) {
  return testFilesThatCall([SOURCES], /overSeeds|checkRandomly/).filter(
    (file) => names.length === 0 || names.some((name) => file.includes(name)),
  )
}

/** The operators themselves say what they are, so a new one is not forgotten. */
async function statefulOperators() {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-streams-'))
  try {
    const bundled = path.join(folder, 'operators.mjs')
    if (!(await bundle(path.join(SOURCES, 'index.ts'), bundled))) return []
    /** @type {{ operators: readonly { id: string, category: string }[] }} */
    const { operators } = await import(pathToFileURL(bundled).href)
    return operators.filter(({ category }) => STATEFUL.includes(category)).map(({ id }) => id)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

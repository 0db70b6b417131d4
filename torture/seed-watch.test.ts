/** Of a seed that goes on for ever it is told which one it is, and the process ends. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-seed-watch-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(
  cpuSecondsMax: number,
  program: string,
): Promise<{ output: string; signal: string | null }> {
  const watch = path.join(folder, 'seed-watch.mjs')
  const source = fileURLToPath(new URL('./seed-watch.ts', import.meta.url))
  await build({ entryPoints: [source], outfile: watch, platform: 'node', format: 'esm' })
  const file = path.join(folder, 'program.mjs')
  const begin =
    "import { watchSeeds } from './seed-watch.mjs'\n" +
    `const watch = watchSeeds({ cpuSecondsMax: ${cpuSecondsMax}, line: (fault) => '{seed}: ' + fault })\n`
  writeFileSync(file, begin + program)
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const [, signal] = await once(child, 'close')
  return { output, signal }
}

test('a seed whose turn never ends is named, and the process ends', async () => {
  const { output, signal } = await run(0.2, 'watch.begin(7); watch.begin(8); for (;;);')
  const fault = 'Liveness: within a turn it goes on for more than 0.2 s of processor time.'
  expect([output, signal]).toEqual([`8: ${fault}`, 'SIGKILL'])
})

test('a process that is done with its seeds ends by itself, however much it computes then', async () => {
  const { output, signal } = await run(
    1,
    `
    for (let seed = 1; seed < 5; seed++) watch.begin(seed)
    await watch.close()
    const { user } = process.cpuUsage()
    while (process.cpuUsage().user - user < 2e6) for (let count = 0; count < 1e7; count++);
  `,
  )
  expect([output, signal]).toEqual(['', null])
})

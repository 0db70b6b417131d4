/** That real processes are struck at the calls they are to be struck at, and what comes of it. */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { killTable } from './kill-table.ts'
import { whyNoTrace } from './system-calls.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FEW = { root: ROOT, every: 40, calls: ['fsync', 'rename'] } as const

function expectSound({ rows, faults }: Awaited<ReturnType<typeof killTable>>): void {
  expect(faults).toEqual([])
  // On a busy machine there is time for few checkpoints; the last one alone makes some calls.
  for (const { sites } of rows) expect(sites).toBeGreaterThan(5)
  const struck = rows.reduce((sum, row) => sum + row.struck, 0)
  expect(struck).toBeGreaterThan(0)
  expect(rows.reduce((sum, row) => sum + row.recovered, 0)).toBe(struck)
}

test.skipIf(whyNoTrace() !== undefined)(
  'a job goes on wherever the operating system has killed it, and wherever its disk refused',
  async () => expectSound(await killTable(FEW)),
)

test('without strace it is killed from inside', async () => {
  expectSound(await killTable({ ...FEW, calls: ['rename'], withoutTrace: true }))
})

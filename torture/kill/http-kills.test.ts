/** A real job killed at one of its requests: every record arrives, and once by its key. */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { httpKills } from './http-kills.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test('a job that is killed at a request sends every record, and once by its key', async () => {
  const { rows, faults } = await httpKills({ root: ROOT, every: 24 })
  expect(faults).toEqual([])
  for (const row of rows) {
    expect([row.moment, row.struck, row.recovered]).toEqual([row.moment, 1, 1])
    expect([row.lost, row.repeatedByKey]).toEqual([0, 0])
  }
  // What was taken and not answered comes again, so the counting sees repeats.
  expect(rows.find(({ moment }) => moment === 'before the answer')?.repeated).toBeGreaterThan(0)
})

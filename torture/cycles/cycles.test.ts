/** A few kills of a real server under load: nothing acknowledged is lost, nothing comes twice. */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { killCycles, recordsIn } from './kill-cycles.ts'
import { Sender } from './sender.ts'
import { Refused } from './server-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test('a server and its engine hosts that are killed lose nothing and repeat nothing', async () => {
  const report = await killCycles({ root: ROOT, cycles: 4, seed: 3 })
  expect(report.faults).toEqual([])
  expect(report.acknowledged).toBeGreaterThan(100)
  expect(report.serverKills).toBeGreaterThan(0)
  expect(report.hostKills).toBeGreaterThan(0)
})

test('a topic that its job has not made yet has no records, and is waited for', async () => {
  const partitions = [
    { startOffset: 0, endOffset: 4 },
    { startOffset: 1, endOffset: 3 },
  ]
  expect(await recordsIn(Promise.reject(new Refused(404, 'There is no topic "copy".')))).toBe(0)
  expect(await recordsIn(Promise.resolve({ partitions }))).toBe(6)
})

test.each([500, 503])('an answer of %i about a topic is a fault', async (status) => {
  await expect(recordsIn(Promise.reject(new Refused(status, 'No.')))).rejects.toThrow('No.')
})

test('a client whose server is given up ends, with nothing acknowledged', async () => {
  const sender = new Sender('c0', () => 'http://127.0.0.1:0')
  sender.giveUp()
  await sender.end()
  expect(sender.acknowledged.size).toBe(0)
})

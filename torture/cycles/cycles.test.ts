/** A few kills of a real server under load: nothing acknowledged is lost, nothing comes twice. */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { killCycles } from './kill-cycles.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test('a server and its engine hosts that are killed lose nothing and repeat nothing', async () => {
  const report = await killCycles({ root: ROOT, cycles: 4, seed: 3 })
  expect(report.faults).toEqual([])
  expect(report.acknowledged).toBeGreaterThan(100)
  expect(report.serverKills).toBeGreaterThan(0)
  expect(report.hostKills).toBeGreaterThan(0)
}, 180_000)

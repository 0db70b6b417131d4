/** A server is killed in the moment in which a backfill takes the place of a job. */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { switchKills } from './switch-kills.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test('behind the row that makes the switch the new version runs, and nothing is lost or twice', async () => {
  const only = 'server after update jobs'
  const bounds = { root: ROOT, every: 1, seed: 1, secondsMax: Number.POSITIVE_INFINITY, only }
  const { rows, faults } = await switchKills(bounds)
  expect(faults).toEqual([])
  // The server with its engine hosts, and the server alone.
  expect(rows.map(({ whom, struck, new: after }) => [whom, struck, after])).toEqual([
    ['all', 1, 1],
    ['one', 1, 1],
  ])
}, 600_000)

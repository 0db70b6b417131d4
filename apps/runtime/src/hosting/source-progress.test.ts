/** Checks what is told of the sources above a node. */

import { START_OF_TIME_MS } from '@millrace/engine'
import { expect, test } from 'vitest'
import { nodesAbove, toWireProgress } from './source-progress.ts'

const settings = { maxOutOfOrdernessMs: 5_000, intervalMs: 100, idleTimeoutMs: 3_000 }
/** A clock on the wall that reads a million more than the monotonic one. */
const CLOCKS = { wallMs: 1_060_000, monotonicMs: 60_000 }

test('the slowest partition that is not idle is told, with when it was heard last', () => {
  const partitions = [
    { latestMs: 900, idle: false, heardAtMs: 59_000 },
    { latestMs: 100, idle: true, heardAtMs: 1_000 },
    { latestMs: 200, idle: false, heardAtMs: 20_000 },
  ]
  expect(
    toWireProgress('orders', { settings, partitions, waiting: true, ended: false }, CLOCKS),
  ).toEqual({
    ...{ nodeId: 'orders', partitions: 3, idlePartitions: 1 },
    slowest: { partition: 2, latest: 200, heardAtMs: 1_020_000 },
    ...{ latest: 900, heardAtMs: 1_059_000, waiting: true, ended: false },
    ...{ delayMs: 5_000, intervalMs: 100, idleTimeoutMs: 3_000 },
  })
})

test('a source that has brought nothing has no time, and where all are idle none is slowest', () => {
  const none = { latestMs: START_OF_TIME_MS, idle: true, heardAtMs: undefined }
  const progress = { settings, partitions: [none], waiting: true, ended: false }
  expect(toWireProgress('orders', progress, CLOCKS)).toMatchObject({
    ...{ slowest: null, latest: 'start', heardAtMs: null, idlePartitions: 1 },
  })
})

test('above a node is whatever its records come through, also past a diamond', () => {
  const edge = (from: string, to: string) => ({
    from: { node: from, port: 'out' },
    to: { node: to, port: 'in' },
  })
  const edges = [
    ...[edge('orders', 'left'), edge('orders', 'right'), edge('left', 'both')],
    ...[edge('right', 'both'), edge('both', 'windows'), edge('clicks', 'elsewhere')],
  ]
  expect([...nodesAbove('windows', edges)].sort()).toEqual(['both', 'left', 'orders', 'right'])
})

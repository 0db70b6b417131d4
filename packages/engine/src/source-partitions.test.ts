/** Partitions of a source that knows how many it has only when it has read something. */

import { appendStream, INTEGER } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { readCheckpoint } from './checkpoint.ts'
import { Job } from './job.ts'
import { defineOperator } from './operator.ts'
import { toJobPlan } from './plan.ts'
import { MemoryCheckpoints } from './testing/memory-checkpoints.ts'
import { createOutboxSink, Outbox } from './testing/outbox.ts'
import { checkDocument, driveVirtually } from './testing/run-pipeline.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

/** First a chunk in which nothing is left, then one of the second partition. */
const CHUNKS = [
  { partition: 0, rows: [], times: [], rejects: [], skippedLines: 1, next: 1 },
  { partition: 1, rows: [[7]], times: [7000], rejects: [], next: 2 },
]

function twoPartitions(isStuck: () => boolean) {
  return defineOperator({
    id: 'two-partitions',
    category: 'source',
    title: 'Test',
    icon: 'test',
    summary: 'For tests.',
    config: z.strictObject({}),
    inputs: [],
    outputs: ['out', 'errors'],
    examples: [],
    outputSchemas: () => ({ out: appendStream([{ name: 'n', type: INTEGER }], true) }),
    read: (_config, { position }) => {
      let next = typeof position === 'number' ? position : 0
      return {
        bounded: true,
        replayable: true,
        watermark: { maxOutOfOrdernessMs: 0, intervalMs: 100 },
        get partitions() {
          return next === 0 ? 1 : 2
        },
        read: () => (next === 1 && isStuck() ? new Promise(() => {}) : CHUNKS[next++]),
        close: async () => {},
      }
    },
  })
}

test('a job goes on from where its source had handed on nothing yet but had begun', async () => {
  const outbox = new Outbox()
  let stuck = true
  const sink = createOutboxSink(outbox, { pause: async () => {} })
  const document = {
    format: 'millrace/1',
    name: 'Test',
    nodes: {
      in: { operator: 'two-partitions', config: {} },
      out: { operator: 'outbox-sink', config: {} },
    },
    edges: [{ from: 'in', to: 'out' }],
  }
  const store = new MemoryCheckpoints()
  const env = new VirtualEnv()
  const start = async () =>
    new Job(toJobPlan(checkDocument(document, [twoPartitions(() => stuck), sink])), {
      env,
      batchRowsMax: 1,
      resolvePath: (path) => path,
      deadLetters: () => {},
      checkpoints: { store, restored: await readCheckpoint(store, env) },
    })
  const first = await start()
  for (let round = 0; round < 10; round++) {
    first.runSlice()
    await Promise.resolve()
  }
  const taken = first.checkpoint()
  for (let round = 0; round < 100; round++) {
    first.runSlice()
    await Promise.resolve()
  }
  await taken
  stuck = false
  const again = await start()
  await driveVirtually(again, env)
  expect(await again.finish()).toBeUndefined()
  expect(outbox.visible.get('out')).toHaveLength(1)
})

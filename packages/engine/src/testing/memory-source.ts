/**
 * A source of rows that are in memory already, and a sink that counts: for benchmarks and tests.
 */

import type { Row, StreamSchema } from '@millrace/pipeline'
import * as z from 'zod'
import type { Batch } from '../element.ts'
import { defineOperator, type OperatorDefinition } from '../operator.ts'
import { process } from '../process.ts'
import type { WatermarkSettings } from '../source.ts'

export interface MemoryRows {
  /** Gives the rows from `from` on, at most `count`, with their event times; none at the end. */
  slice(
    from: number,
    count: number,
  ): { readonly rows: readonly Row[]; readonly times: readonly number[] }
  readonly watermark: WatermarkSettings
}

/** Reads the same rows every time. */
export function createMemorySource(
  id: string,
  schema: StreamSchema,
  { slice, watermark }: MemoryRows,
): OperatorDefinition {
  return defineOperator({
    id,
    category: 'source',
    title: 'Memory',
    icon: 'memory',
    summary: 'Reads rows that are in memory.',
    config: z.strictObject({}),
    inputs: [],
    outputs: ['out', 'errors'],
    examples: [],
    outputSchemas: () => ({ out: schema }),
    read: () => {
      let position = 0
      return {
        bounded: true,
        watermark,
        read: (rowsMax) => {
          const { rows, times } = slice(position, rowsMax)
          position += rows.length
          return rows.length === 0 ? undefined : { rows, times, rejects: [] }
        },
        close: async () => {},
      }
    },
  })
}

/** Hands every batch to `onBatch` and keeps nothing. */
export function createBatchSink(id: string, onBatch: (batch: Batch) => void): OperatorDefinition {
  return defineOperator({
    id,
    category: 'sink',
    title: 'Batches',
    icon: 'memory',
    summary: 'Hands batches to whoever measures.',
    config: z.strictObject({}),
    inputs: ['in'],
    outputs: [],
    examples: [],
    outputSchemas: () => ({}),
    run: (_, inputs, context) =>
      process<'in', never>(inputs, context, { ports: [] }, () => ({
        rows: (_, batch, from, to) => {
          context.ledger.passed += to - from
          if (from === 0) onBatch(batch)
        },
      })),
  })
}

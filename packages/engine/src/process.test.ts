/** What an operator may do with watermarks besides letting them pass. */

import { expect, test } from 'vitest'
import * as z from 'zod'
import { END_OF_TIME_MS } from './element.ts'
import { defineOperator } from './operator.ts'
import { process } from './process.ts'
import { record, runOperator, stream, watermark } from './testing/index.ts'

/**
 * Lets a watermark leave behind each record, 10 ms before its number, and none of those that come
 * in.
 */
const ownWatermarks = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'own-watermarks',
  category: 'transform',
  config: z.strictObject({}),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (_, { in: input }) => ({ out: { ...input, eventTime: true } }),
  run: (_, inputs, context) =>
    process<'in', 'out' | 'errors'>(inputs, context, { ports: ['out', 'errors'] }, (emit) => ({
      rows: (_input, { rows }, from, to) => {
        context.ledger.passed += to - from
        for (const row of rows.slice(from, to)) {
          emit.out.out.emit(row, Number(row[0]))
          emit.watermark(Number(row[0]) - 10)
        }
      },
      outgoingWatermark: (ms) => (ms === END_OF_TIME_MS ? ms : Number.NEGATIVE_INFINITY),
    })),
})

test("a node's own watermarks stand behind the records that raise them, and those of the input do not pass", () => {
  const input = stream({ n: 'integer' }, [
    record({ n: 30 }),
    watermark(5_000),
    record({ n: 20 }),
    record({ n: 40 }),
  ])
  const { outputs } = runOperator(ownWatermarks, {}, { in: input })
  expect(outputs.out).toEqual([
    record({ n: 30 }, 30),
    watermark(20),
    record({ n: 20 }, 20),
    record({ n: 40 }, 40),
    watermark(30),
  ])
  expect(outputs.errors).toEqual([watermark(20), watermark(30)])
})

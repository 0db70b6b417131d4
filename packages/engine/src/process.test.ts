/** What an operator may do with watermarks besides letting them pass. */

import { expect, test } from 'vitest'
import * as z from 'zod'
import { END_OF_TIME_MS } from './element.ts'
import { defineOperator } from './operator.ts'
import { process } from './process.ts'
import { clock, record, runOperator, stream, watermark } from './testing/index.ts'
import { runPipeline } from './testing/run-pipeline.ts'
import { smallOperators } from './testing/small-operators.ts'

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

/** Says its number again each second of processing time, until the input ends. */
const repeater = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'repeater',
  category: 'transform',
  config: z.strictObject({ times: z.int().default(2) }),
  inputs: ['in'],
  outputs: ['out'],
  outputSchemas: (_, { in: input }) => ({ out: input }),
  run: ({ times }, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => {
      const last = context.state.value('last', 0)
      const dueMs = context.state.value('due', Number.POSITIVE_INFINITY)
      return {
        rows: (_input, { rows }, from, to) => {
          context.ledger.passed += to - from
          last.set(Number(rows[to - 1]?.[0]))
          dueMs.set(Math.min(dueMs.get(), context.nowMs() + 1000))
        },
        nextProcessingMs: () => dueMs.get(),
        *processingTime(nowMs) {
          dueMs.set(nowMs + 1000)
          for (let count = 0; count < times; count++) {
            out.out.emit([last.get()], nowMs)
            yield
          }
        },
      }
    }),
})

test('a node is called when its processing time has come, and watermarks wait for what it does', () => {
  const input = stream({ n: 'integer' }, [
    record({ n: 7 }),
    clock('2026-01-01T00:00:00.999Z'),
    watermark(5),
    clock('2026-01-01T00:00:02.500Z'),
    record({ n: 8 }),
  ])
  const { outputs } = runOperator(repeater, {}, { in: input })
  const at = Date.UTC(2026, 0, 1)
  expect(outputs.out).toEqual([
    watermark(5),
    record({ n: 7 }, at + 1000),
    record({ n: 7 }, at + 1000),
    record({ n: 7 }, at + 2000),
    record({ n: 7 }, at + 2000),
  ])
})

test('a job wakes for processing time while its source says nothing', async () => {
  const rows = [
    [1, 5],
    [2, 6],
  ]
  const document = {
    format: 'millrace/1',
    name: 'Tested',
    nodes: {
      numbers: { operator: 'list-source', config: { rows, chunkRows: 1, everyMs: 2400 } },
      again: { operator: 'repeater', config: { times: 5000 } },
    },
    edges: [{ from: 'numbers', to: 'again' }],
  }
  const operators = [...smallOperators, repeater]
  const { taps, failure } = await runPipeline(document, { operators, tap: ['again'] })
  expect(failure).toBe(undefined)
  // Each number stands for 2.4 s, in which two seconds begin.
  const left = taps.get('again') ?? []
  const count = (n: number) => left.filter((one) => 'row' in one && one.row.n === n).length
  expect([count(5), count(6)]).toEqual([10_000, 10_000])
})

/** What was in flight while a row of `echo` was under way. */
const inFlight = new Set<number>()

/** Says each number as often as it says, and yields after each time. */
const echo = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'echo',
  category: 'transform',
  config: z.strictObject({}),
  inputs: ['in'],
  outputs: ['out'],
  outputSchemas: (_, { in: input }) => ({ out: input }),
  run: (_, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => ({
      rows: (_input, { rows, times }, from) => {
        context.ledger.passed++
        const [count = 0] = rows[from] ?? []
        const timeMs = times?.[from] ?? 0
        if (count === 2) {
          for (let copy = 0; copy < count; copy++) out.out.emit([count], timeMs)
          return { to: from + 1, work: undefined }
        }
        function* work() {
          for (let copy = 0; copy < Number(count); copy++) {
            out.out.emit([count], timeMs)
            yield
            expect(context.ledger.sum()).toBe(context.ledger.in)
            inFlight.add(context.ledger.inFlight)
          }
        }
        return { to: from + 1, work: work() }
      },
    })),
})

test('rows and watermarks wait for what a row before them sets off, and the books balance meanwhile', async () => {
  const rows = [
    [1, 9_000],
    [2, 2],
    [3, 5_000],
  ]
  const document = {
    format: 'millrace/1',
    name: 'Tested',
    nodes: {
      numbers: { operator: 'list-source', config: { rows } },
      echo: { operator: 'echo', config: {} },
    },
    edges: [{ from: 'numbers', to: 'echo' }],
  }
  const { taps, failure } = await runPipeline(document, {
    operators: [...smallOperators, echo],
    tap: ['echo'],
  })
  expect(failure).toBe(undefined)
  const left = (taps.get('echo') ?? []).filter((one) => 'row' in one)
  expect(left.map((one) => ('row' in one ? one.row.n : 0))).toEqual([
    ...Array(9_000).fill(9_000),
    ...[2, 2],
    ...Array(5_000).fill(5_000),
  ])
  expect([...inFlight]).toEqual([2, 0])
})

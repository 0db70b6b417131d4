/**
 * For tests and benchmarks of what others notice: a source whose records come from outside at fixed
 * times, whether anybody reads them or not, and a sink that writes down when each one has arrived.
 */

import { appendFileSync } from 'node:fs'
import {
  type Clock,
  defineOperator,
  process as runProcess,
  type SourceReader,
} from '@millrace/engine'
import { appendStream } from '@millrace/pipeline'
import * as z from 'zod'

const FOR_TESTS = { icon: 'test', summary: 'For tests.', examples: [] } as const

/** Of each clock, what its monotonic time lacks to that of the day. */
const offsets = new WeakMap<Clock, number>()

/** As `nowMs`, with parts of milliseconds, since a whole one is as long as most records take. */
function fineNowMs(clock: Clock): number {
  const offsetMs = offsets.get(clock) ?? clock.nowMs() - clock.monotonicMs()
  offsets.set(clock, offsetMs)
  return offsetMs + clock.monotonicMs()
}

/** Where it reads on. */
interface TimetablePosition {
  readonly startMs: number
  readonly next: number
}

/** What came while nobody read is there at once, as in a log. Event time is when a record came. */
export const timetable = defineOperator({
  ...FOR_TESTS,
  id: 'timetable',
  category: 'source',
  title: 'Timetable',
  guarantee: { withCheckpoints: 'exactly-once', without: 'exactly-once', note: 'It counts on.' },
  config: z.strictObject({ rate: z.number() }),
  inputs: [],
  outputs: ['out'],
  outputSchemas: () => ({
    out: appendStream([{ name: 'n', type: { kind: 'integer' } }], true),
  }),
  read: ({ rate }, { env: { clock, timers }, position }): SourceReader => {
    const from = position as unknown as TimetablePosition | undefined
    const startMs = from?.startMs ?? Math.ceil(fineNowMs(clock))
    let next = from?.next ?? 0
    const dueMs = (n: number) => startMs + (n * 1000) / rate
    let cancel = () => {}
    const take = (rowsMax: number) => {
      const rows: number[][] = []
      const times: number[] = []
      const nowMs = fineNowMs(clock)
      for (; rows.length < rowsMax && dueMs(next) <= nowMs; next++) {
        rows.push([next])
        times.push(Math.round(dueMs(next)))
      }
      return { rows, times, rejects: [], next: { startMs, next } }
    }
    return {
      bounded: false,
      replayable: true,
      watermark: { maxOutOfOrdernessMs: 0, intervalMs: 1000 },
      read: (rowsMax) =>
        new Promise((resolve) => {
          cancel = timers.after(dueMs(next) - fineNowMs(clock), () => resolve(take(rowsMax)))
        }),
      close: async () => cancel(),
    }
  },
})

/** A line a record: its event time, and when it arrived, both in milliseconds. */
export const arrivals = defineOperator({
  ...FOR_TESTS,
  id: 'arrivals',
  category: 'sink',
  title: 'Arrivals',
  // What comes again has the same event time; whoever reads the file takes the first of them.
  guarantee: { withCheckpoints: 'exactly-once', without: 'at-least-once', note: 'See its file.' },
  config: z.strictObject({ path: z.string() }),
  inputs: ['in'],
  outputs: [],
  outputSchemas: () => ({}),
  run: ({ path }, inputs, context) =>
    runProcess<'in', never>(inputs, context, { ports: [] }, () => ({
      rows: (_, { times }, from, to) => {
        context.ledger.passed += to - from
        const nowMs = fineNowMs(context.env.clock)
        const lines = times?.slice(from, to).map((timeMs) => `${timeMs} ${nowMs}\n`) ?? []
        appendFileSync(context.resolvePath(path), lines.join(''))
      },
    })),
})

/** Keeps one record of those with the same key: the first, or the last. */

import {
  type Batch,
  type CarrySetting,
  defineOperator,
  type EventTimers,
  type Handler,
  type OutputPort,
  process,
  type RunContext,
  type StateTable,
} from '@millrace/engine'
import { durationText, EMPTY_ROW, fields, type Key, type Row } from '@millrace/pipeline'
import * as z from 'zod'
import { carryTimeToLive } from '../carried-settings.ts'
import { checkColumns } from '../column-list.ts'
import { checkAppendInput } from '../input-kinds.ts'
import { StateLifetime, stateTimeToLive } from '../state-lifetime.ts'
import { LastingRows } from './lasting-rows.ts'
import { LatestRows } from './latest-rows.ts'
import { keyReader } from './to-table.ts'

const config = z
  .strictObject({
    keys: fields.columns({
      title: 'Keys',
      description: 'Records with the same values in these columns are repeats of each other.',
      min: 1,
    }),
    keep: z.enum(['first', 'last']).prefault('first').meta({
      title: 'Keep',
      description: 'first: the one that came first, as a stream. last: the latest one, as a table.',
      widget: 'choice',
    }),
    within: fields
      .duration({
        title: 'Within',
        description:
          'A repeat that is this far from the record that was kept, or farther, counts as new. For keep first.',
      })
      .optional(),
    stateTimeToLive: stateTimeToLive(),
  })
  .refine(({ keep, within }) => keep === 'first' || within === undefined, {
    message:
      'Within is for keep "first": of "last", every record takes the place of the one before, however long ago ' +
      'that was. Remove it, or forget keys with "stateTimeToLive".',
    path: ['within'],
    params: { code: 'within-of-last' },
  })

/** Keys are in one namespace. */
const ALL = 0

/** Lets the first record of each key through, for ever or until it is forgotten. */
class FirstForEver implements Handler {
  readonly #out: OutputPort
  readonly #readKey: (row: Row) => Key
  readonly #seen: StateTable<true>
  readonly #lifetime: StateLifetime
  readonly #ledger: RunContext['ledger']

  constructor(
    out: OutputPort,
    readKey: (row: Row) => Key,
    context: RunContext,
    timeToLiveMs: number | undefined,
  ) {
    this.#out = out
    this.#readKey = readKey
    this.#seen = context.state.table('seen')
    this.#lifetime = new StateLifetime(context, timeToLiveMs)
    this.#ledger = context.ledger
  }

  rows(_input: number, { rows, times }: Batch, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const key = this.#readKey(row)
      if (this.#seen.get(ALL, key) === true && !this.#lifetime.hasExpired(ALL, key)) {
        this.#ledger.filtered++
        continue
      }
      this.#seen.put(ALL, key, true)
      this.#lifetime.written(ALL, key)
      this.#ledger.passed++
      this.#out.emit(row, times?.[index] ?? 0)
    }
  }

  nextProcessingMs(): number {
    return this.#lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#lifetime.expire(nowMs, (namespace, key) => this.#seen.delete(namespace, key))
  }
}

/**
 * A record is a repeat where one that was let through is less than `withinMs` away, before or
 * behind it. By event time, which the watermark lets be forgotten; without it, by the clock.
 */
class FirstWithin implements Handler {
  readonly #out: OutputPort
  readonly #readKey: (row: Row) => Key
  readonly #withinMs: number
  readonly #timed: boolean
  /** Times of the records that were let through, in no order. */
  readonly #passed: StateTable<number[]>
  readonly #timers: EventTimers
  readonly #context: RunContext

  constructor(
    out: OutputPort,
    readKey: (row: Row) => Key,
    context: RunContext,
    withinMs: number,
    timed: boolean,
  ) {
    this.#out = out
    this.#readKey = readKey
    this.#withinMs = withinMs
    this.#timed = timed
    this.#passed = context.state.table('passed')
    this.#timers = context.state.timers('passed')
    this.#context = context
  }

  rows(_input: number, { rows, times }: Batch, from: number, to: number): void {
    const { ledger } = this.#context
    const withinMs = this.#withinMs
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = this.#timed ? (times?.[index] ?? 0) : this.#context.nowMs()
      const key = this.#readKey(row)
      const passed = this.#passed.change(ALL, key)
      if (passed?.some((otherMs) => Math.abs(timeMs - otherMs) < withinMs) === true) {
        ledger.filtered++
        continue
      }
      if (passed === undefined) this.#passed.put(ALL, key, [timeMs])
      else passed.push(timeMs)
      this.#timers.set(this.#endMs(timeMs), ALL, key)
      ledger.passed++
      this.#out.emit(row, times?.[index] ?? 0)
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    if (!this.#timed || this.#timers.nextMs() > watermarkMs) return undefined
    return this.#forget(watermarkMs)
  }

  nextProcessingMs(): number {
    return this.#timed ? Number.POSITIVE_INFINITY : this.#timers.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#forget(nowMs)
  }

  /** From here on no record that comes in time can be a repeat of it. */
  #endMs(timeMs: number): number {
    return timeMs + this.#withinMs - (this.#timed ? 1 : 0)
  }

  *#forget(untilMs: number): Generator<void, void> {
    for (;;) {
      const timer = this.#timers.takeDue(untilMs)
      if (timer === undefined) return
      const passed = this.#passed.change(ALL, timer.key)
      if (passed === undefined) continue
      const left = passed.filter((timeMs) => this.#endMs(timeMs) > untilMs)
      if (left.length === 0) this.#passed.delete(ALL, timer.key)
      else this.#passed.put(ALL, timer.key, left)
      yield
    }
  }
}

/** The record with the latest event time stands in the table; of equal times, the last to come. */
class LastForEver implements Handler {
  readonly #rows: LastingRows
  readonly #ledger: RunContext['ledger']

  constructor(rows: LastingRows, { ledger }: RunContext) {
    this.#rows = rows
    this.#ledger = ledger
  }

  rows(_input: number, batch: Batch, from: number, to: number): void {
    const passed = this.#rows.put(batch, from, to, true)
    this.#ledger.passed += passed
    this.#ledger.filtered += to - from - passed
  }
}

/** The same, and keys are forgotten. */
class Last implements Handler {
  readonly #rows: LatestRows
  readonly #readKey: (row: Row) => Key
  readonly #ledger: RunContext['ledger']

  constructor(rows: LatestRows, readKey: (row: Row) => Key, { ledger }: RunContext) {
    this.#rows = rows
    this.#readKey = readKey
    this.#ledger = ledger
  }

  rows(_input: number, { rows, times }: Batch, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      if (this.#rows.putUnlessOlder(this.#readKey(row), row, timeMs)) this.#ledger.passed++
      else this.#ledger.filtered++
    }
  }

  nextProcessingMs(): number {
    return this.#rows.lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#rows.lifetime.expire(nowMs, (_namespace, key) => this.#rows.forget(key))
  }
}

/** A key that has been forgotten already stays so. */
const carryWithin: readonly [string, CarrySetting] = [
  'within',
  ({ before, now }) => {
    if (typeof before !== 'number' || typeof now !== 'number') {
      const [was, is] = [before, now].map((one) =>
        typeof one === 'number' ? durationText(one) : 'not there',
      )
      const what = 'keys that are forgotten by event time are kept in another way than others'
      return { refused: `Within was ${was} and is ${is} now, and ${what}.` }
    }
    return {
      summary: `A repeat is one within ${durationText(now)}, and not within ${durationText(before)}.`,
      apply: ({ state }) => {
        const timers = state.timers('passed')
        for (const [key, passed] of state.table<number[]>('passed').entries(ALL)) {
          for (const timeMs of passed) timers.set(timeMs + now, ALL, key)
        }
      },
    }
  },
]

const payments = { payment: 'string', amount: 'integer' }

export const deduplicate = defineOperator({
  id: 'deduplicate',
  category: 'transform',
  title: 'Deduplicate',
  icon: 'deduplicate',
  summary: 'Keeps one record of those with the same key: the first, or the last.',
  details: [
    'Keep first lets the record through that comes first, at once and unchanged; its repeats count as filtered. With ' +
      '`within`, a record is a repeat only where one that was let through is less than this away in event time, ' +
      'before or behind it (by the clock where there is no event time), and keys are forgotten when the watermark has ' +
      'passed: what comes later than the watermark may then be let through again.',
    'Keep last gives a table with the key `keys`: the record with the latest event time, and of equal times the one ' +
      'that came last. A record that is older than the one that stands there counts as filtered. Without event time ' +
      'it is the one that came last.',
    'Without `within`, keys are kept for ever, or until `stateTimeToLive` has passed since their record was kept. NULL ' +
      'is a key like any other.',
  ].join('\n\n'),
  config,
  carriedSettings: new Map([carryTimeToLive(['seen', 'rows']), carryWithin]),
  inputs: ['in'],
  outputs: ['out'],
  outputSchemas: ({ keys, keep }, { in: input }, plan) => {
    checkAppendInput('A deduplicate', 'in', input, plan)
    checkColumns(keys, 'keys', input, plan)
    if (keep === 'first') return { out: input }
    return { out: { columns: input.columns, eventTime: false, changes: 'retract', key: keys } }
  },
  run: ({ keys, keep, within, stateTimeToLive: timeToLiveMs }, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => {
      const input = context.inputSchemas.in
      if (input === undefined) throw new Error('A deduplicate has an input "in".')
      const readKey = keyReader(keys, input)
      if (keep === 'last') {
        const lasting = LastingRows.of(keys, input, context, timeToLiveMs, out.out)
        if (lasting !== undefined) return new LastForEver(lasting, context)
        return new Last(new LatestRows(context, timeToLiveMs, out.out), readKey, context)
      }
      return within === undefined
        ? new FirstForEver(out.out, readKey, context, timeToLiveMs)
        : new FirstWithin(out.out, readKey, context, within, input.eventTime)
    }),
  examples: [
    {
      title: 'A payment that was sent twice counts once',
      config: { keys: ['payment'] },
      inputs: {
        in: {
          schema: payments,
          elements: [
            { at: '2026-01-01T00:00:01Z', row: { payment: 'p1', amount: 20 } },
            { at: '2026-01-01T00:00:02Z', row: { payment: 'p2', amount: 5 } },
            { at: '2026-01-01T00:00:01Z', row: { payment: 'p1', amount: 20 } },
          ],
        },
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:01Z', row: { payment: 'p1', amount: 20 } },
          { at: '2026-01-01T00:00:02Z', row: { payment: 'p2', amount: 5 } },
        ],
      },
    },
    {
      title: 'A repeat after an hour counts as new',
      config: { keys: ['payment'], within: '1h' },
      inputs: {
        in: {
          schema: payments,
          elements: [
            { at: '2026-01-01T00:00:00Z', row: { payment: 'p1', amount: 20 } },
            { at: '2026-01-01T00:59:59Z', row: { payment: 'p1', amount: 20 } },
            { at: '2026-01-01T01:00:00Z', row: { payment: 'p1', amount: 20 } },
          ],
        },
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:00Z', row: { payment: 'p1', amount: 20 } },
          { at: '2026-01-01T01:00:00Z', row: { payment: 'p1', amount: 20 } },
        ],
      },
    },
    {
      title: 'The latest record of each key as a table; one that comes late changes nothing',
      config: { keys: ['payment'], keep: 'last' },
      inputs: {
        in: {
          schema: payments,
          elements: [
            { at: '2026-01-01T00:00:02Z', row: { payment: 'p1', amount: 20 } },
            { at: '2026-01-01T00:00:03Z', row: { payment: 'p1', amount: 25 } },
            { at: '2026-01-01T00:00:01Z', row: { payment: 'p1', amount: 10 } },
          ],
        },
      },
      outputs: {
        out: [
          { change: '+I', row: { payment: 'p1', amount: 20 } },
          { change: '-U', row: { payment: 'p1', amount: 20 } },
          { change: '+U', row: { payment: 'p1', amount: 25 } },
        ],
      },
    },
  ],
})

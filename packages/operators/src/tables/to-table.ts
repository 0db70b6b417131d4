/** Makes a table of records: the latest row of each key. */

import {
  type Batch,
  defineOperator,
  type Handler,
  type OutputPort,
  process,
  type RunContext,
  type StateTable,
} from '@millrace/engine'
import {
  compareRows,
  createKeyReader,
  EMPTY_ROW,
  fields,
  isScalar,
  type Key,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import * as z from 'zod'
import { carryTimeToLive } from '../carried-settings.ts'
import { checkColumns, indexesOf } from '../column-list.ts'
import { StateLifetime, stateTimeToLive } from '../state-lifetime.ts'
import { UpdatePairs } from '../update-pairs.ts'
import { LastingRows } from './lasting-rows.ts'
import { type Kept, LatestRows } from './latest-rows.ts'

const config = z.strictObject({
  key: fields.columns({
    title: 'Key',
    description: 'Of each combination of values, the table has one row: the one that came last.',
    min: 1,
  }),
  stateTimeToLive: stateTimeToLive(),
})

/** Reads the key of a row of this input. */
export function keyReader(names: readonly string[], input: StreamSchema): (row: Row) => Key {
  const indexes = indexesOf(names, input)
  const [first, ...others] = indexes
  const type = input.columns[first ?? -1]?.type
  return createKeyReader(indexes, others.length === 0 && type !== undefined && isScalar(type))
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}

/** Each row takes the place of the one with its key, and is never forgotten. */
class OfStream implements Handler {
  readonly #rows: LastingRows
  readonly #ledger: RunContext['ledger']

  constructor(rows: LastingRows, { ledger }: RunContext) {
    this.#rows = rows
    this.#ledger = ledger
  }

  rows(_input: number, batch: Batch, from: number, to: number): void {
    const passed = this.#rows.put(batch, from, to, false)
    this.#ledger.passed += passed
    this.#ledger.absorbed += to - from - passed
  }
}

/** Each row takes the place of the one with its key. A table that comes in has the same key. */
class ByOwnKey implements Handler {
  readonly #rows: LatestRows
  readonly #readKey: (row: Row) => Key
  readonly #ledger: RunContext['ledger']

  constructor(rows: LatestRows, readKey: (row: Row) => Key, { ledger }: RunContext) {
    this.#rows = rows
    this.#readKey = readKey
    this.#ledger = ledger
  }

  rows(_input: number, { rows, times, changes }: Batch, from: number, to: number): void {
    const ledger = this.#ledger
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const change = changes?.[index] ?? '+I'
      // What it is replaced by comes next, under the same key.
      if (change === '-U') ledger.absorbed++
      else if (change === '-D') {
        if (this.#rows.remove(this.#readKey(row))) ledger.passed++
        else ledger.dropped++
      } else if (this.#rows.put(this.#readKey(row), row, times?.[index] ?? 0)) ledger.passed++
      else ledger.absorbed++
    }
  }

  nextProcessingMs(): number {
    return this.#rows.lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#rows.lifetime.expire(nowMs, (_namespace, key) => this.#rows.forget(key))
  }
}

/**
 * The input is a table with another key, so several of its rows may have one key here. All are
 * kept, by arrival: where the last one goes, the one before it stands there again.
 */
class ByOtherKey implements Handler {
  readonly #out: OutputPort
  readonly #readKey: (row: Row) => Key
  /** The key of the input; undefined where each row that is replaced comes too. */
  readonly #readInputKey: ((row: Row) => Key) | undefined
  readonly #lists: StateTable<Kept[]>
  readonly #inputRows: StateTable<Kept>
  readonly #lifetime: StateLifetime
  readonly #ledger: RunContext['ledger']
  readonly #pairs: UpdatePairs

  constructor(
    out: OutputPort,
    key: readonly string[],
    input: StreamSchema,
    context: RunContext,
    timeToLiveMs: number | undefined,
  ) {
    this.#out = out
    this.#readKey = keyReader(key, input)
    this.#readInputKey = input.changes === 'upsert' ? keyReader(input.key ?? [], input) : undefined
    this.#lists = context.state.table('lists')
    this.#inputRows = context.state.table('input rows')
    this.#lifetime = new StateLifetime(context, timeToLiveMs)
    this.#ledger = context.ledger
    this.#pairs = new UpdatePairs(context, (before, beforeMs, after, afterMs) => {
      if (before !== undefined) context.ledger.absorbed++
      if (after !== undefined) context.ledger.passed++
      this.#change(
        before && { row: before, timeMs: beforeMs },
        after && { row: after, timeMs: afterMs },
      )
    })
  }

  rows(_input: number, batch: Batch, from: number, to: number): void {
    if (this.#readInputKey === undefined) this.#pairs.rows(batch, from, to)
    else this.#upserts(batch, from, to, this.#readInputKey)
  }

  nextProcessingMs(): number {
    return this.#lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#lifetime.expire(nowMs, (namespace, key) => {
      for (const { row } of this.#lists.get(namespace, key) ?? [])
        this.#inputRows.delete(ALL, this.#readInputKey?.(row) ?? null)
      this.#lists.delete(namespace, key)
    })
  }

  #upserts(
    { rows, times, changes }: Batch,
    from: number,
    to: number,
    readInputKey: (row: Row) => Key,
  ): void {
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const inputKey = readInputKey(row)
      const before = this.#inputRows.get(ALL, inputKey)
      if (changes?.[index] === '-D') {
        this.#ledger.absorbed++
        this.#inputRows.delete(ALL, inputKey)
        this.#change(before, undefined)
        continue
      }
      const after = { row, timeMs: times?.[index] ?? 0 }
      this.#ledger.passed++
      this.#inputRows.put(ALL, inputKey, after)
      this.#change(before, after)
    }
  }

  #change(before: Kept | undefined, after: Kept | undefined): void {
    const keyBefore = before === undefined ? undefined : this.#readKey(before.row)
    const keyAfter = after === undefined ? undefined : this.#readKey(after.row)
    if (keyBefore !== undefined && keyBefore !== keyAfter) {
      this.#edit(keyBefore, before, undefined)
    }
    if (keyAfter !== undefined) {
      this.#edit(keyAfter, keyBefore === keyAfter ? before : undefined, after)
    }
  }

  #edit(key: Key, leaving: Kept | undefined, coming: Kept | undefined): void {
    if (this.#lifetime.hasExpired(ALL, key)) this.#lists.delete(ALL, key)
    const list = this.#lists.change(ALL, key) ?? []
    const shown = list.at(-1)
    if (leaving !== undefined) {
      const index = list.findIndex(({ row }) => compareRows(row, leaving.row) === 0)
      if (index >= 0) list.splice(index, 1)
    }
    if (coming !== undefined) list.push(coming)
    this.#show(shown, list.at(-1))
    if (list.length === 0) this.#lists.delete(ALL, key)
    else {
      this.#lists.put(ALL, key, list)
      this.#lifetime.written(ALL, key)
    }
  }

  #show(before: Kept | undefined, after: Kept | undefined): void {
    if (before === after && !this.#lifetime.on) return
    if (after === undefined) {
      if (before !== undefined) this.#out.emitChange('-D', before.row, before.timeMs)
      return
    }
    if (before !== undefined) this.#out.emitChange('-U', before.row, before.timeMs)
    this.#out.emitChange(before === undefined ? '+I' : '+U', after.row, after.timeMs)
  }
}

const ALL = 0

const prices = { item: 'string', price: 'double' }

export const toTable = defineOperator({
  id: 'to-table',
  category: 'table',
  title: 'To table',
  icon: 'table',
  summary: 'Makes a table of records: the latest row of each key.',
  details: [
    'Each record takes the place of the one with its key: `+I` for the first, then `-U` and `+U`. What counts is the ' +
      'order of arrival, not event time; to go by event time, use deduplicate with `keep` "last". A record that says ' +
      'what stands there already changes nothing. Every row keeps its event time.',
    'A table may come in: its deletions (`-D`) delete. Where its key is another one, several of its rows may have one ' +
      'key here; the one that came last is shown, and when it goes, the one before it is shown again. A deletion of ' +
      'a key that is not there counts as dropped.',
    'Rows are kept for ever, or until `stateTimeToLive` has passed without a change of their key; an expired row ' +
      'leaves silently.',
  ].join('\n\n'),
  config,
  carriedSettings: new Map([carryTimeToLive(['lists', 'rows'])]),
  inputs: ['in'],
  upsertInputs: ['in'],
  outputs: ['out'],
  outputSchemas: ({ key }, { in: input }, plan) => {
    checkColumns(key, 'key', input, plan)
    const { columns, eventTime } = input
    return { out: { columns, eventTime, changes: 'retract', key } }
  },
  run: ({ key, stateTimeToLive: timeToLiveMs }, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => {
      const input = context.inputSchemas.in
      if (input === undefined) throw new Error('A to-table has an input "in".')
      if (input.changes !== 'append' && !sameNames(key, input.key ?? [])) {
        return new ByOtherKey(out.out, key, input, context, timeToLiveMs)
      }
      const lasting = LastingRows.of(key, input, context, timeToLiveMs, out.out)
      if (lasting !== undefined) return new OfStream(lasting, context)
      const rows = new LatestRows(context, timeToLiveMs, out.out)
      return new ByOwnKey(rows, keyReader(key, input), context)
    }),
  examples: [
    {
      title: 'The current price of each item',
      config: { key: ['item'] },
      inputs: {
        in: {
          schema: prices,
          elements: [
            { at: '2026-01-01T00:00:01Z', row: { item: 'tea', price: 2.5 } },
            { at: '2026-01-01T00:00:02Z', row: { item: 'cup', price: 7 } },
            { at: '2026-01-01T00:00:03Z', row: { item: 'tea', price: 3 } },
          ],
        },
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:01Z', change: '+I', row: { item: 'tea', price: 2.5 } },
          { at: '2026-01-01T00:00:02Z', change: '+I', row: { item: 'cup', price: 7 } },
          { at: '2026-01-01T00:00:01Z', change: '-U', row: { item: 'tea', price: 2.5 } },
          { at: '2026-01-01T00:00:03Z', change: '+U', row: { item: 'tea', price: 3 } },
        ],
      },
    },
    {
      title: 'A table by another key: the row before is shown again when the last one goes',
      config: { key: ['item'] },
      inputs: {
        in: {
          schema: { shop: 'string', ...prices },
          eventTime: false,
          table: { changes: 'retract', key: ['shop', 'item'] },
          elements: [
            { change: '+I', row: { shop: 'north', item: 'tea', price: 2 } },
            { change: '+I', row: { shop: 'south', item: 'tea', price: 3 } },
            { change: '-D', row: { shop: 'south', item: 'tea', price: 3 } },
          ],
        },
      },
      outputs: {
        out: [
          { change: '+I', row: { shop: 'north', item: 'tea', price: 2 } },
          { change: '-U', row: { shop: 'north', item: 'tea', price: 2 } },
          { change: '+U', row: { shop: 'south', item: 'tea', price: 3 } },
          { change: '-U', row: { shop: 'south', item: 'tea', price: 3 } },
          { change: '+U', row: { shop: 'north', item: 'tea', price: 2 } },
        ],
      },
    },
  ],
})

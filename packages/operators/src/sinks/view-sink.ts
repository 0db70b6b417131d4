/** Keeps its input as a table that can be asked for at any time. */

import {
  type Batch,
  defineOperator,
  type Handler,
  process,
  type RunContext,
  type SettingChange,
  type State,
  type StateTable,
  type StateValue,
} from '@millrace/engine'
import {
  columnIndex,
  createKeyReader,
  didYouMean,
  EMPTY_ROW,
  fields,
  isScalar,
  type Key,
  type PlanContext,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import * as z from 'zod'

const ROWS_MAX = 10_000_000

const config = z.strictObject({
  key: fields
    .columns({
      title: 'Key',
      description:
        'Of each key, the latest row is kept. Left out, it is the key of a table, and all rows of a stream stay.',
      min: 1,
    })
    .optional(),
  limit: fields
    .count({
      title: 'Limit',
      description:
        'With more rows than this, the one that has been unchanged for longest is dropped.',
      min: 1,
      max: ROWS_MAX,
      unit: 'rows',
    })
    .prefault(100_000),
})

type ViewSinkConfig = z.output<typeof config>

export interface ViewRow {
  readonly row: Row
  /** Undefined where the input has no event time. */
  readonly timeMs: number | undefined
  /** When it came, counted over all changes of the view. */
  readonly order: number
}

/**
 * A row beside the one that changed before it and the one that changed after it, so that the newest
 * rows are read, and the oldest is dropped, at the cost of those rows alone. A key may be NULL;
 * undefined is none.
 */
interface LinkedRow extends ViewRow {
  older: Key | undefined
  newer: Key | undefined
}

/** The ends of the chain of rows, and how many are in it. */
interface Extent {
  oldest: Key | undefined
  newest: Key | undefined
  rows: number
  /** The order of the next row. */
  next: number
}

/** A view is in one namespace. */
const ALL = 0

/** The view's rows by key (their order, where there is no key), and the ends of their chain. */
function partsOf(state: State): {
  readonly rows: StateTable<LinkedRow>
  readonly extent: StateValue<Extent>
} {
  return {
    rows: state.table('rows'),
    extent: state.value('extent', { oldest: undefined, newest: undefined, rows: 0, next: 0 }),
  }
}

/** The newest `limit` rows of a view-sink's state, the one that changed last at the end. */
export function readView(state: State, limit = Number.POSITIVE_INFINITY): readonly ViewRow[] {
  const { rows, extent } = partsOf(state)
  const newest: ViewRow[] = []
  const { newest: last, rows: count } = extent.get()
  for (let key = last; key !== undefined && newest.length < Math.min(limit, count); ) {
    const linked = rows.get(ALL, key)
    if (linked === undefined) break
    const { row, timeMs, order } = linked
    newest.push({ row, timeMs, order })
    key = linked.older
  }
  return newest.reverse()
}

function checkKey({ key }: ViewSinkConfig, input: StreamSchema, plan: PlanContext): void {
  for (const [index, name] of (key ?? []).entries()) {
    if (columnIndex(input, name) >= 0) continue
    const names = input.columns.map((column) => column.name)
    const message =
      `There is no column "${name}".${didYouMean(name, names)} ` +
      `The columns are ${names.join(', ')}.`
    plan.report({ code: 'column-unknown', path: ['key', index], message })
  }
  if (key === undefined || input.changes === 'append') return
  const own = input.key ?? []
  if (own.length === key.length && own.every((name) => key.includes(name))) return
  const listed = (columns: readonly string[]) => columns.map((name) => `"${name}"`).join(', ')
  const message =
    `The key is ${listed(key)}, and the input is a table with the key ${listed(own) || 'of no column'}. Rows that are ` +
    'taken back would not be found. Remove the key.'
  plan.report({ code: 'view-key-not-of-table', path: ['key'], message })
}

class View implements Handler {
  readonly #limit: number
  readonly #context: RunContext
  readonly #rows: StateTable<LinkedRow>
  readonly #extent: StateValue<Extent>
  /** Undefined where every row stays. */
  readonly #readKey: ((row: Row) => Key) | undefined

  constructor({ key, limit }: ViewSinkConfig, context: RunContext) {
    const { rows, extent } = partsOf(context.state)
    this.#limit = limit
    this.#context = context
    this.#rows = rows
    this.#extent = extent
    const input = context.inputSchemas.in
    const names = key ?? input?.key
    if (input === undefined || names === undefined) return
    const indexes = names.map((name) => columnIndex(input, name))
    const [only] = indexes
    const type = only === undefined ? undefined : input.columns[only]?.type
    this.#readKey = createKeyReader(
      indexes,
      indexes.length === 1 && type !== undefined && isScalar(type),
    )
  }

  rows(_input: number, { rows, times, changes }: Batch, from: number, to: number): void {
    const extent = this.#extent.get()
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const change = changes?.[index]
      const key = this.#readKey === undefined ? extent.next : this.#readKey(row)
      if (this.#readKey !== undefined) this.#remove(key, extent)
      if (change === '-U' || change === '-D') this.#context.ledger.absorbed++
      else this.#put(key, row, times?.[index], extent)
    }
    this.#extent.set(extent)
  }

  #put(key: Key, row: Row, timeMs: number | undefined, extent: Extent): void {
    // More than one where the limit has become lower.
    while (extent.rows >= this.#limit && extent.oldest !== undefined) {
      if (!this.#unlink(extent.oldest, extent)) throw brokenChain(extent)
      this.#context.ledger.release('dropped', 1)
    }
    const { newest } = extent
    if (newest === undefined) extent.oldest = key
    else this.#link(newest, 'newer', key)
    const order = extent.next++
    this.#rows.put(ALL, key, { row, timeMs, order, older: newest, newer: undefined })
    extent.newest = key
    extent.rows++
    this.#context.ledger.held++
  }

  /** A row that is replaced or taken back has been in the view: that is what it was for. */
  #remove(key: Key, extent: Extent): void {
    if (this.#unlink(key, extent)) this.#context.ledger.release('absorbed', 1)
  }

  /** Whether there was one. */
  #unlink(key: Key, extent: Extent): boolean {
    const row = this.#rows.get(ALL, key)
    if (row === undefined) return false
    const { older, newer } = row
    if (older === undefined) extent.oldest = newer
    else this.#link(older, 'newer', newer)
    if (newer === undefined) extent.newest = older
    else this.#link(newer, 'older', older)
    this.#rows.delete(ALL, key)
    extent.rows--
    return true
  }

  #link(key: Key, side: 'older' | 'newer', to: Key | undefined): void {
    const row = this.#rows.change(ALL, key)
    if (row !== undefined) row[side] = to
  }
}

/** Without it, who makes room for a row would go on for ever. */
function brokenChain({ rows }: Extent): Error {
  return new Error(
    `The view counts ${rows} rows, and the oldest of them is not there. What was stored of it ` +
      'does not belong together: begin with another checkpoint.',
  )
}

function carryLimit({ before, now }: SettingChange) {
  const later = Number(now) < Number(before) ? ' What is beyond is dropped when a row comes.' : ''
  return { summary: `Up to ${now} rows are kept, and not ${before}.${later}` }
}

export const viewSink = defineOperator({
  id: 'view-sink',
  category: 'sink',
  title: 'View',
  icon: 'table',
  summary: 'Keeps its input as a table that can be asked for at any time.',
  details:
    'Of a table, the view has the rows that it has now. Of a stream, it has all rows, or with a `key` the latest ' +
    'of each key. In the ledger, rows in the view are held; those that were replaced or taken back are absorbed, ' +
    'as are the changes that took them back; those beyond `limit` are dropped. A key may be NULL.',
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'Its rows are part of the job: they go back to the checkpoint with it, or begin anew with it.',
  },
  config,
  carriedSettings: new Map([['limit', carryLimit]]),
  inputs: ['in'],
  upsertInputs: ['in'],
  outputs: [],
  outputSchemas: (config, { in: input }, plan) => {
    checkKey(config, input, plan)
    return {}
  },
  inspectRows: (state, limit) => ({
    rows: readView(state, limit).map(({ row }) => row),
    total: partsOf(state).extent.get().rows,
  }),
  run: (config, inputs, context) =>
    process<'in', never>(inputs, context, { ports: [] }, () => new View(config, context)),
  examples: [
    {
      title: 'The latest reading of each room',
      config: { key: ['room'] },
      inputs: {
        in: {
          schema: { room: 'string', celsius: 'double' },
          elements: [
            { at: '2026-01-01T00:00:00Z', row: { room: 'hall', celsius: 18.5 } },
            { at: '2026-01-01T00:01:00Z', row: { room: 'hall', celsius: 18.7 } },
          ],
        },
      },
      outputs: {},
    },
  ],
})

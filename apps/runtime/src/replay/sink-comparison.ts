/** Holds what comes to one sink in two versions against each other, and says what differs. */

import { type Change, type Disk, encodeState, type JobOutput, type Saved } from '@millrace/engine'
import { createRowText, type Row, type StreamSchema, typeText, type wire } from '@millrace/pipeline'
import { ComparedRows, type LeftRow, type Side } from './compared-rows.ts'

export interface SinkComparisonOptions {
  readonly disk: Disk
  /** What the names of its files begin with. */
  readonly place: string
  readonly title: string
  readonly old: JobOutput
  readonly next: JobOutput
  /** By which rows are paired; found out from the schema if absent. */
  readonly key: readonly string[] | undefined
}

/** Rows that only one side has had, over which the disk is used. */
const ROWS_MAX = 50_000
const FIRST_MAX = 50

interface Projected {
  /** Of the common columns, where each stands in the rows of this side. */
  readonly places: readonly number[]
  count: number
}

export class SinkComparison {
  readonly #options: SinkComparisonOptions
  readonly #rows: ComparedRows
  readonly #columns: StreamSchema['columns']
  readonly #sides: Readonly<Record<Side, Projected>>
  readonly #key: readonly string[]
  readonly #keyPlaces: readonly number[]
  readonly #table: boolean
  #number = 0

  constructor(options: SinkComparisonOptions) {
    const { disk, place, old, next } = options
    this.#options = options
    this.#columns = commonColumns(old.schema, next.schema)
    this.#sides = {
      old: { places: placesOf(this.#columns, old.schema), count: 0 },
      new: { places: placesOf(this.#columns, next.schema), count: 0 },
    }
    this.#table = old.schema.changes !== 'append' && next.schema.changes !== 'append'
    const names = new Set(this.#columns.map(({ name }) => name))
    this.#key = (options.key ?? keyOf(next.schema)).filter((name) => names.has(name))
    this.#keyPlaces = this.#key.map((key) => this.#columns.findIndex(({ name }) => name === key))
    this.#rows = new ComparedRows({ disk, place, rowsMax: ROWS_MAX })
  }

  get busy(): boolean {
    return this.#rows.busy
  }

  get settled(): Promise<void> {
    return this.#rows.settled
  }

  add(side: Side, row: Row, change: Change, timeMs: number | undefined): void {
    const { places } = this.#sides[side]
    this.#sides[side].count++
    const common = places.map((place) => row[place] ?? null) as unknown as readonly Saved[]
    const takesBack = change === '-U' || change === '-D'
    // What one side has taken back is as if the other one had it more often.
    const counts = this.#table && takesBack ? (side === 'old' ? 'new' : 'old') : side
    const timed = this.#table ? undefined : timeMs
    const same = this.#table ? common : [timed, takesBack ? change : '+', common]
    const key = textOf(same)
    const group = this.#keyPlaces.length === 0 ? key : this.#groupOf(common)
    const number = this.#number++
    this.#rows.add(group, key, { side: counts, row: common, timeMs, number })
  }

  #groupOf(row: readonly Saved[]): string {
    return textOf(this.#keyPlaces.map((place) => row[place]))
  }

  /** What is left over. `identical` is known from digests of both. */
  async compare(identical: boolean): Promise<wire.SinkComparison> {
    const { title, old, next } = this.#options
    const found = new Differences()
    for await (const left of this.#rows.left()) found.add(this.#pair(left))
    return {
      nodeId: next.nodeId,
      title,
      sides: 'both',
      table: this.#table,
      oldRows: this.#sides.old.count,
      newRows: this.#sides.new.count,
      ...found.counts,
      identical,
      key: [...this.#key],
      columnsOnlyOld: missing(old.schema, this.#columns),
      columnsOnlyNew: missing(next.schema, this.#columns),
      first: found.first,
    }
  }

  /** Of the rows of one key, those of both sides are pairs in their order. */
  #pair(rows: readonly LeftRow[]): readonly wire.RowDifference[] {
    const [olds, news] = (['old', 'new'] as const).map((side) =>
      rows.filter((one) => one.side === side).sort((a, b) => a.number - b.number),
    ) as [LeftRow[], LeftRow[]]
    const pairs = this.#keyPlaces.length === 0 ? 0 : Math.min(olds.length, news.length)
    return [
      ...olds.slice(0, pairs).map((one, index) => this.#difference(one, news[index])),
      ...olds.slice(pairs).map((one) => this.#difference(one, undefined)),
      ...news.slice(pairs).map((one) => this.#difference(undefined, one)),
    ]
  }

  #difference(old: LeftRow | undefined, next: LeftRow | undefined): wire.RowDifference {
    const kind = old === undefined ? 'only-new' : next === undefined ? 'only-old' : 'changed'
    const differing =
      kind !== 'changed'
        ? []
        : this.#columns.filter((_, at) => textOf(old?.row[at]) !== textOf(next?.row[at]))
    return {
      kind,
      eventTimeMs: next?.timeMs ?? old?.timeMs ?? null,
      old: old === undefined ? null : this.#toJson(old.row),
      new: next === undefined ? null : this.#toJson(next.row),
      columns: differing.map(({ name }) => name),
      near: [],
    }
  }

  #toJson(row: readonly Saved[]): Record<string, unknown> {
    return JSON.parse(createRowText(this.#columns)(row as unknown as Row))
  }
}

/** A sink that only one of both versions has. */
export function onlyOn(
  side: Side,
  { nodeId }: JobOutput,
  title: string,
  rows: number,
): wire.SinkComparison {
  return {
    nodeId,
    title,
    sides: side,
    table: false,
    oldRows: side === 'old' ? rows : 0,
    newRows: side === 'new' ? rows : 0,
    ...{ onlyOld: 0, onlyNew: 0, changed: 0, identical: false },
    ...{ key: [], columnsOnlyOld: [], columnsOnlyNew: [], first: [] },
  }
}

class Differences {
  readonly counts = { onlyOld: 0, onlyNew: 0, changed: 0 }
  #first: wire.RowDifference[] = []

  add(differences: readonly wire.RowDifference[]): void {
    for (const one of differences) {
      if (one.kind === 'only-old') this.counts.onlyOld++
      else if (one.kind === 'only-new') this.counts.onlyNew++
      else this.counts.changed++
      this.#first.push(one)
    }
    if (this.#first.length > 20 * FIRST_MAX) this.#first = earliest(this.#first)
  }

  get first(): wire.RowDifference[] {
    return earliest(this.#first)
  }
}

function earliest(differences: readonly wire.RowDifference[]): wire.RowDifference[] {
  const at = ({ eventTimeMs }: wire.RowDifference) => eventTimeMs ?? Number.POSITIVE_INFINITY
  return differences.toSorted((a, b) => compare(at(a), at(b))).slice(0, FIRST_MAX)
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The key of a table; of results of windows, what stands up to the window's end. */
function keyOf({ key, window, columns }: StreamSchema): readonly string[] {
  if (key !== undefined) return key
  const end = window?.endColumn ?? 'window_end'
  const at = columns.findIndex(({ name }) => name === end)
  return columns.slice(0, at + 1).map(({ name }) => name)
}

function commonColumns(old: StreamSchema, next: StreamSchema): StreamSchema['columns'] {
  return next.columns.filter(({ name, type }) =>
    old.columns.some((other) => other.name === name && typeText(other.type) === typeText(type)),
  )
}

function placesOf(columns: StreamSchema['columns'], schema: StreamSchema): readonly number[] {
  return columns.map(({ name }) => schema.columns.findIndex((column) => column.name === name))
}

function missing(schema: StreamSchema, columns: StreamSchema['columns']): string[] {
  const known = new Set(columns.map(({ name }) => name))
  return schema.columns.filter(({ name }) => !known.has(name)).map(({ name }) => name)
}

/** The same for the same value. */
function textOf(value: unknown): string {
  return Buffer.from(encodeState(value)).toString('latin1')
}

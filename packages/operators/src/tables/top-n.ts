/** Keeps the first rows of each partition in a ranking, as a table. */

import {
  type Batch,
  defineOperator,
  type Emit,
  type Handler,
  process,
  type RunContext,
  type StateTable,
  type StateValue,
} from '@millrace/engine'
import {
  columnIndex,
  EMPTY_ROW,
  EvaluationError,
  fields,
  INTEGER,
  type Key,
  type PlanContext,
  type Row,
  type StreamSchema,
  takesBack,
  type Value,
} from '@millrace/pipeline'
import * as z from 'zod'
import { carryTimeToLive } from '../carried-settings.ts'
import { checkField, columnsScope } from '../check-expression.ts'
import { checkColumns } from '../column-list.ts'
import { copiedColumn, createProjection } from '../projection.ts'
import { StateLifetime, stateTimeToLive } from '../state-lifetime.ts'
import { UpdatePairs } from '../update-pairs.ts'
import { EndedGroups } from './ended-groups.ts'
import { FirstRowOfEach } from './first-row.ts'
import { FIRST_ROWS_MAX, FirstPartitions, type RankedColumns } from './first-rows.ts'
import {
  emitByRank,
  emitByRow,
  emptyRanking,
  firstRanked,
  insertRanked,
  isEmpty,
  isFullBefore,
  isLong,
  type Ranked,
  type Ranking,
  removeEqual,
  removeRanked,
  type Signs,
} from './ranking.ts'
import { keyReader } from './to-table.ts'
import { TOP_N_EXAMPLES } from './top-n-examples.ts'
import {
  checkTimeToLive,
  endOf,
  groupedSchema,
  type WindowEnd,
  windowEndAmong,
} from './window-end.ts'

const ROWS_MAX = 10_000

const config = z.strictObject({
  partitionBy: fields
    .columns({
      title: 'Partition by',
      description:
        'Each combination of values has a ranking of its own. Left out, all rows are in one.',
    })
    .prefault([]),
  orderBy: z
    .array(
      z
        .strictObject({
          expression: fields.expression({
            title: 'Expression',
            description: 'Rows are compared by its value.',
            example: 'price',
          }),
          direction: z.enum(['asc', 'desc']).prefault('asc').meta({
            title: 'Direction',
            description: 'asc: the smallest value is first. desc: the largest.',
            widget: 'choice',
          }),
        })
        .meta({ title: 'Expression' }),
    )
    .min(1, 'Order by has no expression and needs at least 1. Add one.')
    .meta({
      title: 'Order by',
      description: 'What rows are ranked by; the next one decides between equal values.',
      examples: [[{ expression: 'price', direction: 'desc' }]],
    }),
  n: fields.count({
    title: 'N',
    description: 'How many rows of each partition leave.',
    min: 1,
    max: ROWS_MAX,
    unit: 'rows',
  }),
  rank: fields
    .columnName({
      title: 'Rank',
      example: 'rank',
      description: 'The column that the rank is written to, from 1. Left out, rows leave without.',
    })
    .optional(),
  stateTimeToLive: stateTimeToLive(),
  onError: fields.onError(),
})

type TopNConfig = z.output<typeof config>
type TopNPort = 'out' | 'errors'

function checkTopN(settings: TopNConfig, input: StreamSchema, plan: PlanContext): StreamSchema {
  const { partitionBy, orderBy, rank, n } = settings
  checkColumns(partitionBy, 'partitionBy', input, plan)
  const scope = columnsScope(input.columns)
  for (const [index, { expression }] of orderBy.entries()) {
    checkField(plan, ['orderBy', index, 'expression'], expression, scope)
  }
  const end = windowEndAmong(partitionBy, input)
  checkTimeToLive(settings.stateTimeToLive, end, plan)
  if (rank === undefined) {
    const all = input.columns.map(({ name }) => name)
    const key = n === 1 ? partitionBy : (input.key ?? all)
    return groupedSchema(input.columns, key, end)
  }
  if (columnIndex(input, rank) >= 0) {
    const message = `Column "${rank}" comes in already. Give the rank another name.`
    plan.report({ code: 'column-made-twice', path: ['rank'], message })
  }
  const columns = [...input.columns, { name: rank, type: INTEGER }]
  return groupedSchema(columns, [...partitionBy, rank], end)
}

/** Where rows only come and few are kept, ranked by columns as they are. */
function rankedColumns(settings: TopNConfig, input: StreamSchema): RankedColumns | undefined {
  const { orderBy, n, rank } = settings
  if (takesBack(input) || n > FIRST_ROWS_MAX) return undefined
  const scope = columnsScope(input.columns)
  const indexes: number[] = []
  for (const { expression } of orderBy) {
    const column = copiedColumn(expression, scope)
    if (column === undefined) return undefined
    indexes.push(column.index)
  }
  const signs = signsOf(orderBy)
  return { indexes, signs, n, width: input.columns.length, numbered: rank !== undefined }
}

function signsOf(orderBy: TopNConfig['orderBy']): Signs {
  return orderBy.map(({ direction }) => (direction === 'asc' ? 1 : -1))
}

/** What both kinds of partitions do with a row. */
class Rankings {
  readonly readKey: (row: Row) => Key
  /** Whether rows beyond the first may be needed again. */
  readonly keepsAll: boolean
  readonly n: number
  readonly #settings: TopNConfig
  readonly #readOrder: (row: Row, other: Row) => readonly Value[]
  readonly #signs: Signs
  readonly #emit: Emit<TopNPort>
  readonly #readInputKey: (row: Row) => Key
  /**
   * Of a table, the numbers of its rows in the order in which they came, by their key, where a
   * ranking has very many. Among fewer, a row is found by what is in it.
   */
  readonly #arrivals: StateTable<number>
  readonly #arrived: StateValue<number>

  constructor(settings: TopNConfig, context: RunContext, emit: Emit<TopNPort>) {
    const { partitionBy, orderBy, n } = settings
    const input = context.inputSchemas.in
    if (input === undefined) throw new Error('A top-n has an input "in".')
    const scope = columnsScope(input.columns)
    this.readKey = keyReader(partitionBy, input)
    this.keepsAll = takesBack(input)
    this.n = n
    this.#settings = settings
    const expressions = orderBy.map(({ expression }) => expression)
    this.#readOrder = createProjection(expressions, scope, context)
    this.#signs = signsOf(orderBy)
    this.#emit = emit
    this.#readInputKey = keyReader(input.key ?? [], input)
    this.#arrivals = context.state.table('arrivals')
    this.#arrived = context.state.value('arrived', 0)
  }

  /** Undefined where the row has no place in the ranking: then it was refused. */
  orderOf(row: Row): readonly Value[] | undefined {
    try {
      return this.#readOrder(row, EMPTY_ROW)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      this.#emit.refuse(0, row, error)
      return undefined
    }
  }

  /** Whether the first are all there, and before a row of this order; then it is not kept. */
  isBehind(ranking: Ranking, order: readonly Value[]): boolean {
    return !this.keepsAll && isFullBefore(ranking, order, this.#signs, this.n)
  }

  /** Undefined where the row would be behind the first and is not kept. */
  insert(
    ranking: Ranking,
    row: Row,
    order: readonly Value[],
    namespace: number,
  ): Ranked | undefined {
    const arrival = this.keepsAll ? this.#count() : 0
    const ranked: Ranked = { row, order, arrival, wasFirst: false }
    const rowsMax = this.keepsAll ? Number.POSITIVE_INFINITY : this.n
    const wasLong = isLong(ranking)
    if (!insertRanked(ranking, ranked, this.#signs, rowsMax)) return undefined
    if (this.keepsAll && wasLong) this.#note(ranked, namespace)
    else if (this.keepsAll && isLong(ranking)) {
      for (const each of ranking.flat()) this.#note(each, namespace)
    }
    return ranked
  }

  #note({ row, arrival }: Ranked, namespace: number): void {
    this.#arrivals.put(namespace, this.#readInputKey(row), arrival)
  }

  #unnote({ row }: Ranked, namespace: number): void {
    this.#arrivals.delete(namespace, this.#readInputKey(row))
  }

  /** Undefined where it is not there. */
  remove(ranking: Ranking, row: Row, namespace: number): Ranked | undefined {
    const order = this.orderOf(row)
    if (order === undefined) return undefined
    if (!isLong(ranking)) return removeEqual(ranking, row, order, this.#signs)
    const arrival = this.#arrivals.get(namespace, this.#readInputKey(row))
    if (arrival === undefined) return undefined
    const removed = removeRanked(ranking, { row, order, arrival }, this.#signs)
    if (removed === undefined) return undefined
    this.#unnote(removed, namespace)
    if (!isLong(ranking)) for (const each of ranking.flat()) this.#unnote(each, namespace)
    return removed
  }

  /** The rows are gone, and nobody asks for them again. */
  forget(ranking: Ranking, namespace: number): void {
    if (!this.keepsAll || !isLong(ranking)) return
    for (const ranked of ranking.flat()) this.#unnote(ranked, namespace)
  }

  /** All rankings of the namespace are gone. */
  drop(namespace: number): void {
    this.#arrivals.drop(namespace)
  }

  #count(): number {
    const arrival = this.#arrived.get() + 1
    this.#arrived.set(arrival)
    return arrival
  }

  first(ranking: Ranking): readonly Ranked[] {
    return firstRanked(ranking, this.n)
  }

  show(
    before: readonly Ranked[],
    after: readonly Ranked[],
    old: Ranked | undefined,
    now: Ranked | undefined,
    timeMs: number,
  ): void {
    const { out } = this.#emit.out
    const { rank, n } = this.#settings
    if (rank !== undefined || n === 1) {
      emitByRank(before, after, rank !== undefined, out, timeMs)
    } else emitByRow(before, after, old, now, out, timeMs)
  }
}

/** Partitions are in one namespace. */
const ALL = 0

/** Partitions that live for ever, or until they have not been written for a while. */
class LastingPartitions implements Handler {
  readonly #rankings: Rankings
  readonly #ledger: RunContext['ledger']
  readonly #table: StateTable<Ranking>
  readonly #lifetime: StateLifetime
  readonly #pairs: UpdatePairs

  constructor(rankings: Rankings, context: RunContext, timeToLiveMs: number | undefined) {
    this.#rankings = rankings
    this.#ledger = context.ledger
    this.#table = context.state.table('partitions')
    this.#lifetime = new StateLifetime(context, timeToLiveMs)
    this.#pairs = new UpdatePairs(context, (before, _beforeMs, after) => {
      const keyBefore = before === undefined ? undefined : rankings.readKey(before)
      const key = after === undefined ? undefined : rankings.readKey(after)
      if (keyBefore !== undefined && keyBefore !== key) this.#edit(keyBefore, before, undefined)
      if (key !== undefined) this.#edit(key, keyBefore === key ? before : undefined, after)
    })
  }

  rows(_input: number, batch: Batch, from: number, to: number): void {
    this.#pairs.rows(batch, from, to)
  }

  nextProcessingMs(): number {
    return this.#lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#lifetime.expire(nowMs, (_namespace, key) => this.#forget(key))
  }

  #edit(key: Key, leaving: Row | undefined, coming: Row | undefined): void {
    if (this.#lifetime.hasExpired(ALL, key)) this.#forget(key)
    const known = this.#table.change(ALL, key)
    const ranking = known ?? emptyRanking()
    const order = coming === undefined ? undefined : this.#rankings.orderOf(coming)
    if (leaving === undefined && order !== undefined && this.#rankings.isBehind(ranking, order)) {
      this.#ledger.filtered++
      return
    }
    const before = this.#rankings.first(ranking)
    const old = leaving === undefined ? undefined : this.#takeOut(ranking, leaving)
    const now =
      coming === undefined || order === undefined ? undefined : this.#putIn(ranking, coming, order)
    if (old === undefined && now === undefined) return
    const after = this.#rankings.first(ranking)
    this.#rankings.show(before, after, old, now, 0)
    this.#countFirst(after, now)
    if (isEmpty(ranking)) this.#table.delete(ALL, key)
    else {
      if (known === undefined) this.#table.put(ALL, key, ranking)
      this.#lifetime.written(ALL, key)
    }
  }

  #takeOut(ranking: Ranking, row: Row): Ranked | undefined {
    const old = this.#rankings.remove(ranking, row, ALL)
    if (old === undefined) {
      this.#ledger.dropped++
      return undefined
    }
    this.#ledger.absorbed++
    if (!old.wasFirst) this.#ledger.release('absorbed', 1)
    return old
  }

  #putIn(ranking: Ranking, row: Row, order: readonly Value[]): Ranked | undefined {
    const now = this.#rankings.insert(ranking, row, order, ALL)
    if (now === undefined) this.#ledger.filtered++
    else this.#ledger.held++
    return now
  }

  /** Rows that are among the first for the first time have gone on. */
  #countFirst(first: readonly Ranked[], now: Ranked | undefined): void {
    for (const ranked of this.#rankings.keepsAll ? first : [now]) {
      if (ranked === undefined || ranked.wasFirst) continue
      ranked.wasFirst = true
      this.#ledger.release('passed', 1)
    }
  }

  #forget(key: Key): void {
    const ranking = this.#table.get(ALL, key) ?? emptyRanking()
    const waiting = ranking.flat().filter(({ wasFirst }) => !wasFirst)
    this.#rankings.forget(ranking, ALL)
    this.#ledger.release('expired', waiting.length)
    this.#table.delete(ALL, key)
  }
}

/** Partitions of a window: they leave when it ends, and go when it is over. */
class WindowPartitions implements Handler {
  readonly #rankings: Rankings
  readonly #ledger: RunContext['ledger']
  readonly #end: WindowEnd
  readonly #ended: EndedGroups<Ranking>
  readonly #pairs: UpdatePairs

  constructor(rankings: Rankings, context: RunContext, end: WindowEnd) {
    this.#rankings = rankings
    this.#ledger = context.ledger
    this.#end = end
    this.#ended = new EndedGroups(context, end.latenessMs)
    this.#pairs = new UpdatePairs(context, (before, _beforeMs, after) => {
      const same =
        before !== undefined &&
        after !== undefined &&
        rankings.readKey(before) === rankings.readKey(after)
      if (before !== undefined && !same) this.#edit(before, before, undefined)
      if (after !== undefined) this.#edit(after, same ? before : undefined, after)
    })
  }

  rows(_input: number, batch: Batch, from: number, to: number): void {
    this.#pairs.rows(batch, from, to)
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    if (!this.#ended.isDue(watermarkMs)) return undefined
    return this.#ended.advance(
      watermarkMs,
      (endMs, _key, ranking) => {
        this.#rankings.show([], this.#rankings.first(ranking), undefined, undefined, endMs - 1)
      },
      (endMs, records) => {
        this.#ledger.release('absorbed', records)
        this.#rankings.drop(endMs)
      },
    )
  }

  /** `any` is a row of the partition. */
  #edit(any: Row, leaving: Row | undefined, coming: Row | undefined): void {
    const endMs = endOf(any, this.#end)
    if (this.#ended.isOver(endMs)) {
      this.#ledger.late += (leaving === undefined ? 0 : 1) + (coming === undefined ? 0 : 1)
      return
    }
    const key = this.#rankings.readKey(any)
    const order = coming === undefined ? undefined : this.#rankings.orderOf(coming)
    const ranking = this.#ended.groups.change(endMs, key) ?? emptyRanking()
    const before = this.#rankings.first(ranking)
    let old: Ranked | undefined
    let now: Ranked | undefined
    if (leaving !== undefined) {
      old = this.#rankings.remove(ranking, leaving, endMs)
      if (old === undefined) this.#ledger.dropped++
      else this.#ledger.absorbed++
    }
    if (coming !== undefined && order !== undefined) {
      now = this.#rankings.insert(ranking, coming, order, endMs)
      this.#ended.hold(endMs)
    }
    if (this.#ended.hasFired(endMs)) {
      this.#rankings.show(before, this.#rankings.first(ranking), old, now, endMs - 1)
    }
    if (isEmpty(ranking)) this.#ended.groups.delete(endMs, key)
    else this.#ended.groups.put(endMs, key, ranking)
  }
}

export const topN = defineOperator({
  id: 'top-n',
  category: 'table',
  title: 'Top N',
  icon: 'trophy',
  summary: 'Keeps the first rows of each partition in a ranking, as a table.',
  details: [
    'The output is a table of the first `n` rows of each partition: all columns, then the rank if `rank` names a ' +
      'column. Each change of what is among them, or of a rank, leaves as a change of the table. Of rows that rank ' +
      'alike, the one that came first is first. NULL is the smallest value.',
    'Records of a stream that are not among the first count as filtered and are forgotten, and so do those of a table ' +
      'whose rows only come, as of an inner join of streams. Of any other table all rows are kept, since one may move ' +
      'up when another goes; those that wait count as held. A row that is taken back and is not there counts as ' +
      'dropped. Without a rank, equal records of a stream stand there as often as ' +
      'they came.',
    'Where the input is results of windows and is partitioned by their end (`window_end`), the first rows leave once, ' +
      'at event time end - 1 ms when the watermark passes it, as an append stream in the order of their ranks. If ' +
      'those windows may fire again for late records, the output is a table until they no longer may.',
    'Otherwise partitions are kept for ever, or until `stateTimeToLive` has passed without a change of theirs.',
  ].join('\n\n'),
  config,
  carriedSettings: new Map([carryTimeToLive(['partitions'])]),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (settings, { in: input }, plan) => ({ out: checkTopN(settings, input, plan) }),
  run: (settings, inputs, context) => {
    const { partitionBy, onError, stateTimeToLive: timeToLiveMs } = settings
    const ports = ['out', 'errors'] as const
    return process<'in', TopNPort>(inputs, context, { ports, onError }, (emit) => {
      const input = context.inputSchemas.in
      if (input === undefined) throw new Error('A top-n has an input "in".')
      const end = windowEndAmong(partitionBy, input)
      const by = end === undefined ? rankedColumns(settings, input) : undefined
      if (by !== undefined) {
        const { out } = emit.out
        return (
          FirstRowOfEach.of(by, partitionBy, input, context, timeToLiveMs, out) ??
          new FirstPartitions(by, keyReader(partitionBy, input), context, timeToLiveMs, out)
        )
      }
      const rankings = new Rankings(settings, context, emit)
      return end === undefined
        ? new LastingPartitions(rankings, context, timeToLiveMs)
        : new WindowPartitions(rankings, context, end)
    })
  },
  examples: TOP_N_EXAMPLES,
})

/** Aggregates records per group for ever: each change of a result leaves as a change of a table. */

import {
  type Batch,
  defineOperator,
  type Emit,
  type Handler,
  process,
  type RunContext,
  type StateTable,
} from '@millrace/engine'
import {
  checkAggregates,
  EMPTY_ROW,
  fields,
  type Key,
  type PlanContext,
  type Row,
  type StreamSchema,
  takesBack,
} from '@millrace/pipeline'
import * as z from 'zod'
import { carryAggregates, carryTimeToLive } from '../carried-settings.ts'
import { checkColumns } from '../column-list.ts'
import { StateLifetime, stateTimeToLive } from '../state-lifetime.ts'
import { UpdatePairs } from '../update-pairs.ts'
import { AggregateGroups, type Group, type GroupPort } from './aggregate-groups.ts'
import { GROUP_AGGREGATE_EXAMPLES } from './group-aggregate-examples.ts'
import { LastingNumbers } from './number-aggregates.ts'
import { checkTimeToLive, groupedSchema, type WindowEnd, windowEndAmong } from './window-end.ts'
import { WindowedGroups } from './windowed-groups.ts'

const config = z.strictObject({
  groupBy: fields
    .columns({
      title: 'Group by',
      description:
        'Each combination of values is a group with a result of its own. Left out, all records are one group.',
    })
    .prefault([]),
  aggregates: fields.aggregates({
    title: 'Aggregates',
    description: 'Result columns: an aggregate over all records of a group.',
  }),
  stateTimeToLive: stateTimeToLive(),
  onError: fields.onError(),
})

type GroupAggregateConfig = z.output<typeof config>

/** As `checkAggregates` and `compileAggregates` take them; a name may be `__proto__`. */
function textsOf(aggregates: GroupAggregateConfig['aggregates']): Record<string, string> {
  return Object.fromEntries(aggregates.map(({ name, value }) => [name, value]))
}

function checkGroups(
  { groupBy, aggregates, stateTimeToLive: timeToLive }: GroupAggregateConfig,
  input: StreamSchema,
  plan: PlanContext,
): StreamSchema {
  const groups = checkColumns(groupBy, 'groupBy', input, plan)
  const checked = checkAggregates(textsOf(aggregates), input.columns, groupBy)
  for (const { name, code, message, span } of checked.problems) {
    plan.report({ code, message, span, path: ['aggregates', name] })
  }
  for (const { name } of aggregates) {
    if (!groupBy.includes(name)) continue
    const message = `Column "${name}" is also grouped by. Give the aggregate another name.`
    plan.report({ code: 'column-made-twice', path: ['aggregates', name], message })
  }
  const end = windowEndAmong(groupBy, input)
  checkTimeToLive(timeToLive, end, plan)
  return groupedSchema([...groups, ...checked.columns], groupBy, end)
}

/** The input, and how its groups are kept. */
interface Grouping {
  readonly input: StreamSchema
  readonly groups: AggregateGroups
  readonly context: RunContext
}

function createGrouping(
  settings: GroupAggregateConfig,
  end: WindowEnd | undefined,
  input: StreamSchema,
  context: RunContext,
  emit: Emit<GroupPort>,
): Grouping {
  const { groupBy, aggregates, onError, stateTimeToLive: timeToLive } = settings
  const use = {
    retractable: takesBack(input),
    updating: end === undefined || end.latenessMs > 0,
  }
  const repeats = timeToLive !== undefined && end === undefined
  const texts = { groupBy, aggregates: textsOf(aggregates), onError, repeats }
  return { input, groups: new AggregateGroups(texts, use, context, emit), context }
}

/** Undefined where more must be kept of a group than numbers, or groups go. */
function createLastingNumbers(
  { input, groups, context }: Grouping,
  timeToLiveMs: number | undefined,
): Handler | undefined {
  if (takesBack(input) || timeToLiveMs !== undefined) return undefined
  const columns = groups.columnKeys()
  if (!groups.keyIsValue && columns === undefined) return undefined
  const numbers = groups.inNumbers()
  if (numbers?.row === undefined) return undefined
  return new LastingNumbers(groups, columns, numbers, numbers.row, context)
}

/** Groups that live for ever, or until they have not been written for a while. */
class LastingGroups implements Handler {
  readonly #groups: AggregateGroups
  readonly #ledger: RunContext['ledger']
  readonly #table: StateTable<Group>
  readonly #lifetime: StateLifetime
  readonly #pairs: UpdatePairs

  constructor({ groups, context }: Grouping, timeToLiveMs: number | undefined) {
    this.#groups = groups
    this.#ledger = context.ledger
    this.#table = context.state.table('groups')
    this.#lifetime = new StateLifetime(context, timeToLiveMs)
    this.#pairs = new UpdatePairs(context, (before, beforeMs, after, afterMs) =>
      this.#change(before, beforeMs, after, afterMs),
    )
  }

  rows(_input: number, batch: Batch, from: number, to: number): void {
    const { rows, times, changes } = batch
    if (changes !== undefined) {
      this.#pairs.rows(batch, from, to)
      return
    }
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const key = this.#groups.readKey(row)
      this.#addTo(this.#find(key), row, times?.[index] ?? 0, key)
    }
  }

  nextProcessingMs(): number {
    return this.#lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#lifetime.expire(nowMs, (namespace, key) => this.#table.delete(namespace, key))
  }

  #change(before: Row | undefined, beforeMs: number, after: Row | undefined, afterMs: number) {
    const groups = this.#groups
    const keyBefore = before === undefined ? null : groups.readKey(before)
    const key = after === undefined ? keyBefore : groups.readKey(after)
    let group: Group | undefined
    if (before !== undefined) {
      group = this.#takeBack(before, beforeMs, keyBefore)
      if (group !== undefined && (after === undefined || keyBefore !== key)) {
        this.#settle(group, keyBefore)
        group = undefined
      }
    }
    if (after !== undefined) this.#addTo(group ?? this.#find(key), after, afterMs, key)
  }

  /** Undefined where the record is not known to be there. */
  #takeBack(row: Row, timeMs: number, key: Key): Group | undefined {
    const group = this.#find(key)
    if (group === undefined || !this.#groups.retract(group, row, timeMs)) {
      this.#ledger.dropped++
      return undefined
    }
    this.#ledger.absorbed++
    return group
  }

  /** `known` is the group of the key, if there is one. */
  #addTo(known: Group | undefined, row: Row, timeMs: number, key: Key): void {
    const group = known ?? this.#groups.begin(row)
    if (!this.#groups.add(group, row, timeMs)) return
    this.#ledger.absorbed++
    if (known === undefined) this.#table.put(ALL, key, group)
    this.#settle(group, key)
  }

  #settle(group: Group, key: Key): void {
    this.#groups.update(group, 0)
    if (this.#groups.isEmpty(group)) this.#table.delete(ALL, key)
    else this.#lifetime.written(ALL, key)
  }

  #find(key: Key): Group | undefined {
    if (this.#lifetime.hasExpired(ALL, key)) this.#table.delete(ALL, key)
    return this.#table.change(ALL, key)
  }
}

/** Lasting groups are in one namespace. */
const ALL = 0

export const groupAggregate = defineOperator({
  id: 'group-aggregate',
  category: 'table',
  title: 'Group aggregate',
  icon: 'hash',
  summary: 'Keeps aggregates per group up to date with every record, as a table.',
  details: [
    'The output is a table with a row for each group: `+I` for its first record, `-U` and `+U` where a record ' +
      'changes the result, nothing where it does not, and `-D` when every record of the group has been taken back. ' +
      'NULL is a group like any other. A table may come in: rows that it replaces or deletes are taken back, for ' +
      'which MIN, MAX, DISTINCT and their like keep all values of a group. One that is not known (its group has ' +
      'expired, say) changes nothing and counts as dropped.',
    'Groups are kept for ever, or until `stateTimeToLive` has passed without a record. An expired group leaves ' +
      'silently, and the next record begins a new one; results that did not change are repeated then, so that ' +
      'nothing further down expires for want of changes.',
    'Where the input is results of windows and is grouped by their end (`window_end`), each group leaves once, at ' +
      'event time end - 1 ms when the watermark passes it, as an append stream, and is forgotten. If those windows ' +
      'may fire again for late records, the output is a table until they no longer may.',
    'A record for which an aggregate has no value leaves through `errors`. A group whose result has no value, such ' +
      'as `1 / COUNT(x)` where COUNT(x) is 0, has no row, and one at `errors` names it.',
  ].join('\n\n'),
  config,
  carriedSettings: new Map([carryAggregates, carryTimeToLive(['groups'])]),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (settings, { in: input }, plan) => ({ out: checkGroups(settings, input, plan) }),
  run: (settings, inputs, context) => {
    const { groupBy, onError, stateTimeToLive: timeToLiveMs } = settings
    const ports = ['out', 'errors'] as const
    return process<'in', GroupPort>(inputs, context, { ports, onError }, (emit) => {
      const input = context.inputSchemas.in
      if (input === undefined) throw new Error('A group-aggregate has an input "in".')
      const end = windowEndAmong(groupBy, input)
      const grouping = createGrouping(settings, end, input, context, emit)
      if (end !== undefined) return new WindowedGroups(grouping.groups, end, context)
      return (
        createLastingNumbers(grouping, timeToLiveMs) ?? new LastingGroups(grouping, timeToLiveMs)
      )
    })
  },
  examples: GROUP_AGGREGATE_EXAMPLES,
})

/** Reads the changes of a database as a table: envelopes of Debezium become its rows. */

import {
  type Batch,
  defineOperator,
  type Emit,
  type Handler,
  process,
  type RunContext,
} from '@millrace/engine'
import {
  type Column,
  columnIndex,
  columnsText,
  EMPTY_ROW,
  fields,
  type Key,
  type PlanContext,
  type Row,
  type StreamSchema,
  sameType,
  typeText,
  type Value,
} from '@millrace/pipeline'
import * as z from 'zod'
import { carryTimeToLive } from '../carried-settings.ts'
import { checkColumn, checkColumns } from '../column-list.ts'
import { checkAppendInput } from '../input-kinds.ts'
import { stateTimeToLive } from '../state-lifetime.ts'
import { LatestRows } from './latest-rows.ts'
import { keyReader } from './to-table.ts'

const config = z.strictObject({
  key: fields.columns({
    title: 'Key',
    description: 'The fields of "after" that identify a row: the primary key of the table.',
    min: 1,
  }),
  stateTimeToLive: stateTimeToLive(),
  onError: fields.onError(),
})

type FromChangelogConfig = z.output<typeof config>
type ChangelogPort = 'out' | 'errors'

function checkEnvelope(
  { key }: FromChangelogConfig,
  input: StreamSchema,
  plan: PlanContext,
): StreamSchema {
  checkAppendInput('A from-changelog', 'in', input, plan)
  const path: readonly string[] = []
  const [before, after, op] = ['before', 'after', 'op'].map((name) =>
    checkColumn(name, path, input, plan),
  )
  if (op !== undefined && op.type.kind !== 'string') {
    const message =
      `Column "op" is ${typeText(op.type)}, and a from-changelog reads what a change was from a string. Declare it ` +
      'as string.'
    plan.report({ code: 'changelog-op-type', path, message })
  }
  const columns = after?.type.kind === 'record' ? after.type.fields : []
  if (after !== undefined && after.type.kind !== 'record') {
    const message =
      `Column "after" is ${typeText(after.type)}, and a from-changelog takes its columns from the fields of a record. ` +
      'Declare it as record{...} with the columns of the table.'
    plan.report({ code: 'changelog-not-record', path, message })
  } else if (after !== undefined && before !== undefined && !sameType(before.type, after.type)) {
    const message =
      `Column "before" is ${typeText(before.type)} and "after" is ${typeText(after.type)}, and both hold a row of the ` +
      'same table. Declare them alike.'
    plan.report({ code: 'changelog-rows-differ', path, message })
  }
  const table: StreamSchema = { columns, eventTime: input.eventTime, changes: 'retract', key }
  if (columns.length > 0) checkColumns(key, 'key', table, plan)
  return table
}

/** Where the parts of an envelope stand in a row of the input. */
interface Places {
  readonly before: number
  readonly after: number
  readonly op: number
}

class Changelog implements Handler {
  readonly #places: Places
  readonly #columns: readonly Column[]
  readonly #readKey: (row: Row) => Key
  readonly #rows: LatestRows
  readonly #emit: Emit<ChangelogPort>
  readonly #ledger: RunContext['ledger']

  constructor(settings: FromChangelogConfig, context: RunContext, emit: Emit<ChangelogPort>) {
    const { in: input } = context.inputSchemas
    const { out } = context.outputSchemas
    if (input === undefined || out === undefined) throw new Error('A from-changelog has schemas.')
    const placeOf = (name: string) => columnIndex(input, name)
    this.#places = { before: placeOf('before'), after: placeOf('after'), op: placeOf('op') }
    this.#columns = out.columns
    this.#readKey = keyReader(settings.key, out)
    this.#rows = new LatestRows(context, settings.stateTimeToLive, emit.out.out)
    this.#emit = emit
    this.#ledger = context.ledger
  }

  rows(_input: number, { rows, times }: Batch, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const envelope = rows[index] ?? EMPTY_ROW
      const reason = this.#take(envelope, times?.[index] ?? 0)
      if (reason !== undefined) {
        this.#emit.refuse(0, envelope, { code: 'not-a-change', message: reason })
      }
    }
  }

  nextProcessingMs(): number {
    return this.#rows.lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#rows.lifetime.expire(nowMs, (_namespace, key) => this.#rows.forget(key))
  }

  /** Why the envelope says nothing; undefined where it was taken. */
  #take(envelope: Row, timeMs: number): string | undefined {
    const op = envelope[this.#places.op] ?? null
    const before = toRow(envelope[this.#places.before])
    const after = toRow(envelope[this.#places.after])
    if (op === 'd') {
      if (before === undefined)
        return 'Field "before" of a change "d" is NULL, so what goes is not known.'
      this.#count(this.#rows.remove(this.#readKey(before)), 'dropped')
      return undefined
    }
    if (op !== 'c' && op !== 'r' && op !== 'u') {
      return `Field "op" is ${JSON.stringify(op)}, and a change is "c", "r", "u" or "d".`
    }
    if (after === undefined) {
      const columns = columnsText(this.#columns)
      return `Field "after" of a change "${op}" is NULL, and it should hold a row (${columns}).`
    }
    const key = this.#readKey(after)
    const moved = before !== undefined && this.#readKey(before) !== key
    const left = moved && this.#rows.remove(this.#readKey(before))
    this.#count(this.#rows.put(key, after, timeMs) || left, 'absorbed')
    return undefined
  }

  #count(changed: boolean, otherwise: 'absorbed' | 'dropped'): void {
    if (changed) this.#ledger.passed++
    else this.#ledger[otherwise]++
  }
}

function toRow(value: Value | undefined): Row | undefined {
  return Array.isArray(value) ? value : undefined
}

const stock = 'record{item: string, stock: integer}'
const tea = (count: number) => ({ item: 'tea', stock: count })

export const fromChangelog = defineOperator({
  id: 'from-changelog',
  category: 'table',
  title: 'From changelog',
  icon: 'database',
  summary: 'Reads the changes of a database as a table: envelopes of Debezium become its rows.',
  details: [
    'A record has the columns `before` and `after`, records with the columns of the table, and `op`: `c` for a row that ' +
      'was created, `r` for one that was there when reading began, `u` for an update and `d` for a deletion. The ' +
      'columns of the table are the fields of `after`. Where envelopes are wrapped, as `payload.before`, unwrap them ' +
      'with a select.',
    'The rows that stand in the table are kept by `key`. So `before` may be NULL in an update, a change that is ' +
      'delivered twice changes nothing, and a row that is created although it is there is an update. A deletion of a ' +
      'row that is not there counts as dropped. An update that changes the key deletes the one row and inserts the ' +
      'other.',
    'An envelope without the row it needs, or with another `op`, leaves through `errors`.',
  ].join('\n\n'),
  config,
  carriedSettings: new Map([carryTimeToLive(['rows'])]),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (settings, { in: input }, plan) => ({ out: checkEnvelope(settings, input, plan) }),
  run: (settings, inputs, context) => {
    const ports = ['out', 'errors'] as const
    const { onError } = settings
    return process<'in', ChangelogPort>(
      inputs,
      context,
      { ports, onError },
      (emit) => new Changelog(settings, context, emit),
    )
  },
  examples: [
    {
      title: 'The stock of a shop, as its database changes',
      config: { key: ['item'] },
      inputs: {
        in: {
          schema: { before: stock, after: stock, op: 'string' },
          eventTime: false,
          elements: [
            { row: { before: null, after: tea(1), op: 'c' } },
            { row: { before: tea(1), after: tea(4), op: 'u' } },
            { row: { before: tea(4), after: null, op: 'd' } },
          ],
        },
      },
      outputs: {
        out: [
          { change: '+I', row: tea(1) },
          { change: '-U', row: tea(1) },
          { change: '+U', row: tea(4) },
          { change: '-D', row: tea(4) },
        ],
      },
    },
    {
      title: 'A change that came twice, one without the row before it, and one that cannot be read',
      config: { key: ['item'] },
      inputs: {
        in: {
          schema: { before: stock, after: stock, op: 'string' },
          eventTime: false,
          elements: [
            { row: { after: tea(1), op: 'r' } },
            { row: { after: tea(1), op: 'c' } },
            { row: { after: tea(2), op: 'u' } },
            { row: { after: null, op: 'u' } },
          ],
        },
      },
      outputs: {
        out: [
          { change: '+I', row: tea(1) },
          { change: '-U', row: tea(1) },
          { change: '+U', row: tea(2) },
        ],
      },
    },
  ],
})

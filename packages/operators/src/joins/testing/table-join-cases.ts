/**
 * Kafka's own cases of joins of tables, by their keys and by a foreign key. What comes of it is a
 * list, one entry a case, for tests and for tables.
 */

import {
  type CaseResult,
  record,
  runOperator,
  stream,
  type TestElement,
} from '@millrace/engine/testing'
import { deduplicate } from '../../tables/deduplicate.ts'
import { filter } from '../../transforms/filter.ts'
import { tableJoin } from '../table-join.ts'
import {
  type KafkaCase,
  type KafkaStep,
  LEFT,
  NOTHING,
  RIGHT,
  rowsOf,
  sameTexts,
  toResult,
  typeOf,
} from './conformance-cases.ts'

type Side = 'left' | 'right'

interface Version {
  readonly key: string
  readonly value: string | null
  readonly ts: number
}

/** The changes that a record makes to a table; without a value it deletes. */
interface KafkaTable {
  put(version: Version): readonly TestElement[]
}

/** A record takes the place of the last one of its key, whenever it was. */
class UnversionedTable implements KafkaTable {
  readonly #toRow: (key: string, value: string) => object
  readonly #last = new Map<string, string>()

  constructor(toRow: (key: string, value: string) => object) {
    this.#toRow = toRow
  }

  put({ key, value }: Version): readonly TestElement[] {
    const before = this.#last.get(key)
    const added: TestElement[] = []
    const row = (of: string) => ({ ...this.#toRow(key, of) })
    if (before !== undefined) added.push({ change: value === null ? '-D' : '-U', row: row(before) })
    if (value !== null) added.push({ change: before === undefined ? '+I' : '+U', row: row(value) })
    if (value === null) this.#last.delete(key)
    else this.#last.set(key, value)
    return added
  }
}

/**
 * The record with the latest event time of each key: a deduplicate that keeps the last one, and a
 * filter behind it that leaves out those without a value.
 */
class VersionedTable implements KafkaTable {
  readonly #schema: typeof LEFT | typeof RIGHT
  readonly #records: TestElement[] = []
  #told = 0

  constructor(side: Side) {
    this.#schema = side === 'left' ? LEFT : RIGHT
  }

  put({ key, value, ts }: Version): readonly TestElement[] {
    const [keyName = '', valueName = ''] = Object.keys(this.#schema)
    this.#records.push(record({ [keyName]: key, [valueName]: value }, ts))
    const latest = runOperator(
      deduplicate,
      { keys: [keyName], keep: 'last' },
      { in: stream(this.#schema, this.#records) },
    )
    const table = { changes: 'retract' as const, key: [keyName] }
    const there = runOperator(
      filter,
      { where: `${valueName} IS NOT NULL`, onError: 'fail' },
      { in: { schema: this.#schema, table, elements: rowsOf(latest) } },
    )
    const changes = rowsOf(there).map(({ change = '+I', row }) => ({ change, row }))
    const added = changes.slice(this.#told)
    this.#told = changes.length
    return added
  }
}

const UNVERSIONED = {
  left: () => new UnversionedTable((key, value) => ({ lk: key, l: value })),
  right: () => new UnversionedTable((key, value) => ({ rk: key, r: value })),
  pointing: () =>
    new UnversionedTable((key, value) => ({ lk: key, l: value, fk: value.split('|')[1] ?? null })),
}

interface Changes {
  /** Of the first steps, so many elements of either side. */
  readonly counts: readonly number[]
  readonly left: readonly TestElement[]
  readonly right: readonly TestElement[]
}

/** What all steps do to both tables; where one has its turn, nothing comes to the other. */
function changesOf(
  steps: readonly KafkaStep[],
  tables: { readonly [side in Side]: KafkaTable },
): Changes {
  const left: TestElement[] = []
  const right: TestElement[] = []
  const counts = [0]
  for (const { input, key, value = null, ts = 0 } of steps) {
    if (input === 'left' || input === 'right') {
      const version = { key: `${key}`, value: value === null ? null : `${value}`, ts }
      const [own, other] = input === 'left' ? [left, right] : [right, left]
      for (const change of tables[input].put(version)) {
        own.push(change)
        other.push(NOTHING)
      }
    }
    counts.push(left.length)
  }
  return { counts, left, right }
}

/** What has left after the first steps. */
function joinedRows(one: KafkaCase, { counts, left, right }: Changes, steps: number, on: string) {
  const table = (
    schema: { readonly [column: string]: string },
    key: string,
    of: readonly TestElement[],
  ) => ({
    schema,
    eventTime: false,
    elements: of.slice(0, counts[steps]),
    table: { changes: 'retract' as const, key: [key] },
  })
  const inputs = {
    left: table(on === 'fk' ? { ...LEFT, fk: 'string' } : LEFT, 'lk', left),
    right: table(RIGHT, 'rk', right),
  }
  const config = {
    type: typeOf(one),
    on: [[on, 'rk']],
    columns: { lk: 'left.lk', l: 'left.l', rk: 'right.rk', r: 'right.r' },
    onError: 'fail',
  }
  return rowsOf(runOperator(tableJoin, config, inputs, { open: true }))
}

/** The last thing said of each key: a value, or null where it has gone. */
function lastByKey(one: KafkaCase, rows: ReturnType<typeof rowsOf>) {
  const last = new Map<string, string | null>()
  for (const row of rows) {
    const { key, value } = toResult(one, row)
    last.set(`${key}`, row.change === '+I' || row.change === '+U' ? value : null)
  }
  return last
}

function asObject(map: ReadonlyMap<string, string | null>) {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A table join of tables that take changes as they come. */
export function tableTableCase(one: KafkaCase): CaseResult {
  const { id, steps, leftVersioned = false, rightVersioned = false } = one
  const changes = changesOf(steps, {
    left: leftVersioned ? new VersionedTable('left') : UNVERSIONED.left(),
    right: rightVersioned ? new VersionedTable('right') : UNVERSIONED.right(),
  })
  let before = 0
  for (const [index, { expect }] of steps.entries()) {
    if (expect === undefined) continue
    const rows = joinedRows(one, changes, index, 'lk')
    const made = asObject(lastByKey(one, rows.slice(before)))
    before = rows.length
    const expected = Object.fromEntries(expect.map(({ key, value }) => [`${key}`, value]))
    if (!sameTexts([made], [expected])) {
      const note = `Step ${index}: ${JSON.stringify(made)} instead of ${JSON.stringify(expected)}`
      return { id, verdict: 'failed', note }
    }
  }
  const versioned = 'versions are a deduplicate that keeps the last, and a filter'
  const plain = 'step by step, without times: a table join has none'
  const isPlain = !leftVersioned && !rightVersioned
  return { id, verdict: 'passed', note: isPlain ? plain : `${plain}; ${versioned}` }
}

/** A table join by a column that points to the other table's key. */
export function foreignKeyCase(one: KafkaCase): CaseResult {
  const { id, steps } = one
  const changes = changesOf(steps, { left: UNVERSIONED.pointing(), right: UNVERSIONED.right() })
  let before = 0
  for (const [index, { expectMap, expectState, mayBeEmpty }] of steps.entries()) {
    if (expectMap === undefined && expectState === undefined) continue
    const rows = joinedRows(one, changes, index, 'fk')
    const made =
      expectState === undefined
        ? asObject(lastByKey(one, rows.slice(before)))
        : asObject(new Map([...lastByKey(one, rows)].filter(([, value]) => value !== null)))
    if (expectMap !== undefined) before = rows.length
    const expected = expectState ?? expectMap ?? {}
    const sorted = asObject(new Map(Object.entries(expected)))
    if (sameTexts([made], [sorted]) || (mayBeEmpty === true && sameTexts([made], [{}]))) continue
    const note = `Step ${index}: ${JSON.stringify(made)} instead of ${JSON.stringify(sorted)}`
    return { id, verdict: 'failed', note }
  }
  return { id, verdict: 'passed', note: 'step by step' }
}

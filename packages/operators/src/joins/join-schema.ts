/** Checks what a join says about its two inputs, and which columns leave it. */

import {
  type Column,
  columnIndex,
  columnText,
  didYouMean,
  type fields,
  type PlanContext,
  type Scope,
  STRING,
  type StreamSchema,
  sameType,
  TIMESTAMP,
  type Type,
  tokenize,
  typeText,
} from '@millrace/pipeline'
import { checkCondition } from '../check-expression.ts'
import { checkColumn } from '../projection.ts'

export const SIDES = ['left', 'right'] as const
export type Side = (typeof SIDES)[number]

export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti'

export interface JoinConfig {
  /** Pairs of a left and a right column that must be equal. */
  readonly on: readonly (readonly [string, string])[]
  readonly where?: string | undefined
  readonly type: JoinType
  readonly columns?: readonly fields.Entry<string>[] | undefined
}

export type JoinSchemas = { readonly [side in Side]: StreamSchema } & {
  /** What expressions call the sides. */
  readonly names: readonly [left: string, right: string]
}

/** Which rows leave although they have no partner. */
export function keepsAlone(type: JoinType, side: Side): boolean {
  if (type === 'full') return true
  return type === side || (type === 'anti' && side === 'left')
}

/** Whether only left rows leave, as they are. */
export function leavesLeftOnly(type: JoinType): boolean {
  return type === 'semi' || type === 'anti'
}

export function pairScope({ left, right, names }: JoinSchemas): Scope {
  return {
    relations: [
      { name: names[0], columns: left.columns },
      { name: names[1], columns: right.columns },
    ],
  }
}

/** What the output's columns may read. */
export function outputScope(type: JoinType, schemas: JoinSchemas): Scope {
  const { relations } = pairScope(schemas)
  return { relations: leavesLeftOnly(type) ? relations.slice(0, 1) : relations }
}

/** Which bound of the window an expression stands for, if it is one of their names alone. */
export function windowBound(text: string): 'window_start' | 'window_end' | undefined {
  const parts = tokenize(text).filter(({ kind }) => kind !== 'comment')
  const name = parts.length === 1 && parts[0]?.kind === 'word' ? parts[0].text : undefined
  return name === 'window_start' || name === 'window_end' ? name : undefined
}

/**
 * Reports what is wrong with the config; gives the columns of the output. `isTime` says which of
 * them are bounds of a window and no expressions.
 */
export function checkJoin(
  config: JoinConfig,
  schemas: JoinSchemas,
  plan: PlanContext,
  isTime: (text: string) => boolean = () => false,
): readonly Column[] {
  for (const [index, pair] of config.on.entries()) checkPair(pair, index, schemas, plan)
  if (config.where !== undefined) {
    checkCondition(plan, ['where'], config.where, pairScope(schemas))
  }
  if (config.columns === undefined) return allColumns(config.type, schemas, plan)
  const scope = outputScope(config.type, schemas)
  return config.columns.map(({ name, value }) => ({
    name,
    type: isTime(value) ? TIMESTAMP : checkColumn(plan, ['columns', name], value, scope),
  }))
}

function checkPair(
  pair: JoinConfig['on'][number],
  index: number,
  schemas: JoinSchemas,
  plan: PlanContext,
): void {
  const [left, right] = SIDES.map((side, place): Type | undefined => {
    const name = pair[place] ?? ''
    const { columns } = schemas[side]
    const column = columns[columnIndex(schemas[side], name)]
    if (column !== undefined) return column.type
    const names = columns.map((known) => known.name)
    const listed = names.slice(0, 20).map((known) => `"${known}"`)
    const more = names.length > listed.length ? ' and more' : ''
    const message =
      `There is no column "${name}" in ${schemas.names[place]}.${didYouMean(name, names)} ` +
      `Its columns are ${listed.join(', ')}${more}.`
    plan.report({ code: 'column-unknown', path: ['on', index, place], message })
    return undefined
  })
  if (left === undefined || right === undefined) return
  if (left.kind === 'unknown' || right.kind === 'unknown' || sameType(left, right)) return
  const [leftName, rightName] = schemas.names
  const message =
    `${leftName}.${columnText(pair[0])} is ${typeText(left)} and ${rightName}.${columnText(pair[1])} is ${typeText(right)}, ` +
    'and only columns of the same type can be compared here. CAST one of them in a select before the join.'
  plan.report({ code: 'join-key-types', path: ['on', index], message })
}

/** The left columns, then the right ones. */
function allColumns(
  type: JoinType,
  { left, right, names: [leftName] }: JoinSchemas,
  plan: PlanContext,
): readonly Column[] {
  if (leavesLeftOnly(type)) return left.columns
  const twice = right.columns.filter(({ name }) => columnIndex(left, name) >= 0)
  const [first] = twice
  if (first !== undefined) {
    const quoted = twice.slice(0, 10).map(({ name }) => `"${name}"`)
    const more = twice.length > quoted.length ? ' and more' : ''
    const subject =
      twice.length === 1 ? `Column ${quoted[0]} is` : `Columns ${quoted.join(', ')}${more} are`
    const message =
      `${subject} on both sides, and the output cannot have two of one name. List the output in "columns", ` +
      `for instance ${JSON.stringify(first.name)}: ${JSON.stringify(`${leftName}.${columnText(first.name)}`)}.`
    plan.report({ code: 'column-on-both-sides', path: ['columns'], message })
  }
  return [...left.columns, ...right.columns]
}

/** A late record with the side that it came to; the other side is NULL. */
export function lateColumns({ left, right, names }: JoinSchemas): readonly Column[] {
  return [
    { name: 'side', type: STRING },
    { name: names[0], type: { kind: 'record', fields: left.columns } },
    { name: names[1], type: { kind: 'record', fields: right.columns } },
  ]
}

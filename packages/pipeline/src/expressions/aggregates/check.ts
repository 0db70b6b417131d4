/**
 * Checks an aggregate text: calls of aggregates, and what is made of their results and the group
 * columns.
 */

import { type Column, columnText, INTEGER, type Type } from '../../type.ts'
import { countRefusal, typeRefusal } from '../call.ts'
import type { CheckContext } from '../check-context.ts'
import { type AggregateScope, Checker } from '../checker.ts'
import { matchSignature } from '../functions/signature.ts'
import type { CallShape, Node, Span } from '../syntax.ts'
import { type ColumnRead, column, type Typed } from '../typed.ts'
import type { AggregateDefinition } from './definition.ts'
import { AGGREGATES_BY_NAME, type KnownAggregate } from './table.ts'

/** One call of an aggregate, which equal calls share. */
export interface CheckedCall {
  readonly definition: AggregateDefinition
  readonly args: readonly Typed[]
  readonly distinct: boolean
  readonly type: Type
  /** Absent for `COUNT(*)`. */
  readonly argument: Typed | undefined
  readonly filter: Typed | undefined
}

/**
 * Collects the calls of all aggregates of a node: each becomes a column of relation 1, the group
 * of relation 0.
 */
export class AggregateCalls implements AggregateScope {
  readonly calls: CheckedCall[] = []
  readonly #indexes = new Map<string, number>()
  readonly #columns: readonly Column[]
  readonly #groupBy: readonly string[]
  /** Of the text that is being checked. */
  context: CheckContext
  /** Calls so far, counting those that share a state. */
  requests = 0

  readonly #relation: string | undefined

  /** `relation` is the name before the columns of the records, where they have one. */
  constructor(
    columns: readonly Column[],
    groupBy: readonly string[],
    context: CheckContext,
    relation?: string,
  ) {
    this.#columns = columns
    this.#groupBy = groupBy
    this.context = context
    this.#relation = relation
  }

  /** A column outside every call: it must be one that is grouped by. */
  outside(read: ColumnRead, type: Type, span: Span, nameSpan: Span): Typed {
    const name = this.#columns[read.index]?.name ?? ''
    const index = this.#groupBy.indexOf(name)
    const text = this.context.textOf(span)
    if (index >= 0) return column({ relation: 0, index }, type, span, text)
    const shown = columnText(name)
    return this.context.refuse(
      'column-not-grouped',
      nameSpan,
      `Column "${name}" is neither grouped by nor inside an aggregate, so a group has many values of it. Add it to groupBy, or write MAX(${shown}) or LAST_VALUE(${shown}).`,
      span,
    )
  }

  check(node: Node & CallShape): Typed {
    const known = AGGREGATES_BY_NAME.get(node.name)
    if (known === undefined) return this.context.unknown(node)
    this.requests++
    const columns = this.#columns
    const relation = this.#relation === undefined ? { columns } : { columns, name: this.#relation }
    const inner = new Checker({ relations: [relation] }, this.context, 'nested')
    const args = node.args.map((arg) => inner.check(arg))
    const filter = node.filter === undefined ? undefined : inner.check(node.filter)
    if (filter !== undefined && !this.context.condition(filter, 'FILTER (WHERE)'))
      return this.context.unknown(node)
    if (!this.#modifiersFit(node, known)) return this.context.unknown(node)
    const type = node.star ? INTEGER : this.#resultType(node, known, args)
    const parts = filter === undefined ? args : [...args, filter]
    if (type === undefined || !this.context.known(parts)) return this.context.unknown(node)
    if (known.definition.check !== undefined && !known.definition.check(args, this.context))
      return this.context.unknown(node)
    return this.#collected(node, known, args, filter, type)
  }

  #modifiersFit(node: Node & CallShape, { definition }: KnownAggregate): boolean {
    if (node.star && definition.name !== 'COUNT') {
      this.context.refuse(
        'argument-count',
        node.nameSpan,
        `Only COUNT takes *. Write ${definition.usage ?? `${definition.name}(value)`}.`,
      )
      return false
    }
    if (node.starOf !== undefined && node.starOf !== this.#relation) {
      this.context.refuse(
        'stage-unknown',
        node.nameSpan,
        `COUNT(${columnText(node.starOf)}.*) counts the records of a stage of a pattern, and there is none here. Write COUNT(*).`,
      )
      return false
    }
    if (node.distinct && (!definition.distinct || node.star)) {
      const of = node.star ? 'COUNT(*)' : definition.name
      this.context.refuse(
        'distinct',
        node.nameSpan,
        `${of} takes no DISTINCT. Take it out${node.star ? ', or name a column' : ''}.`,
      )
      return false
    }
    return true
  }

  #resultType(
    node: Node & CallShape,
    known: KnownAggregate,
    args: readonly Typed[],
  ): Type | undefined {
    const { definition, signatures } = known
    const fitting = signatures.filter(
      (one) => args.length >= one.argumentsMin && args.length <= one.argumentsMax,
    )
    if (fitting.length === 0) {
      this.context.refuse(
        'argument-count',
        node.nameSpan,
        countRefusal(definition, signatures, args.length),
      )
      return undefined
    }
    if (!this.context.known(args)) return undefined
    const types = args.map((arg) => arg.type)
    const matches = fitting.map((signature) => matchSignature(signature, types))
    for (const match of matches) if ('result' in match) return match.result
    const [first] = matches
    const arg = first !== undefined && 'misfit' in first ? args[first.misfit] : undefined
    if (first === undefined || arg === undefined || !('misfit' in first)) return undefined
    this.context.refuse('argument-type', arg.span, typeRefusal(definition, signatures, first, arg))
    return undefined
  }

  #collected(
    node: Node & CallShape,
    { definition }: KnownAggregate,
    args: readonly Typed[],
    filter: Typed | undefined,
    type: Type,
  ): Typed {
    const text = this.context.textOf(node.span)
    let index = this.#indexes.get(text)
    if (index === undefined) {
      index = this.calls.length
      const [argument] = args
      this.calls.push({ definition, args, distinct: node.distinct, type, argument, filter })
      this.#indexes.set(text, index)
    }
    return column({ relation: 1, index }, type, node.span, text)
  }
}

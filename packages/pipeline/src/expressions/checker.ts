/** Gives every part of an expression its type, and finds what does not fit together. */

import { didYouMean } from '../problem.ts'
import { ANY, type Column, columnText, NULL, STRING, type Type } from '../type.ts'
import { isJsonObject, ownValue, type Value } from '../value.ts'
import { AGGREGATES_BY_NAME } from './aggregates/table.ts'
import { checkCall } from './call.ts'
import { type CheckContext, quoted } from './check-context.ts'
import { commonType } from './common-type.ts'
import { checkCase } from './operators/case.ts'
import { checkCast } from './operators/cast.ts'
import { checkOperator } from './operators/index.ts'
import type { CallShape, Node, Span } from './syntax.ts'
import { type ColumnRead, column, constant, describe, type Typed } from './typed.ts'

export interface Relation {
  /** `left`, `stream`, the name of a stage; absent where columns are written without a prefix. */
  readonly name?: string
  readonly columns: readonly Column[]
  /** Whether its columns are never meant by a name without a prefix. */
  readonly prefixed?: boolean
}

/** What an expression may read: one relation, or the two of a join. */
export interface Scope {
  readonly relations: readonly Relation[]
}

/**
 * Where aggregates are allowed: what becomes of calls of them, and of columns outside such calls.
 */
export interface AggregateScope {
  check(node: Node & CallShape): Typed
  outside(read: ColumnRead, type: Type, span: Span, nameSpan: Span): Typed
}

/** Functions that SQL writes without parentheses. A column of the same name goes first. */
const WITHOUT_PARENTHESES: ReadonlySet<string> = new Set([
  'CURRENT_TIMESTAMP',
  'LOCALTIMESTAMP',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'LOCALTIME',
])

type FieldNode = Node & { readonly kind: 'field' }

export class Checker {
  readonly #scope: Scope
  readonly #context: CheckContext
  readonly #aggregates: AggregateScope | 'nowhere' | 'nested'
  /** Columns that are read, by relation and index. */
  readonly reads = new Map<string, ColumnRead>()

  /** `nested`: inside a call of an aggregate. */
  constructor(
    scope: Scope,
    context: CheckContext,
    aggregates: AggregateScope | 'nowhere' | 'nested' = 'nowhere',
  ) {
    this.#scope = scope
    this.#context = context
    this.#aggregates = aggregates
  }

  check(node: Node): Typed {
    switch (node.kind) {
      case 'literal':
        return constant(node.value, node.type, node.span, this.#context.textOf(node.span))
      case 'keyword':
        return constant(node.word, STRING, node.span, node.word)
      case 'name':
        return this.#name(node, node.name, node.span, node.quoted)
      case 'field':
        return this.#field(node)
      case 'element':
        return this.#element(node, this.check(node.of), this.check(node.index))
      case 'list':
        return this.#list(
          node,
          node.items.map((item) => this.check(item)),
        )
      case 'row':
        return this.#row(
          node,
          node.items.map((item) => this.check(item)),
        )
      case 'operator':
        return checkOperator(
          node,
          node.operands.map((operand) => this.check(operand)),
          this.#context,
        )
      case 'case':
        return checkCase(node, (part) => this.check(part), this.#context)
      case 'cast':
        return checkCast(node, this.check(node.of), this.#context)
      case 'call':
        return this.#call(node)
    }
  }

  #call(node: Node & CallShape): Typed {
    if (AGGREGATES_BY_NAME.has(node.name)) {
      if (typeof this.#aggregates === 'object') return this.#aggregates.check(node)
      const message =
        this.#aggregates === 'nested'
          ? `${node.name} stands inside another aggregate. Compute the inner one in a step before.`
          : `${node.name} is an aggregate of many records, but this expression sees one. Use it in the aggregates of a window or a group-aggregate.`
      return this.#context.refuse('aggregate-not-allowed', node.nameSpan, message, node.span)
    }
    return checkCall(node, (arg) => this.check(arg), this.#context)
  }

  #name(node: Node, name: string, span: Span, isQuoted: boolean): Typed {
    const found = this.#find(name)
    const [first, second] = found
    if (first !== undefined && second !== undefined) {
      const [a, b] = [this.#relationName(first), this.#relationName(second)]
      const shown = columnText(name)
      return this.#context.refuse(
        'column-ambiguous',
        span,
        `Column "${name}" is in ${a} and in ${b}. Write ${a}.${shown} or ${b}.${shown}.`,
        node.span,
      )
    }
    if (first !== undefined) return this.#column(first, node, span)
    const word = name.toUpperCase()
    if (!isQuoted && WITHOUT_PARENTHESES.has(word)) return this.#withoutParentheses(node, word)
    return this.#context.refuse('column-unknown', span, this.#unknownColumn(name), node.span)
  }

  #withoutParentheses(node: Node, name: string): Typed {
    const call: Node & CallShape = {
      kind: 'call',
      name,
      nameSpan: node.span,
      args: [],
      star: false,
      distinct: false,
      span: node.span,
      height: node.height,
    }
    return checkCall(call, (arg) => this.check(arg), this.#context)
  }

  /** `relation.column`, or a field of a record, or a property of a JSON object. */
  #field(node: FieldNode): Typed {
    const relation = this.#relationOf(node.of)
    if (relation >= 0) return this.#columnOf(node, relation)
    const of = this.#unknownPrefix(node) ?? this.check(node.of)
    if (of.type.kind === 'unknown') return this.#context.unknown(node)
    if (of.type.kind === 'record') return this.#recordField(node, of, of.type.fields)
    if (of.type.kind === 'any') return this.#property(node, of, node.name)
    return this.#context.refuse(
      'no-fields',
      node.nameSpan,
      `${quoted(of)} is ${describe(of.type)}, which has no fields, so ".${columnText(node.name)}" cannot follow it. Take it out, or use a function.`,
      node.span,
    )
  }

  /**
   * The relation that a node names, or -1. A column of that name in backquotes is meant as a
   * column.
   */
  #relationOf(node: Node): number {
    if (node.kind !== 'name') return -1
    return this.#scope.relations.findIndex((relation) => relation.name === node.name)
  }

  /** Where what stands before a point means nothing, but an input or a stage has the column. */
  #unknownPrefix({ of, name, span }: FieldNode): Typed | undefined {
    if (of.kind !== 'name' || this.#find(of.name).length > 0) return undefined
    const prefixes = this.#scope.relations.flatMap((relation) =>
      relation.columns.some((column) => column.name === name) ? (relation.name ?? []) : [],
    )
    if (prefixes.length === 0) return undefined
    const written = prefixes.map((prefix) => `${columnText(prefix)}.${columnText(name)}`)
    return this.#context.refuse(
      'column-unknown',
      of.span,
      `Nothing here is called "${of.name}".${didYouMean(of.name, prefixes)} Write ${written.join(' or ')}.`,
      span,
    )
  }

  #columnOf(node: FieldNode, relation: number): Typed {
    const columns = this.#scope.relations[relation]?.columns ?? []
    const index = columns.findIndex((candidate) => candidate.name === node.name)
    if (index >= 0) return this.#column({ relation, index }, node, node.nameSpan)
    const names = columns.map((candidate) => candidate.name)
    const name = this.#scope.relations[relation]?.name ?? ''
    return this.#context.refuse(
      'column-unknown',
      node.nameSpan,
      `There is no column "${node.name}" in ${name}.${didYouMean(node.name, names)}${listed(names)}`,
      node.span,
    )
  }

  #column(read: ColumnRead, node: Node, nameSpan: Span): Typed {
    this.reads.set(`${read.relation}.${read.index}`, read)
    const type = this.#scope.relations[read.relation]?.columns[read.index]?.type ?? NULL
    if (typeof this.#aggregates === 'object')
      return this.#aggregates.outside(read, type, node.span, nameSpan)
    return column(read, type, node.span, this.#context.textOf(node.span))
  }

  #find(name: string): ColumnRead[] {
    return this.#scope.relations.flatMap(({ columns, prefixed }, relation) => {
      if (prefixed === true) return []
      const index = columns.findIndex((candidate) => candidate.name === name)
      return index < 0 ? [] : [{ relation, index }]
    })
  }

  #relationName({ relation }: ColumnRead): string {
    return this.#scope.relations[relation]?.name ?? `input ${relation + 1}`
  }

  #unknownColumn(name: string): string {
    const names = this.#scope.relations.flatMap(({ columns, prefixed }) =>
      prefixed === true ? [] : columns.map((candidate) => candidate.name),
    )
    const relations = this.#scope.relations.flatMap((relation) => relation.name ?? [])
    const meant = this.#scope.relations.find((relation) => relation.name === name)
    if (meant !== undefined) {
      const what = meant.prefixed === true ? 'a stage' : 'an input'
      const example = columnText(meant.columns[0]?.name ?? 'column')
      return `"${name}" is ${what}, not a column. Write ${columnText(name)}.${example}, or another of its columns.`
    }
    return `There is no column "${name}".${didYouMean(name, [...names, ...relations])}${listed(names)}`
  }

  #recordField(node: FieldNode, of: Typed, fields: readonly Column[]): Typed {
    const index = fields.findIndex((field) => field.name === node.name)
    const field = fields[index]
    if (field === undefined) {
      const names = fields.map((candidate) => candidate.name)
      return this.#context.refuse(
        'field-unknown',
        node.nameSpan,
        `${quoted(of)} has no field "${node.name}".${didYouMean(node.name, names)} Its fields are ${names.map(columnText).join(', ')}.`,
        node.span,
      )
    }
    return this.#context.derived(node, field.type, [of], (compile) => {
      const read = of.compile(compile)
      return (row, other) => {
        const record = read(row, other)
        return record === null ? null : ((record as readonly Value[])[index] ?? null)
      }
    })
  }

  /** An own property of a JSON object; anything else has none. */
  #property(node: Node, of: Typed, name: string): Typed {
    return this.#context.derived(node, ANY, [of], (compile) => {
      const read = of.compile(compile)
      return (row, other) => {
        const value = read(row, other)
        return isJsonObject(value) ? ownValue(value, name) : null
      }
    })
  }

  /** `list[1]` counts from 1; outside it is NULL. `any['name']` is a property. */
  #element(node: Node, of: Typed, index: Typed): Typed {
    if (!this.#context.known([of, index])) return this.#context.unknown(node)
    if (of.type.kind === 'any' && index.type.kind === 'string') {
      const name = index.constant?.value
      if (typeof name === 'string') return this.#property(node, of, name)
    }
    if (of.type.kind !== 'list' && of.type.kind !== 'any') {
      return this.#context.refuse(
        'no-elements',
        index.span,
        `${quoted(of)} is ${describe(of.type)}, which has no elements, so "[" cannot follow it. Take it out, or use a function.`,
        node.span,
      )
    }
    if (index.type.kind !== 'integer' && index.type.kind !== 'null') {
      const also = of.type.kind === 'any' ? ", or a property name in quotes: x['name']" : ''
      return this.#context.refuse(
        'index-type',
        index.span,
        `The index of an element must be integer, but ${quoted(index)} is ${describe(index.type)}. Write a whole number from 1${also}.`,
        node.span,
      )
    }
    if (typeof index.constant?.value === 'number' && index.constant.value < 1) {
      return this.#context.refuse(
        'index-range',
        index.span,
        `The index ${index.constant.value} is below 1, where lists begin. Write a whole number from 1.`,
        node.span,
      )
    }
    const type: Type = of.type.kind === 'list' ? of.type.of : ANY
    return this.#context.derived(node, type, [of, index], (compile) => {
      const [list, position] = [of.compile(compile), index.compile(compile)]
      return (row, other) => {
        const values = list(row, other)
        const at = position(row, other)
        return Array.isArray(values) && typeof at === 'number'
          ? ((values[at - 1] as Value | undefined) ?? null)
          : null
      }
    })
  }

  #list(node: Node, items: readonly Typed[]): Typed {
    if (!this.#context.known(items)) return this.#context.unknown(node)
    const of = commonType(items.map((item) => item.type))
    if (of === undefined) {
      return this.#context.refuse(
        'list-types',
        node.span,
        `The elements of a list have one type, but here are ${typesListed(items)}. CAST them to one type.`,
      )
    }
    return this.#context.derived(node, { kind: 'list', of }, items, (compile) => {
      const reads = items.map((item) => item.compile(compile))
      return (row, other) => reads.map((read) => read(row, other))
    })
  }

  #row(node: Node, items: readonly Typed[]): Typed {
    if (!this.#context.known(items)) return this.#context.unknown(node)
    const fields = items.map((item, index) => ({ name: `f${index}`, type: item.type }))
    return this.#context.derived(node, { kind: 'record', fields }, items, (compile) => {
      const reads = items.map((item) => item.compile(compile))
      return (row, other) => reads.map((read) => read(row, other))
    })
  }
}

export function typesListed(items: readonly Typed[]): string {
  return [...new Set(items.map((item) => describe(item.type)))].join(' and ')
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return ' There are no columns here.'
  const shown = names.slice(0, 8).map(columnText)
  const more = names.length > shown.length ? `, and ${names.length - shown.length} more` : ''
  return ` The columns are ${shown.join(', ')}${more}.`
}

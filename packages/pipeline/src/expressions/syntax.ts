/**
 * What the parser makes of an expression: a tree whose every node knows where it stands in the
 * text.
 */

import type { Type } from '../type.ts'
import type { Value } from '../value.ts'

/** In UTF-16 code units of the expression's text: [start, end). */
export interface Span {
  readonly start: number
  readonly end: number
}

export type Node = NodeShape & {
  readonly span: Span
  /** How deep the tree below is, this node included. */
  readonly height: number
}

export type NodeShape =
  | { readonly kind: 'literal'; readonly value: Value; readonly type: Type }
  | { readonly kind: 'name'; readonly name: string; readonly quoted: boolean }
  | { readonly kind: 'field'; readonly of: Node; readonly name: string; readonly nameSpan: Span }
  | { readonly kind: 'element'; readonly of: Node; readonly index: Node }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'row'; readonly items: readonly Node[] }
  | OperatorShape
  | CallShape
  | CaseShape
  | { readonly kind: 'cast'; readonly of: Node; readonly to: Type; readonly attempt: boolean }
  /** A word with a meaning of its own at its place: a unit of time, BOTH, NULL ON EMPTY. */
  | { readonly kind: 'keyword'; readonly word: string }

export interface OperatorShape {
  readonly kind: 'operator'
  /** `AND`, `OR` and `||` take any number of operands, the others one, two or three. */
  readonly operator: Operator
  readonly operands: readonly Node[]
  readonly operatorSpan: Span
}

export type Operator =
  | 'AND'
  | 'OR'
  | 'NOT'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '||'
  | 'negate'
  | 'plus'
  | 'IS NULL'
  | 'IS NOT NULL'
  | 'IS TRUE'
  | 'IS NOT TRUE'
  | 'IS FALSE'
  | 'IS NOT FALSE'
  | 'IS UNKNOWN'
  | 'IS NOT UNKNOWN'
  | 'IS DISTINCT FROM'
  | 'IS NOT DISTINCT FROM'
  | 'IS JSON'
  | 'IS NOT JSON'
  | 'BETWEEN'
  | 'NOT BETWEEN'
  | 'BETWEEN SYMMETRIC'
  | 'NOT BETWEEN SYMMETRIC'
  | 'IN'
  | 'NOT IN'
  | 'LIKE'
  | 'NOT LIKE'
  | 'SIMILAR TO'
  | 'NOT SIMILAR TO'
  | 'OVERLAPS'

export interface CallShape {
  readonly kind: 'call'
  /** In capitals. */
  readonly name: string
  readonly nameSpan: Span
  readonly args: readonly Node[]
  /** `COUNT(*)`. */
  readonly star: boolean
  /** The stage whose records are counted: `COUNT(a.*)`. */
  readonly starOf?: string
  readonly distinct: boolean
  /** The condition of `FILTER (WHERE ...)`. */
  readonly filter?: Node
}

export interface CaseShape {
  readonly kind: 'case'
  /** Present in `CASE x WHEN 1 THEN ...`. */
  readonly operand?: Node
  readonly branches: readonly { readonly when: readonly Node[]; readonly result: Node }[]
  readonly otherwise?: Node
}

/** A finding about an expression: the user can mend it. */
export interface ExpressionProblem {
  readonly code: string
  readonly message: string
  readonly span: Span
}

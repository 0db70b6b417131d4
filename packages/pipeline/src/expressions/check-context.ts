/**
 * What every check of a part of an expression has at hand: reporting, folding, and the shared
 * refusals.
 */

import { BOOLEAN, type Type } from '../type.ts'
import type { ExpressionProblem, Node, Span } from './syntax.ts'
import {
  type CompileContext,
  type DerivedOptions,
  describe,
  type Evaluate,
  Folder,
  type Typed,
  unknown,
} from './typed.ts'

export class CheckContext {
  readonly problems: ExpressionProblem[] = []
  readonly folder = new Folder()
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  textOf(span: Span): string {
    return this.#text.slice(span.start, span.end)
  }

  /** Reports a problem and stands for the part it is in. */
  refuse(code: string, span: Span, message: string, of: Span = span): Typed {
    this.problems.push({ code, message, span: { start: span.start, end: span.end } })
    return unknown(of, this.textOf(of))
  }

  unknown(node: Node): Typed {
    return unknown(node.span, this.textOf(node.span))
  }

  derived(
    node: Node,
    type: Type,
    parts: readonly Typed[],
    compile: (context: CompileContext) => Evaluate,
    options?: DerivedOptions,
  ): Typed {
    return this.folder.derived(type, node.span, this.textOf(node.span), parts, compile, options)
  }

  /** False where a part already has a problem, so that silence follows. */
  known(parts: readonly Typed[]): boolean {
    return parts.every((part) => part.type.kind !== 'unknown')
  }

  /** Whether the part is a condition; reports it where it is not. `place` is `WHERE`, `AND`. */
  condition(part: Typed, place: string): boolean {
    const { kind } = part.type
    if (kind === 'boolean' || kind === 'null' || kind === 'unknown') return true
    this.refuse(
      'condition-not-boolean',
      part.span,
      `${place} takes a condition, but ${quoted(part)} is ${describe(part.type)}. ${conditionHint(part)}`,
    )
    return false
  }

  /** Whether the part has another type than `any`; reports it where it has not. */
  notAny(part: Typed, wanted: string): boolean {
    if (part.type.kind !== 'any') return true
    this.refuse(
      'any-needs-cast',
      part.span,
      `${quoted(part)} is any, whose type is known only record by record. Write CAST(${part.text} AS ${wanted}), with the type you expect.`,
    )
    return false
  }
}

/** A part of the expression in a message. */
export function quoted(part: Typed): string {
  return `"${part.text.length <= 60 ? part.text : `${part.text.slice(0, 59)}…`}"`
}

function conditionHint(part: Typed): string {
  if (part.type.kind === 'any') return `Write CAST(${part.text} AS BOOLEAN), or compare it.`
  return 'Compare it with a value, or test it with IS NOT NULL.'
}

export function isBooleanLike(type: Type): boolean {
  return type.kind === BOOLEAN.kind || type.kind === 'null'
}

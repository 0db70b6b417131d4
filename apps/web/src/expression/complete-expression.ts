/** Offers columns of what comes in, functions and words, where an expression may have them. */

import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { type Column, columnText, tokenize, typeText } from '@millrace/pipeline'
import type { FormInput } from '../inspector/form-context.ts'
import { AGGREGATE_LIST, type Callable, FUNCTION_LIST, OFFERED_KEYWORDS } from './vocabulary.ts'

export interface CompletionScope {
  readonly inputs: readonly FormInput[]
  readonly aggregates: boolean
  /** Stages of a pattern whose records may be spoken of here. */
  readonly stages?: readonly string[]
  /** What every record of a stage has. */
  readonly stageColumns?: readonly Column[]
}

export function completeExpression(
  context: CompletionContext,
  scope: CompletionScope,
): CompletionResult | null {
  const text = context.state.doc.toString()
  const inside = tokenize(text).find(
    ({ kind, start, end }) =>
      (kind === 'string' || kind === 'comment') && start < context.pos && context.pos < end,
  )
  if (inside !== undefined) return null
  const word = context.matchBefore(/[A-Za-z_`][A-Za-z0-9_`]*(?:\.[A-Za-z0-9_`]*)?$/)
  if (word === null && !context.explicit) return null
  return {
    from: word?.from ?? context.pos,
    options: completionsOf(scope),
    validFor: /^[A-Za-z_`][A-Za-z0-9_`.]*$/,
  }
}

/** Columns first, since they are what is looked for. In a join they have the name of their side. */
export function completionsOf(scope: CompletionScope): readonly Completion[] {
  const { inputs, aggregates } = scope
  const joined = inputs.length > 1
  const columns = inputs.flatMap(({ port, schema }) =>
    (schema?.columns ?? []).map(
      ({ name, type }): Completion => ({
        label: joined ? `${port}.${columnText(name)}` : columnText(name),
        detail: typeText(type),
        type: 'column',
        boost: 3,
      }),
    ),
  )
  return [
    ...columns,
    ...stageCompletions(scope),
    ...(aggregates ? AGGREGATE_LIST.map((known) => callOf(known, 2)) : []),
    ...FUNCTION_LIST.map((known) => callOf(known, 0)),
    ...OFFERED_KEYWORDS.map((word): Completion => ({ label: word, type: 'keyword', boost: -1 })),
  ]
}

/** A column of the last record of each stage, the nearest stage first, and how many it has. */
function stageCompletions({ stages = [], stageColumns = [] }: CompletionScope): Completion[] {
  const nearest = stages.toReversed()
  const columns = nearest.flatMap((stage, place) =>
    stageColumns.map(
      ({ name, type }): Completion => ({
        label: `${columnText(stage)}.${columnText(name)}`,
        detail: typeText(type),
        type: 'column',
        boost: 2 - place / 100,
      }),
    ),
  )
  const counts = nearest.map(
    (stage): Completion => ({
      label: `COUNT(${columnText(stage)}.*)`,
      detail: `records of ${stage}`,
      type: 'function',
      boost: 1,
    }),
  )
  return [...columns, ...counts]
}

/** The cursor comes to stand between the parentheses. */
function callOf({ name, signature, description }: Callable, boost: number): Completion {
  return {
    label: name,
    detail: signature.startsWith(`${name}(`) ? signature.slice(name.length) : signature,
    info: description,
    type: 'function',
    boost,
    apply: (view, _, from, to) => {
      const called = view.state.sliceDoc(to, to + 1) === '('
      view.dispatch({
        changes: { from, to, insert: called ? name : `${name}()` },
        selection: { anchor: from + name.length + 1 },
      })
    },
  }
}

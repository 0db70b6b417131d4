/** Colours an expression with the tokens that the parser itself reads. */

import { type Range, RangeSetBuilder } from '@codemirror/state'
import { Decoration, type DecorationSet, type EditorView, ViewPlugin } from '@codemirror/view'
import { type Token, tokenize } from '@millrace/pipeline'
import { FUNCTION_NAMES, KEYWORDS } from './vocabulary.ts'

export type TokenColour =
  | 'keyword'
  | 'function'
  | 'column'
  | 'number'
  | 'string'
  | 'comment'
  | 'unknown'

const MARKS: Readonly<Record<TokenColour, Decoration>> = {
  keyword: Decoration.mark({ class: 'code-keyword' }),
  function: Decoration.mark({ class: 'code-function' }),
  column: Decoration.mark({ class: 'code-column' }),
  number: Decoration.mark({ class: 'code-number' }),
  string: Decoration.mark({ class: 'code-string' }),
  comment: Decoration.mark({ class: 'code-comment' }),
  unknown: Decoration.mark({ class: 'code-unknown' }),
}

/** Undefined for signs, which have no colour. */
export function colourOf(token: Token, next: Token | undefined): TokenColour | undefined {
  switch (token.kind) {
    case 'word': {
      const word = token.text.toUpperCase()
      if (next?.text === '(' && FUNCTION_NAMES.has(word)) return 'function'
      return KEYWORDS.has(word) ? 'keyword' : 'column'
    }
    case 'name':
      return 'column'
    case 'operator':
      return undefined
    default:
      return token.kind
  }
}

function decorate(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  const tokens = tokenize(view.state.doc.toString())
  for (const [index, token] of tokens.entries()) {
    const colour = colourOf(token, tokens[index + 1])
    if (colour === undefined) continue
    const range: Range<Decoration> = MARKS[colour].range(token.start, token.end)
    builder.add(range.from, range.to, range.value)
  }
  return builder.finish()
}

export const highlightExpression = ViewPlugin.define(
  (view) => ({
    decorations: decorate(view),
    update(change) {
      if (change.docChanged) this.decorations = decorate(change.view)
    },
  }),
  { decorations: (plugin) => plugin.decorations },
)

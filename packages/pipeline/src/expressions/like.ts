/**
 * LIKE: `%` stands for any characters, `_` for one. There is no escape character unless ESCAPE
 * names one.
 *
 * Patterns without `_` whose `%` stand at the ends become a comparison of texts. The others are
 * matched by going back to the last `%` only, which is at worst length times length; the steps
 * are bounded.
 */

import { EvaluationError } from './errors.ts'

const STEPS_MAX = 16_777_216

/** A character to find, or one of these. */
const ANY_ONE = -1
const ANY_MANY = -2

export function compileLike(pattern: string, escapeText: string | null): (text: string) => boolean {
  const parts = likeParts(pattern, escapeText)
  const many = parts.filter((part) => part === ANY_MANY).length
  if (!parts.includes(ANY_ONE) && many <= 2) {
    const literal = String.fromCodePoint(...parts.filter((part) => part !== ANY_MANY))
    const first = parts[0] === ANY_MANY
    const last = parts.at(-1) === ANY_MANY
    if (many === 0) return (text) => text === literal
    if (many === 1 && first) return (text) => text.endsWith(literal)
    if (many === 1 && last) return (text) => text.startsWith(literal)
    if (many === 2 && first && last) return (text) => text.includes(literal)
  }
  return (text) => matches(parts, text)
}

function likeParts(pattern: string, escapeText: string | null): number[] {
  const escapeCode = escapeCodePoint(escapeText)
  const parts: number[] = []
  const codes = Array.from(pattern, (character) => character.codePointAt(0) ?? 0)
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0
    if (code === escapeCode) {
      index++
      const next = codes[index]
      if (next !== PERCENT && next !== UNDERSCORE && next !== escapeCode) {
        throw new EvaluationError(
          `In the pattern '${pattern.slice(0, 60)}' the escape character ${escapeText ?? ''} stands before neither %, _ nor itself. Double it, or take it out.`,
          'like-pattern',
        )
      }
      parts.push(next)
    } else if (code === PERCENT) {
      if (parts.at(-1) !== ANY_MANY) parts.push(ANY_MANY)
    } else parts.push(code === UNDERSCORE ? ANY_ONE : code)
  }
  return parts
}

const PERCENT = 0x25
const UNDERSCORE = 0x5f

export function escapeCodePoint(escapeText: string | null): number | undefined {
  if (escapeText === null) return undefined
  const characters = Array.from(escapeText)
  if (characters.length === 1) return escapeText.codePointAt(0)
  throw new EvaluationError(
    `ESCAPE takes one character, but '${escapeText.slice(0, 60)}' has ${characters.length}. Write one, such as '\\'.`,
    'like-pattern',
  )
}

function matches(parts: readonly number[], text: string): boolean {
  let steps = 0
  let position = 0
  let part = 0
  let backPart = -1
  let backPosition = 0
  while (position < text.length) {
    if (++steps > STEPS_MAX) throw tooLong()
    const wanted = parts[part]
    if (wanted === ANY_MANY) {
      backPart = ++part
      backPosition = position
      continue
    }
    const code = text.codePointAt(position) ?? 0
    if (wanted === ANY_ONE || wanted === code) {
      part++
      position += code > 0xffff ? 2 : 1
    } else if (backPart >= 0) {
      part = backPart
      backPosition += (text.codePointAt(backPosition) ?? 0) > 0xffff ? 2 : 1
      position = backPosition
    } else return false
  }
  while (parts[part] === ANY_MANY) part++
  return part === parts.length
}

function tooLong(): EvaluationError {
  return new EvaluationError(
    `LIKE compared more than ${STEPS_MAX} characters for one record. Shorten the text, or use fewer % in the pattern.`,
    'expression-too-costly',
  )
}

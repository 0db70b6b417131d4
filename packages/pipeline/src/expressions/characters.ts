/**
 * Characters are Unicode code points, as in Flink. Texts without surrogates, nearly all, are
 * counted and cut by code unit, which costs nothing.
 */

const SURROGATE = /[\ud800-\udfff]/

export function hasSurrogates(text: string): boolean {
  return SURROGATE.test(text)
}

export function characterCount(text: string): number {
  if (!SURROGATE.test(text)) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}

/**
 * The characters from index `start` (from 0) up to, not including, `end`. Both are inside the
 * text.
 */
export function sliceCharacters(text: string, start: number, end: number): string {
  if (!SURROGATE.test(text)) return text.slice(start, end)
  return text.slice(unitIndex(text, start), unitIndex(text, end))
}

/** The index among characters of a code unit's index. */
export function characterIndex(text: string, unit: number): number {
  return characterCount(text.slice(0, unit))
}

/** The code unit at which a character begins. */
export function unitIndex(text: string, character: number): number {
  if (!SURROGATE.test(text)) return Math.min(character, text.length)
  let unit = 0
  for (let count = 0; count < character && unit < text.length; count++) {
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1
  }
  return unit
}

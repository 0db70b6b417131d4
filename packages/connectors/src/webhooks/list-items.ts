/**
 * The items of a JSON list as they were written: parsed and written again, whole numbers beyond
 * 2^53 would be others.
 */

/** The text must be a list in JSON. */
export function listItems(text: string): readonly string[] {
  const items: string[] = []
  let depth = 0
  let from = text.indexOf('[') + 1
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) index = closingQuote(text, index)
    else if (code === BRACE_OPEN || code === BRACKET_OPEN) depth++
    else if (depth > 0 && (code === BRACE_CLOSE || code === BRACKET_CLOSE)) depth--
    else if (depth === 0 && (code === COMMA || code === BRACKET_CLOSE)) {
      const item = text.slice(from, index).trim()
      if (item !== '') items.push(item)
      from = index + 1
    }
  }
  return items
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const BRACKET_OPEN = 0x5b
const BRACKET_CLOSE = 0x5d
const BRACE_OPEN = 0x7b
const BRACE_CLOSE = 0x7d

function closingQuote(text: string, from: number): number {
  let index = from + 1
  while (text.charCodeAt(index) !== QUOTE) index += text.charCodeAt(index) === BACKSLASH ? 2 : 1
  return index
}

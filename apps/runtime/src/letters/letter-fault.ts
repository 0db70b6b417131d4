/** Finds the part of a record that is at fault, for marking it. */

import { fromUtf8 } from '@millrace/engine'

export interface Fault {
  readonly start: number
  readonly end: number
}

/** In UTF-16 code units of the text, or in bytes of what is no UTF-8; undefined where unknown. */
export function findFault(
  raw: Uint8Array,
  {
    code,
    message,
    column,
  }: {
    readonly code: string
    readonly message: string
    readonly column?: string | undefined
  },
): Fault | undefined {
  const text = fromUtf8(raw)
  if (text === undefined) return firstBadByte(raw)
  const place = code === 'not-json' ? /at column (\d+)/.exec(message)?.[1] : undefined
  if (place !== undefined) {
    const start = Math.min(Number(place) - 1, Math.max(0, text.length - 1))
    return { start, end: Math.max(start + 1, start) }
  }
  if (column === undefined) return undefined
  return fieldValue(text, column) ?? namedValue(text, message, column)
}

/** Of a line of CSV: the value that the message names, where it is there only once. */
function namedValue(text: string, message: string, column: string): Fault | undefined {
  const head = `"${column}": `
  const at = message.indexOf(head)
  const [quoted] = /^"(?:[^"\\]|\\.)+"/.exec(at < 0 ? '' : message.slice(at + head.length)) ?? []
  const value = quoted === undefined ? '' : (parseText(quoted) ?? '')
  const start = value === '' ? -1 : text.indexOf(value)
  if (start < 0 || text.indexOf(value, start + 1) >= 0) return undefined
  return { start, end: start + value.length }
}

/** Character by character, since nobody else says where. */
function firstBadByte(raw: Uint8Array): Fault {
  for (let at = 0; at < raw.length; ) {
    const lead = raw[at] ?? 0
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    const isGood = length === 1 || fromUtf8(raw.subarray(at, at + length)) !== undefined
    if (!isGood) return { start: at, end: at + 1 }
    at += length
  }
  return { start: raw.length, end: raw.length }
}

/** The value of a field of the outermost object of a JSON text. */
function fieldValue(text: string, field: string): Fault | undefined {
  let depth = 0
  let name: string | undefined
  let start = -1
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match
    if (
      depth === 1 &&
      start < 0 &&
      found.startsWith('"') &&
      /^\s*:/.test(text.slice(token.lastIndex))
    ) {
      name = parseText(found)
    } else if (depth === 1 && found === ':' && name === field) start = match.index + 1
    else if (depth === 1 && start >= 0 && (found === ',' || found === '}')) {
      return trimmed(text, start, match.index)
    }
    if (found === '{' || found === '[') depth++
    else if (found === '}' || found === ']') depth--
  }
  return undefined
}

function trimmed(text: string, start: number, end: number): Fault {
  const value = text.slice(start, end)
  const lead = value.length - value.trimStart().length
  return { start: start + lead, end: start + value.trimEnd().length }
}

function parseText(quoted: string): string | undefined {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return undefined
  }
}

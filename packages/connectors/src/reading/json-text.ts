/** Looks at JSON as text: how deep it nests, and where it breaks off. */

import { jsonTextEnd } from '@millrace/pipeline'

/**
 * Whether objects and lists lie more than `limit` deep in each other. Brackets in texts do not
 * count.
 */
export function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x22) index = jsonTextEnd(text, index)
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return false
}

const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in texts.
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![A-Za-z0-9_.+-]))/y

/** What is wrong with a text that is not JSON, with the column where it breaks. */
export function jsonFault(text: string): string {
  const place = faultIndex(text)
  const column = `at column ${place + 1}`
  const rest = text.slice(place).trim()
  if (rest === '') return `The line is not JSON: it ends ${column} before the record does.`
  return `The line is not JSON: ${JSON.stringify(rest.slice(0, 20))} ${column} does not belong there.`
}

type Expected = 'value' | 'name' | 'colon' | 'next' | 'first-name' | 'first-value'

/**
 * Walks the grammar of JSON up to the first token that does not fit; the end where the text is
 * cut off.
 */
function faultIndex(text: string): number {
  const open: string[] = []
  let expected: Expected = 'value'
  let at = 0
  for (;;) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    const start = at + (/^[ \t\r\n]*/.exec(text.slice(at, at + 1000))?.[0].length ?? 0)
    if (match === null) return start
    const next = step(open, expected, match[1], match[2] !== undefined)
    if (next === undefined) return start
    expected = next
    at = TOKEN.lastIndex
  }
}

/** What may follow the token; undefined if it does not fit. */
function step(
  open: string[],
  expected: Expected,
  sign: string | undefined,
  isText: boolean,
): Expected | undefined {
  const inside = open.at(-1)
  if (expected === 'colon') return sign === ':' ? 'value' : undefined
  if (expected === 'next') {
    if (sign === ',') return inside === undefined ? undefined : inside === '{' ? 'name' : 'value'
    return closes(open, sign) ? 'next' : undefined
  }
  if (expected === 'first-name' && sign === '}') return closes(open, sign) ? 'next' : undefined
  if (expected === 'first-value' && sign === ']') return closes(open, sign) ? 'next' : undefined
  if (expected === 'name' || expected === 'first-name') return isText ? 'colon' : undefined
  if (sign === '{' || sign === '[') {
    open.push(sign)
    return sign === '{' ? 'first-name' : 'first-value'
  }
  return sign === undefined ? 'next' : undefined
}

function closes(open: string[], sign: string | undefined): boolean {
  const opened = sign === '}' ? '{' : sign === ']' ? '[' : undefined
  if (opened === undefined || open.at(-1) !== opened) return false
  open.pop()
  return true
}

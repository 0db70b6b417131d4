/**
 * A refused record as it is looked at: as text or byte by byte, with the part at fault marked, and
 * of a long one a part around it.
 */

import type { wire } from '@millrace/pipeline'

export interface Span {
  readonly start: number
  readonly end: number
}

export interface LetterRecord {
  readonly bytes: Uint8Array
  /** Undefined where the bytes are no UTF-8. */
  readonly text: string | undefined
  /** In UTF-16 code units of the text, or in bytes where there is none. */
  readonly fault: Span | undefined
}

export function toLetterRecord(raw: wire.TopicText, fault: Span | undefined): LetterRecord {
  if ('text' in raw) {
    return { bytes: new TextEncoder().encode(raw.text), text: raw.text, fault }
  }
  const bytes = Uint8Array.from(atob(raw.base64), (character) => character.charCodeAt(0))
  return { bytes, text: undefined, fault }
}

/** What is there of it as text, however little that is. */
export function roughText({ bytes, text }: LetterRecord): string {
  return text ?? new TextDecoder().decode(bytes)
}

export function faultInBytes({ bytes, text, fault }: LetterRecord): Span | undefined {
  if (fault === undefined || text === undefined) return fault
  const before = new TextEncoder().encode(text.slice(0, fault.start)).length
  const own = new TextEncoder().encode(text.slice(fault.start, fault.end)).length
  return { start: Math.min(before, bytes.length), end: Math.min(before + own, bytes.length) }
}

/** The part of a text that was changed in it; undefined where nothing was. */
export function changedSpan(before: string, after: string): Span | undefined {
  if (before === after) return undefined
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let same = 0
  while (same < most - start && before.at(-1 - same) === after.at(-1 - same)) same++
  return { start, end: after.length - same }
}

/** What is laid out at once. */
export const TEXT_SHOWN = 6_000
export const BYTES_SHOWN = 2_048

/** The part of `length` to begin with: the beginning, or what lies around the fault. */
export function firstWindow(length: number, shown: number, fault: Span | undefined): Span {
  if (length <= shown) return { start: 0, end: length }
  const middle = fault === undefined ? 0 : Math.max(0, fault.start - Math.floor(shown / 3))
  const start = Math.min(middle, length - shown)
  return { start, end: start + shown }
}

export interface MarkedText {
  readonly before: string
  readonly marked: string
  readonly after: string
}

/** An empty mark, where something is missing, is drawn as a place of its own. */
export function markText(text: string, window: Span, fault: Span | undefined): MarkedText {
  const part = (start: number, end: number): string => {
    const from = Math.max(start, window.start)
    return text.slice(from, Math.max(from, Math.min(end, window.end)))
  }
  if (fault === undefined) return { before: part(window.start, window.end), marked: '', after: '' }
  return {
    before: part(window.start, fault.start),
    marked: part(fault.start, fault.end),
    after: part(fault.end, window.end),
  }
}

const LINE_BYTES = 16

export interface HexLine {
  readonly offset: number
  readonly hex: MarkedText
  readonly characters: MarkedText
}

export function hexLines(bytes: Uint8Array, window: Span, fault: Span | undefined): HexLine[] {
  const lines: HexLine[] = []
  const first = window.start - (window.start % LINE_BYTES)
  for (let offset = first; offset < window.end; offset += LINE_BYTES) {
    const line = [...bytes.subarray(offset, offset + LINE_BYTES)]
    const at = (index: number) => Math.min(Math.max(index - offset, 0), line.length)
    const [from, to] = fault === undefined ? [line.length, 0] : [at(fault.start), at(fault.end)]
    const end = Math.max(from, to)
    lines.push({
      offset,
      hex: {
        before: `${hexText(line.slice(0, from))}${from > 0 && from < line.length ? ' ' : ''}`,
        marked: hexText(line.slice(from, end)),
        after: `${end > from && end < line.length ? ' ' : ''}${hexText(line.slice(end))}`,
      },
      characters: {
        before: characterText(line.slice(0, from)),
        marked: characterText(line.slice(from, end)),
        after: characterText(line.slice(end)),
      },
    })
  }
  return lines
}

function hexText(line: readonly number[]): string {
  return line.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

function characterText(line: readonly number[]): string {
  return line.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
}

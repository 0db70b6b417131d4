/** Keys and values of records as people read them: as JSON, as text, or byte by byte. */

import type { wire } from '@millrace/pipeline'

export type TextKind = 'json' | 'text' | 'bytes'

/** As much of a value as was sent. */
export interface ReadValue {
  readonly bytes: Uint8Array
  /** Undefined where it is no UTF-8. */
  readonly text: string | undefined
  /** How many bytes it has as a whole. */
  readonly size: number
  readonly whole: boolean
}

export function toReadValue(preview: wire.TopicPreview | wire.TopicText): ReadValue {
  const text = 'text' in preview ? preview.text : undefined
  const bytes =
    'text' in preview ? new TextEncoder().encode(preview.text) : fromBase64(preview.base64)
  const size = 'bytes' in preview ? preview.bytes : bytes.length
  return { bytes, text, size, whole: bytes.length >= size }
}

function fromBase64(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

/** The way in which it says most. */
export function bestKind(value: ReadValue): TextKind {
  if (value.text === undefined) return 'bytes'
  return parsed(value) === undefined ? 'text' : 'json'
}

/** Undefined where it cannot be shown so. */
export function textOf(value: ReadValue, kind: TextKind): string | undefined {
  if (kind === 'bytes') return hexLines(value.bytes)
  if (kind === 'text') return value.text
  const json = parsed(value)
  return json === undefined ? undefined : JSON.stringify(json.value, undefined, 2)
}

/** Numbers beyond what JavaScript holds would be shown as others; then it is text. */
function parsed({ text, whole }: ReadValue): { readonly value: unknown } | undefined {
  if (text === undefined || !whole || !/^\s*[[{"\-\dtfn]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return hasInexactNumber(text) ? undefined : { value }
  } catch {
    return undefined
  }
}

function hasInexactNumber(text: string): boolean {
  const outsideOfTexts = text.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  return (outsideOfTexts.match(/-?\d[\d.eE+-]*/g) ?? []).some((digits) => {
    return digits.replace(/\D/g, '').length > 15
  })
}

const LINE_BYTES = 16

/** `00000010  6f 72 …  or…`, as tools for bytes write them. */
function hexLines(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    const line = [...bytes.subarray(at, at + LINE_BYTES)]
    const hex = line.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const shown = line.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.'))
    const place = at.toString(16).padStart(6, '0')
    lines.push(`${place}  ${hex.padEnd(LINE_BYTES * 3 - 1)}  ${shown.join('')}`)
  }
  return lines.join('\n')
}

const LINE_LENGTH = 240

/** On one line of a table, its beginning. */
export function lineOf(preview: wire.TopicPreview): string {
  if ('base64' in preview) {
    const head = [...fromBase64(preview.base64).subarray(0, 24)]
    return head.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  }
  const line = preview.text.slice(0, LINE_LENGTH).replace(/\s+/g, ' ')
  return line === '' && preview.bytes === 0 ? '""' : line
}

/** Where the sources of a start begin, as somebody writes it into the form. */

import type { wire } from '@millrace/pipeline'
import { createValueReader, TIMESTAMP, UnreadableValue } from '@millrace/pipeline'

export type StartKind = 'usual' | 'beginning' | 'earliest' | 'latest' | 'timestamp' | 'offsets'

export interface StartForm {
  readonly kind: StartKind
  readonly time: string
  readonly offsets: string
}

/** What the start is asked with, or what is wrong with the form. */
export type StartChoice = { readonly from: wire.StartFrom | undefined } | { readonly wrong: string }

const readInstant = createValueReader(TIMESTAMP)

export function toStartFrom({ kind, time, offsets }: StartForm): StartChoice {
  if (kind === 'usual') return { from: undefined }
  if (kind === 'timestamp') {
    const timestampMs = instantOf(time.trim())
    if (timestampMs !== undefined) return { from: { kind, timestampMs } }
    const what = time.trim() === '' ? 'No time is named' : `"${time.trim()}" is no time`
    return { wrong: `${what}. Write it as 2026-01-01T00:00:00Z.` }
  }
  if (kind !== 'offsets') return { from: { kind } }
  const places = offsets
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean)
  const read = places.map(placeOf)
  const bad = read.indexOf(undefined)
  if (bad >= 0) return { wrong: `"${places[bad]}" is no place. Write it as orders:0=15.` }
  const known = read.filter((place) => place !== undefined)
  return known.length === 0
    ? { wrong: 'No place is named. Write a line for each partition, such as orders:0=15.' }
    : { from: { kind, offsets: known } }
}

function instantOf(text: string): number | undefined {
  try {
    return readInstant(text) as number
  } catch (error) {
    if (error instanceof UnreadableValue) return undefined
    throw error
  }
}

function placeOf(text: string) {
  const [, topic, partition, offset] = /^(.+):(\d{1,6})=(\d{1,15})$/.exec(text) ?? []
  if (topic === undefined) return undefined
  return { topic, partition: Number(partition), offset: Number(offset) }
}

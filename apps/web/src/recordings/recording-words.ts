/** Recordings and what replays of them found, in words. */

import type { wire } from '@millrace/pipeline'
import { countText, durationText } from '../live/formats.ts'

const ENDS: Readonly<Record<wire.WireRecordingReason, string>> = {
  stopped: 'stopped',
  'job-ended': 'its job ended',
  size: 'as large as it may be',
  time: 'as long as it may be',
  disk: 'the disk took no more',
  resent: 'dead letters were sent in again',
  lost: 'its engine stopped',
}

/** How it stands, or why it ended. */
export function endText({ state, reason }: wire.WireRecording): string {
  if (state === 'recording') return 'is being recorded'
  if (state === 'damaged') return 'damaged'
  return reason === null ? '' : ENDS[reason]
}

/** What it spans of the clock. */
export function spanText(
  { startedAtMs, endedAtMs, state }: wire.WireRecording,
  nowMs: number,
): string {
  if (state === 'damaged') return '–'
  return durationText(Math.max(0, (endedAtMs ?? nowMs) - startedAtMs))
}

/** `1 record`, `4,120 records`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

export interface Verdict {
  readonly tone: 'same' | 'different' | 'unfaithful'
  readonly title: string
  readonly detail: string
}

/** What a replay has found, said plainly. */
export function verdictOf(result: wire.ReplayResult, differences: number): Verdict {
  const { sinks, faithful } = result
  if (faithful.fault !== null) {
    const title = 'The recorded version does not give what it gave then'
    return { tone: 'unfaithful', title, detail: faithful.fault }
  }
  if (sinks.length === 0) {
    if (faithful.points === 0) {
      const title = 'The recorded version was run again'
      return { tone: 'same', title, detail: faithfulText(faithful) }
    }
    const title = 'The recorded version gave again what it gave then'
    return { tone: 'same', title, detail: `${countOf(faithful.rows, 'row')}, byte for byte.` }
  }
  const rows = sinks.reduce((sum, { newRows }) => sum + newRows, 0)
  const rowsThen = sinks.reduce((sum, { oldRows }) => sum + oldRows, 0)
  const columns = sinks.filter(columnsDiffer).length
  if (differences === 0 && columns > 0) {
    const inBoth = `${countOf(rows, 'row')} came in both, the same in the columns of both`
    return {
      tone: 'different',
      title: `The columns of ${countOf(columns, 'sink')} differ`,
      detail: `${inBoth}. The columns that only one of them has are not compared.`,
    }
  }
  if (differences === 0) {
    const ordered = sinks.every(({ identical }) => identical)
    const order = ordered ? ', in the same order' : ', though not all in the same order'
    const detail = `${countOf(rows, 'row')} came to ${countOf(sinks.length, 'sink')} in both${order}.`
    return { tone: 'same', title: ordered ? 'Identical' : 'The same rows', detail }
  }
  const differing = sinks.filter(differs).length
  return {
    tone: 'different',
    title: differences === 1 ? '1 row differs' : `${countText(differences)} rows differ`,
    detail:
      `The recorded version gives ${countOf(rowsThen, 'row')}, this one ${countText(rows)}` +
      `${sinks.length === 1 ? '' : `, and ${countText(differing)} of ${countOf(sinks.length, 'sink')} ${differing === 1 ? 'differs' : 'differ'}`}.`,
  }
}

export function faithfulText({ points, rows, fault }: wire.ReplayResult['faithful']): string {
  if (fault !== null) return fault
  if (points === 0) return 'What the recorded version gave then was not noted before it ended.'
  return `The recorded version gave again what it gave then: ${countOf(rows, 'row')}, byte for byte.`
}

export function differs(sink: wire.SinkComparison): boolean {
  return sink.sides !== 'both' || sink.onlyOld + sink.onlyNew + sink.changed > 0
}

/** What only one version has of it cannot be compared. */
export function columnsDiffer({ columnsOnlyOld, columnsOnlyNew }: wire.SinkComparison): boolean {
  return columnsOnlyOld.length + columnsOnlyNew.length > 0
}

export const KINDS: Readonly<
  Record<wire.RowDifference['kind'], { readonly sign: string; readonly words: string }>
> = {
  'only-old': { sign: '−', words: 'Only recorded' },
  'only-new': { sign: '+', words: 'Only in this version' },
  changed: { sign: '≠', words: 'Changed' },
}

/** Those by which rows are paired come first. */
export function columnsOf({ key, first }: wire.SinkComparison): readonly string[] {
  const names = new Set(key)
  for (const { old, new: next } of first) {
    for (const name of [...Object.keys(old ?? {}), ...Object.keys(next ?? {})]) names.add(name)
  }
  return [...names]
}

const CELL_LENGTH_MAX = 160

export function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > CELL_LENGTH_MAX ? `${text.slice(0, CELL_LENGTH_MAX)}…` : text
}

/** How many of the differences are shown. */
export function shownText({ first, onlyOld, onlyNew, changed }: wire.SinkComparison): string {
  const all = onlyOld + onlyNew + changed
  if (first.length >= all) return `${countOf(all, 'difference')}, by event time`
  return `The first ${countText(first.length)} of ${countOf(all, 'difference')}, by event time`
}

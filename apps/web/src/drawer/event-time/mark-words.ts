/** A window or a record of the event-time picture in words: beside the pointer and in the table. */

import type { wire } from '@millrace/pipeline'
import { clockText, countText, durationText, timeText, watermarkText } from '../../live/formats.ts'
import type { BoxMark, DotMark } from './marks.ts'
import { type Standing, whyNot } from './why-not.ts'

export type Line = readonly [term: string, text: string]

export function markLines(mark: BoxMark | DotMark, standing: Standing): readonly Line[] {
  return mark.kind === 'dot' ? dotLines(mark.dot) : boxLines(mark.window, standing)
}

function dotLines(dot: wire.RecordDot): readonly Line[] {
  const delayMs = dot.seenAtMs - dot.eventTimeMs
  const lines: Line[] = [
    ['Record', dot.late ? 'late: its window had closed' : 'in time'],
    ['Event time', timeText(dot.eventTimeMs)],
  ]
  if (dot.watermark !== undefined) {
    lines.push(['Watermark', `${watermarkText(dot.watermark)} when it came`])
    lines.push(['Too late', latenessText(dot)])
  }
  lines.push(['Seen at', timeText(dot.seenAtMs)])
  lines.push([
    'Delay',
    delayMs < 0 ? `none, ${durationText(delayMs)} early` : durationText(delayMs),
  ])
  return lines
}

/** By how much a late record was behind the watermark that it met. */
export function latenessText({ watermark, eventTimeMs }: wire.RecordDot): string {
  if (watermark === 'end') return 'after the end of input'
  if (typeof watermark !== 'number') return 'not known'
  return `${durationText(Math.max(0, watermark - eventTimeMs))} behind the watermark`
}

function boxLines(window: wire.WindowBox, standing: Standing): readonly Line[] {
  const { startMs, endMs, records, keys, firedAtMs } = window
  const lines: Line[] = [
    ['Window', `${timeText(startMs)}, ${durationText(endMs - startMs)}`],
    ['Records', `${countText(records)} in ${keys === 1 ? '1 group' : `${countText(keys)} groups`}`],
  ]
  if (firedAtMs !== undefined)
    return [...lines, ['State', stateText(window, standing.picture.atMs)]]
  const { waits, now, why, advice } = whyNot(window, standing)
  lines.push(['Open', waits])
  if (now !== undefined) lines.push(['Watermark', now])
  lines.push(['Why', why])
  if (advice !== undefined) lines.push(['To do', advice])
  return lines
}

/**
 * `open`, or when it fired in processing time, and what has been counted in since. With the date
 * where that is not the day of `nearMs`.
 */
export function stateText(
  { firedAtMs, firedRecords, records }: wire.WindowBox,
  nearMs: number,
): string {
  if (firedAtMs === undefined) return 'open'
  const more = records - (firedRecords ?? records)
  const again = more > 0 ? `, and again with ${countText(more)} that came late` : ''
  return `fired at ${clockText(firedAtMs, nearMs)}${again}`
}

/** How far it is to the firing of an open window; when that is stands in another cell. */
export function leftText({ firedAtMs, endMs }: wire.WindowBox, { picture }: Standing): string {
  const { firesByClock, atMs, watermark } = picture
  if (firedAtMs !== undefined) return ''
  if (firesByClock) return `${durationText(Math.max(0, endMs - atMs))} by the clock`
  if (typeof watermark !== 'number') return 'no watermark yet'
  return `${durationText(Math.max(0, endMs - 1 - watermark))} of event time`
}

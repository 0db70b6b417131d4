/**
 * The layers of the event-time picture, from back to front. Each turns what the host says into
 * marks.
 *
 * A window is a rectangle: across, the event time it covers; up, from its first record to its
 * firing, or to now while it is open. A record is a dot, the watermark a line that only ever moves
 * right. Whatever arrives left of the line is late. More layers (lateness bands, one line an input,
 * re-firings) join the list.
 */

import type { wire } from '@millrace/pipeline'
import { axisTimeTexts, countText, daysText, shortCountText } from '../../live/formats.ts'
import type { LineMark, Mark, Point, TextMark } from './marks.ts'
import { MARGIN, type PictureScales, type Range, timeTicks, windowGrid } from './scales.ts'
import { inView } from './view.ts'

/** What the page adds to the host's picture. */
export interface PictureMemory {
  /** Processing time at which each window was first seen, by `windowKey`. */
  readonly firstSeenMs: ReadonlyMap<string, number>
  /** Stretches of processing time in which the node was idle; `to` is open while it still is. */
  readonly idle: readonly { readonly fromMs: number; readonly toMs: number }[]
}

export const NO_MEMORY: PictureMemory = { firstSeenMs: new Map(), idle: [] }

export interface Scene {
  readonly picture: wire.Picture
  readonly memory: PictureMemory
  readonly scales: PictureScales
  readonly nowMs: number
  /** Now is the end of the job. */
  readonly ended?: boolean
}

type Layer = (scene: Scene) => readonly Mark[]

const LAYERS: readonly Layer[] = [
  gridLayer,
  windowLayer,
  noDelayLayer,
  dotLayer,
  watermarkLayer,
  nowLayer,
  countLayer,
  lateLayer,
]

export function toMarks(scene: Scene): readonly Mark[] {
  return LAYERS.flatMap((layer) => layer(scene))
}

export function windowKey({ startMs, endMs }: wire.WindowBox): string {
  return `${startMs}:${endMs}`
}

/** Letters are about this wide; labels nearer than that would touch. */
const LETTER = 6.6
const LETTER_HEIGHT = 9

function gridLayer({ picture, scales: { x, y, size } }: Scene): readonly Mark[] {
  const marks: Mark[] = []
  const bottom = y.range.from
  const across = timeTicks(x, 76, windowGrid(picture.windows))
  const acrossTexts = axisTimeTexts(across, spanOf(x.domain))
  for (const [index, tick] of across.entries()) {
    const at = x.toPixel(tick)
    marks.push(line('grid', { x: at, y: y.range.to }, { x: at, y: bottom }))
    marks.push(axisLabel(acrossTexts[index] ?? '', at, bottom + 15, size.width))
  }
  const up = timeTicks(y, 34)
  const upTexts = axisTimeTexts(up, spanOf(y.domain))
  for (const [index, tick] of up.entries()) {
    const at = y.toPixel(tick)
    // "now" stands there.
    if (at - y.range.to < 16) continue
    marks.push(line('tick', { x: x.range.from - 4, y: at }, { x: x.range.from, y: at }))
    marks.push(text('axis', x.range.from - 8, at + 4, upTexts[index] ?? '', 'right'))
  }
  const right = size.width - MARGIN.right
  // What is shown has a little room on both sides, which may lie in days that are not.
  const room = spanOf(x.domain) * 0.015
  const days = daysText(x.domain.from + room, x.domain.to - room)
  marks.push(text('axis-title', right, size.height - 4, `event time, ${days} UTC`, 'right'))
  marks.push(text('axis-title', 10, 14, 'processing time, UTC', 'left'))
  return marks
}

/** Below its tick, and whole: the last one stands as far left as it has to. */
function axisLabel(words: string, at: number, y: number, width: number): TextMark {
  const half = (words.length * LETTER) / 2
  const isCut = at + half > width - 2
  return text('axis', isCut ? width - 2 : at, y, words, isCut ? 'right' : 'center')
}

function spanOf({ from, to }: Range): number {
  return to - from
}

function windowLayer({ picture, memory, scales: { x, y }, nowMs }: Scene): readonly Mark[] {
  return picture.windows
    .filter((window) => inView(window, y.domain.from))
    .map((window) => {
      const top = y.toPixel(window.firedAtMs ?? nowMs)
      const since = memory.firstSeenMs.get(windowKey(window)) ?? y.domain.from
      const bottom = Math.min(y.range.from, Math.max(top + 3, y.toPixel(since)))
      const left = x.toPixel(window.startMs)
      return {
        kind: 'box',
        role: window.firedAtMs === undefined ? 'open' : 'fired',
        x: left + 0.5,
        y: top,
        width: Math.max(1, x.toPixel(window.endMs) - left - 1),
        height: bottom - top,
        window,
      }
    })
}

/** Where event time is processing time. It is in view for live data only. */
function noDelayLayer({ scales: { x, y } }: Scene): readonly Mark[] {
  const from = Math.max(x.domain.from, y.domain.from)
  const to = Math.min(x.domain.to, y.domain.to)
  if (to <= from) return []
  return [
    line(
      'no-delay',
      { x: x.toPixel(from), y: y.toPixel(from) },
      { x: x.toPixel(to), y: y.toPixel(to) },
    ),
  ]
}

function dotLayer({ picture, scales: { x, y }, nowMs }: Scene): readonly Mark[] {
  return picture.dots
    .filter(({ seenAtMs }) => seenAtMs >= y.domain.from && seenAtMs <= nowMs)
    .map((dot) => ({
      kind: 'dot',
      role: dot.late ? 'late' : 'record',
      // A record that is far too late stands at the left edge: it is there, however far away it is
      // from.
      x: Math.max(x.range.from, x.toPixel(dot.eventTimeMs)),
      y: y.toPixel(dot.seenAtMs),
      dot,
    }))
}

function watermarkLayer({ picture, memory, scales: { x, y }, nowMs }: Scene): readonly Mark[] {
  const marks: LineMark[] = []
  const steps = [...picture.steps]
    .filter(({ atMs }) => atMs <= nowMs)
    .sort((a, b) => a.atMs - b.atMs)
  let last: { x: number; atMs: number } | undefined
  const upTo = (from: { x: number; atMs: number }, toMs: number) => {
    marks.push(
      ...stretches(from.atMs, toMs, memory.idle)
        .map(([role, fromMs, untilMs]) => {
          const clipped = Math.max(fromMs, y.domain.from)
          return line(
            role,
            { x: from.x, y: y.toPixel(clipped) },
            { x: from.x, y: y.toPixel(untilMs) },
          )
        })
        .filter(({ points }) => (points[0]?.y ?? 0) > (points[1]?.y ?? 0)),
    )
  }
  for (const { atMs, watermark } of steps) {
    const at = watermarkPixel(watermark, x)
    if (at === undefined) continue
    if (last !== undefined) {
      upTo(last, atMs)
      const height = y.toPixel(atMs)
      if (atMs >= y.domain.from) {
        marks.push(line('watermark', { x: last.x, y: height }, { x: at, y: height }))
      }
    }
    last = { x: at, atMs }
  }
  // Between two pictures the clock goes on, but nobody here knows yet where the watermark stands.
  if (last !== undefined) upTo(last, Math.min(nowMs, Math.max(picture.atMs, last.atMs)))
  return joined(marks)
}

function watermarkPixel(
  watermark: wire.WireTime,
  { range, toPixel }: PictureScales['x'],
): number | undefined {
  if (watermark === 'start') return undefined
  if (watermark === 'end') return range.to
  return Math.min(range.to, Math.max(range.from, toPixel(watermark)))
}

type Stretch = readonly [role: 'watermark' | 'watermark-idle', fromMs: number, toMs: number]

/** Cuts a stretch of processing time where the node was idle. */
function stretches(fromMs: number, toMs: number, idle: PictureMemory['idle']): readonly Stretch[] {
  const cut: Stretch[] = []
  let at = fromMs
  for (const pause of idle) {
    const start = Math.max(at, pause.fromMs)
    const end = Math.min(toMs, pause.toMs)
    if (end <= start) continue
    if (start > at) cut.push(['watermark', at, start])
    cut.push(['watermark-idle', start, end])
    at = end
  }
  if (toMs > at) cut.push(['watermark', at, toMs])
  return cut
}

/** Puts lines that continue each other together, so that corners are drawn as corners. */
function joined(lines: readonly LineMark[]): readonly LineMark[] {
  const result: LineMark[] = []
  for (const next of lines) {
    const before = result.at(-1)
    const end = before?.points.at(-1)
    const [start, ...rest] = next.points
    if (before?.role === next.role && end?.x === start?.x && end?.y === start?.y) {
      result[result.length - 1] = { ...before, points: [...before.points, ...rest] }
    } else {
      result.push(next)
    }
  }
  return result
}

function nowLayer({ scales: { x, y }, nowMs, ended = false }: Scene): readonly Mark[] {
  const at = y.toPixel(nowMs)
  const marks: Mark[] = [line('now', { x: x.range.from, y: at }, { x: x.range.to, y: at })]
  marks.push(text('now', x.range.from - 8, at + 4, ended ? 'end' : 'now', 'right'))
  return marks
}

/** With more windows than this, as sessions of many keys are, a count on each is only noise. */
export const COUNTED_MAX = 60

/**
 * Counts stand above their window, where no record of it can be: above the firing, or above now.
 * One that would touch another is left out; the pointer still tells it.
 */
function countLayer(scene: Scene): readonly Mark[] {
  const placed: { x: number; y: number; half: number }[] = []
  const marks: TextMark[] = []
  const boxes = windowLayer(scene)
  const nowY = scene.scales.y.toPixel(scene.nowMs)
  if (boxes.length > COUNTED_MAX) {
    const { x, size } = scene.scales
    const words = `${countText(boxes.length)} windows: point at one for its records`
    // On a narrow picture the name of the axis stands there.
    return size.width < 480 ? [] : [text('filling', x.range.to, 14, words, 'right')]
  }
  for (const mark of boxes) {
    if (mark.kind !== 'box') continue
    const open = mark.role === 'open'
    const words = countLabel(mark.window, mark.width)
    const half = (words.length * LETTER) / 2
    const at = { x: mark.x + mark.width / 2, y: aboveLine(mark.y - 5, nowY), half }
    if (half * 2 > mark.width + 10 || at.y < MARGIN.top - 8) continue
    if (placed.some((other) => touches(other, at))) continue
    placed.push(at)
    marks.push(text(open ? 'filling' : 'count', at.x, at.y, words, 'center'))
  }
  return marks
}

/** Words of a window that has fired a moment ago would stand on the line of now: above it, then. */
function aboveLine(y: number, lineY: number): number {
  return y > lineY - 5 && y - LETTER_HEIGHT < lineY + 2 ? lineY - 5 : y
}

function countLabel({ records, firedAtMs }: wire.WindowBox, width: number): string {
  const count = width > 70 ? countText(records) : shortCountText(records)
  const word = firedAtMs === undefined ? 'filling' : ''
  const long = word === '' ? count : `${count} ${word}`
  return long.length * LETTER <= width ? long : count
}

function touches(
  a: { x: number; y: number; half: number },
  b: { x: number; y: number; half: number },
): boolean {
  return Math.abs(a.x - b.x) < a.half + b.half + 4 && Math.abs(a.y - b.y) < 13
}

/** Says how many late records came from beyond the left edge. */
function lateLayer({ picture, scales: { x, y } }: Scene): readonly Mark[] {
  const beyond = picture.dots.filter(
    ({ late, eventTimeMs, seenAtMs }) =>
      late && eventTimeMs < x.domain.from && seenAtMs >= y.domain.from,
  ).length
  if (beyond === 0) return []
  const words = `← ${countText(beyond * picture.sampledOneIn)} late from further back`
  return [text('late', x.range.from + 6, y.range.from - 6, words, 'left')]
}

function line(role: LineMark['role'], ...points: readonly Point[]): LineMark {
  return { kind: 'line', role, points }
}

function text(
  role: TextMark['role'],
  x: number,
  y: number,
  words: string,
  align: TextMark['align'],
): TextMark {
  return { kind: 'text', role, x, y, text: words, align }
}

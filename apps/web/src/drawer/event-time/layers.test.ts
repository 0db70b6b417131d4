/** Checks what stands in the event-time picture, and where. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { COUNTED_MAX, NO_MEMORY, type PictureMemory, toMarks } from './layers.ts'
import { type BoxMark, type LineMark, markAt, type TextMark } from './marks.ts'
import { MARGIN, toScales } from './scales.ts'
import { dotOf, pictureOf, windowOf } from './testing/pictures.ts'

const VIEW = { eventTime: { from: 0, to: 60_000 }, processingTime: { from: 0, to: 60_000 } }
// One pixel is 100 ms on both axes.
const SIZE = { width: 600 + MARGIN.left + MARGIN.right, height: 600 + MARGIN.top + MARGIN.bottom }
const scales = toScales(VIEW, SIZE)
const x = (ms: number) => scales.x.toPixel(ms)
const y = (ms: number) => scales.y.toPixel(ms)

function draw(picture: Partial<wire.Picture>, memory: PictureMemory = NO_MEMORY) {
  const marks = toMarks({ picture: pictureOf(picture), memory, scales, nowMs: 60_000 })
  return {
    marks,
    boxes: marks.filter((mark): mark is BoxMark => mark.kind === 'box'),
    dots: marks.filter((mark) => mark.kind === 'dot'),
    lines: (role: LineMark['role']) =>
      marks.filter((mark): mark is LineMark => mark.kind === 'line' && mark.role === role),
    texts: (role: TextMark['role']) =>
      marks.flatMap((mark) => (mark.kind === 'text' && mark.role === role ? [mark.text] : [])),
  }
}

test('a window reaches from its first record to its firing, or to now while it is open', () => {
  const windows = [windowOf(10_000, 20_000, 30_000), windowOf(40_000, 50_000)]
  const firstSeenMs = new Map([
    ['10000:20000', 12_000],
    ['40000:50000', 41_000],
  ])
  const [fired, open] = draw({ windows }, { ...NO_MEMORY, firstSeenMs }).boxes
  expect([fired?.role, fired?.y, (fired?.y ?? 0) + (fired?.height ?? 0)]).toEqual([
    ...['fired', y(30_000), y(12_000)],
  ])
  expect([open?.role, open?.y, (open?.y ?? 0) + (open?.height ?? 0)]).toEqual([
    ...['open', y(60_000), y(41_000)],
  ])
  expect(Math.round(fired?.width ?? 0)).toBe(99)
})

test('counts stand above their window and never on each other', () => {
  const windows = [windowOf(10_000, 20_000, 30_000), windowOf(40_000, 50_000)]
  expect(draw({ windows }).texts('count')).toEqual(['9'])
  expect(draw({ windows }).texts('filling')).toEqual(['9 filling'])
  const overlapping = [windowOf(10_000, 20_000, 30_000), windowOf(10_500, 20_500, 30_050)]
  expect(draw({ windows: overlapping }).texts('count')).toEqual(['9'])
})

test('the count of a window that has just fired stands above the line of now', () => {
  const { marks } = draw({ windows: [windowOf(10_000, 20_000, 59_400)] })
  const count = marks.find((mark) => mark.kind === 'text' && mark.role === 'count')
  expect(count).toMatchObject({ text: '9', y: y(60_000) - 5 })
})

test('the last label of the axis stands as far left as it has to, to be whole', () => {
  const { marks } = draw({ windows: [windowOf(50_000, 60_000)] })
  const labels = marks.flatMap((mark) =>
    mark.kind === 'text' && mark.role === 'axis' && mark.y > y(0) + 10 ? [mark] : [],
  )
  expect(labels.at(-1)).toMatchObject({ text: '00:01:00', x: SIZE.width - 2, align: 'right' })
  expect(labels[0]?.align).toBe('center')
})

test('a record stands where it happened and when it was seen; one from far back at the edge', () => {
  const { dots, texts } = draw({
    dots: [dotOf(20_000, 25_000), dotOf(-80_000, 30_000, true)],
    sampledOneIn: 10,
  })
  expect(dots).toMatchObject([
    { role: 'record', x: x(20_000), y: y(25_000) },
    { role: 'late', x: MARGIN.left, y: y(30_000) },
  ])
  expect(texts('late')).toEqual(['← 10 late from further back'])
})

test('the watermark only ever goes right and up to now', () => {
  const steps = [
    { atMs: 10_000, watermark: 5_000 },
    { atMs: 20_000, watermark: 'start' as const },
    { atMs: 30_000, watermark: 25_000 },
  ]
  const [line, ...more] = draw({ steps }).lines('watermark')
  expect(more).toEqual([])
  expect(line?.points).toEqual([
    { x: x(5_000), y: y(10_000) },
    { x: x(5_000), y: y(30_000) },
    { x: x(25_000), y: y(30_000) },
    { x: x(25_000), y: y(60_000) },
  ])
})

test('the end of input is the right edge', () => {
  const [line] = draw({ steps: [{ atMs: 10_000, watermark: 'end' }] }).lines('watermark')
  expect(line?.points[0]?.x).toBe(SIZE.width - MARGIN.right)
})

test('idle stretches are lines of their own, which are dashed', () => {
  const idle = [{ fromMs: 20_000, toMs: 30_000 }]
  const { lines } = draw({ steps: [{ atMs: 10_000, watermark: 5_000 }] }, { ...NO_MEMORY, idle })
  expect(lines('watermark-idle').map(({ points }) => points.map((point) => point.y))).toEqual([
    [y(20_000), y(30_000)],
  ])
  expect(lines('watermark').map(({ points }) => points.map((point) => point.y))).toEqual([
    [y(10_000), y(20_000)],
    [y(30_000), y(60_000)],
  ])
})

test('every axis names its zone, and the day', () => {
  expect(draw({}).texts('axis-title')).toEqual([
    'event time, 1970-01-01 UTC',
    'processing time, UTC',
  ])
})

test('an axis that ends between two milliseconds, or days later, names its days', () => {
  const title = (from: number, to: number) => {
    const view = { ...VIEW, eventTime: { from, to } }
    const scene = { picture: pictureOf(), memory: NO_MEMORY, scales: toScales(view, SIZE) }
    return toMarks({ ...scene, nowMs: 60_000 }).flatMap((mark) =>
      mark.kind === 'text' && mark.role === 'axis-title' ? [mark.text] : [],
    )[0]
  }
  expect(title(0.25, 60_000.75)).toBe('event time, 1970-01-01 UTC')
  expect(title(-1, 2 * 86_400_000 + 1)).toBe('event time, 1970-01-01 to 1970-01-02 UTC')
})

test('between two pictures the watermark ends where the last one knew it', () => {
  const steps = [{ atMs: 10_000, watermark: 5_000 }]
  const [line] = draw({ steps, atMs: 57_000 }).lines('watermark')
  expect(line?.points.at(-1)?.y).toBe(y(57_000))
})

test('very many windows are counted once, and not each', () => {
  const windows = Array.from({ length: COUNTED_MAX + 1 }, (_, index) =>
    windowOf(index * 500, index * 500 + 9_000),
  )
  const { texts, boxes } = draw({ windows })
  expect(boxes).toHaveLength(COUNTED_MAX + 1)
  expect(texts('filling')).toEqual(['61 windows: point at one for its records'])
})

test('ticks say as much as tells them apart', () => {
  const hours = { from: 0, to: 2 * 86_400_000 }
  const long = toScales({ eventTime: hours, processingTime: { from: 0, to: 3_000 } }, SIZE)
  const picture = pictureOf({ windows: [] })
  const texts = toMarks({ picture, memory: NO_MEMORY, scales: long, nowMs: 3_000 }).flatMap(
    (mark) => (mark.kind === 'text' && mark.role === 'axis' ? [mark.text] : []),
  )
  expect(texts).toContain('01-02')
  expect(texts).toContain('12:00')
  expect(texts).toContain('00:00:01.2')
  expect(draw({}).texts('axis')).toContain('00:00:30')
})

test('the upper edge is now, or the end of a job that has ended', () => {
  const scene = { picture: pictureOf({}), memory: NO_MEMORY, nowMs: 60_000 }
  const edge = (ended: boolean) =>
    toMarks({ ...scene, scales, ended }).flatMap((mark) =>
      mark.kind === 'text' && mark.role === 'now' ? [mark.text] : [],
    )
  expect([edge(false), edge(true)]).toEqual([['now'], ['end']])
})

test('the pointer finds the nearest dot first, then the smallest window', () => {
  const firstSeenMs = new Map([
    ['0:50000', 0],
    ['10000:20000', 0],
  ])
  const { marks } = draw(
    { windows: [windowOf(0, 50_000), windowOf(10_000, 20_000)], dots: [dotOf(15_000, 30_000)] },
    { ...NO_MEMORY, firstSeenMs },
  )
  expect(markAt(marks, { x: x(15_200), y: y(30_200) })?.kind).toBe('dot')
  const box = markAt(marks, { x: x(15_000), y: y(40_000) })
  expect(box?.kind === 'box' && box.window.startMs).toBe(10_000)
  expect(markAt(marks, { x: x(58_000), y: y(5_000) })).toBeUndefined()
})

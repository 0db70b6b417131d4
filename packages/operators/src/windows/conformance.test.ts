/**
 * Other engines' own cases of windows, which lie beside the repository and are used where they are
 * there.
 */

import { existsSync, readFileSync } from 'node:fs'
import type { OperatorDefinition } from '@millrace/engine'
import { record, runOperator, stream, type TestElement, watermark } from '@millrace/engine/testing'
import { compareRows } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { hoppingWindow } from './hopping-window.ts'
import { PaneCursor } from './pane-cursor.ts'
import { sessionWindow } from './session-window.ts'
import { tumblingWindow } from './tumbling-window.ts'

const folder = new URL('../../../../../shared/conformance/', import.meta.url)
const absent = !existsSync(folder)

function read(name: string) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
}

test.skipIf(absent)('a time is in the windows of all 26 cases of Bytewax', () => {
  const { cases } = read('bytewax-hopping-assign')
  expect(cases).toHaveLength(26)
  for (const { id, sizeMs, slideMs, alignToMs, ts, expectWindows } of cases) {
    const cursor = new PaneCursor({ sizeMs, slideMs, offsetMs: alignToMs })
    cursor.moveTo(ts)
    const windows: number[][] = []
    for (let ms = cursor.firstWindowMs; ms <= cursor.lastWindowMs; ms += slideMs) {
      windows.push([ms, ms + sizeMs])
    }
    expect(windows, id).toEqual(expectWindows)
  }
})

interface FlinkWindow {
  readonly type: 'tumbling' | 'hopping' | 'session'
  readonly sizeMs?: number
  readonly slideMs?: number
  readonly gapMs?: number
  readonly offsetMs?: number
  readonly dynamicGap?: string
  readonly pointWindows?: string
}

const OPERATORS: { readonly [type in FlinkWindow['type']]: OperatorDefinition } = {
  tumbling: tumblingWindow,
  hopping: hoppingWindow,
  session: sessionWindow,
}

function configOf({ type, sizeMs, slideMs, gapMs, offsetMs = 0 }: FlinkWindow) {
  if (type === 'session') return { gap: `${gapMs}ms` }
  const slide = type === 'hopping' ? { slide: `${slideMs}ms` } : {}
  return { size: `${sizeMs}ms`, offset: `${offsetMs}ms`, ...slide }
}

/** Sorts what leaves between two watermarks, where Flink has no order. */
function bySegment(elements: readonly (readonly (string | number)[])[]) {
  const segments: (readonly (string | number)[])[][] = [[]]
  for (const element of elements) {
    segments.at(-1)?.push(element)
    if (element[0] === 'watermark') segments.push([])
  }
  return segments.map((segment) => {
    const end = segment.at(-1)?.[0] === 'watermark' ? segment.pop() : undefined
    return [...segment.sort(compareRows), ...(end === undefined ? [] : [end])]
  })
}

interface FlinkElement {
  readonly key: string
  readonly value: number
  readonly ts: number
}

interface FlinkStep {
  readonly element?: FlinkElement
  readonly watermark?: number | 'MAX'
  readonly assert?: {
    readonly main: readonly (FlinkElement | { readonly watermark: number | 'MAX' })[]
    readonly late: readonly FlinkElement[]
  }
}

/**
 * Those with triggers, lateness, processing time or gaps of their own are about what comes later.
 */
function isPlain(flinkCase: {
  readonly time: string
  readonly window: FlinkWindow
  readonly trigger: { readonly type: string }
  readonly allowedLatenessMs: number
}): boolean {
  const { time, window, trigger, allowedLatenessMs } = flinkCase
  if (time !== 'event' || trigger.type !== 'eventTime' || allowedLatenessMs > 0) return false
  if (window.dynamicGap !== undefined || window.pointWindows !== undefined) return false
  return Object.hasOwn(OPERATORS, window.type)
}

test.skipIf(absent)('what leaves, and when, is as in the 8 plain cases of Flink', () => {
  const cases = read('flink-window-operator').cases.filter(isPlain)
  expect(cases).toHaveLength(8)
  for (const { id, window, steps } of cases) {
    const given: TestElement[] = []
    const main: (readonly (string | number)[])[] = []
    const late: (readonly (string | number)[])[] = []
    for (const { element, watermark: ms, assert } of steps as readonly FlinkStep[]) {
      if (element !== undefined) {
        given.push(record({ key: element.key, value: element.value }, element.ts))
      }
      if (typeof ms === 'number') given.push(watermark(ms))
      for (const sent of assert?.main ?? []) {
        if (!('watermark' in sent)) main.push([`${sent.key}`, sent.value, sent.ts])
        else if (sent.watermark !== 'MAX') main.push(['watermark', sent.watermark])
      }
      for (const { key, value, ts } of assert?.late ?? []) late.push([key, value, ts])
    }
    const { outputs } = runOperator(
      OPERATORS[window.type as FlinkWindow['type']],
      { ...configOf(window), groupBy: ['key'], aggregates: { value: 'SUM(value)' } },
      { in: stream({ key: 'string', value: 'integer' }, given) },
      { open: true },
    )
    const flat = (element: TestElement) =>
      'watermark' in element
        ? ['watermark', Number(element.watermark)]
        : [String(element.row['key']), Number(element.row['value']), Number(element.at)]
    expect(bySegment((outputs['out'] ?? []).map(flat)), id).toEqual(bySegment(main))
    const lateOnes = (outputs['late'] ?? []).filter((element) => 'row' in element)
    expect(lateOnes.map(flat), id).toEqual(late)
  }
})

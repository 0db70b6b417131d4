/**
 * Where the windows lie that are at the same times for every group: what their config says of it,
 * what it may not say, and the layout that follows.
 */

import {
  durationText,
  EvaluationError,
  fields,
  type Period,
  periodText,
  zoneOf,
} from '@millrace/pipeline'
import * as z from 'zod'
import { LocalCumulateLayout, LocalHoppingLayout } from './local-layouts.ts'
import { DAY_MS } from './local-time.ts'
import type { IssueTarget } from './window-config.ts'
import { checkWindowCount } from './window-count.ts'
import { CumulateLayout, HoppingLayout, type WindowLayout } from './window-layout.ts'

export interface Alignment {
  readonly offset: number
  readonly timeZone?: string | undefined
}

export function alignmentFields() {
  return {
    offset: fields
      .duration({
        title: 'Offset',
        description:
          'How far windows are moved from the epoch, 1970-01-01T00:00Z, or from midnight in the time zone. May be negative: with "-2h", days begin at 22:00.',
        min: 'any',
      })
      .prefault('0s'),
    timeZone: z
      .string()
      .superRefine((name, context) => {
        try {
          zoneOf(name)
        } catch (error) {
          if (!(error instanceof EvaluationError)) throw error
          const params = { code: 'unknown-time-zone' }
          context.addIssue({ code: 'custom', message: error.message, params })
        }
      })
      .optional()
      .meta({
        title: 'Time zone',
        description:
          'Where windows begin with the days: at each local midnight they begin anew, also where a day has 23 or 25 hours. UTC if left out.',
        widget: 'time-zone',
        examples: ['Europe/Berlin'],
      }),
  }
}

export function hoppingLayout(
  { offset, timeZone }: Alignment,
  size: Period,
  slide: Period,
): WindowLayout {
  if (timeZone !== undefined) {
    return new LocalHoppingLayout({ zone: zoneOf(timeZone), offsetMs: offset, size, slide })
  }
  return new HoppingLayout({ sizeMs: fixed(size), slideMs: fixed(slide), offsetMs: offset })
}

export function cumulateLayout(
  { offset, timeZone }: Alignment,
  size: Period,
  step: Period,
): WindowLayout {
  if (timeZone !== undefined) {
    return new LocalCumulateLayout({ zone: zoneOf(timeZone), offsetMs: offset, size, step })
  }
  return new CumulateLayout({ sizeMs: fixed(size), stepMs: fixed(step), offsetMs: offset })
}

function fixed(period: Period): number {
  if (typeof period === 'number') return period
  throw new Error('Months were not checked to have a time zone.')
}

interface Named {
  readonly [name: string]: Period
}

/** Reports what no windows can be made of; `periods` are fields by name. False if it did. */
export function checkPeriods(
  periods: Named,
  { timeZone }: Alignment,
  context: IssueTarget,
): boolean {
  let right = true
  for (const [name, period] of Object.entries(periods)) {
    const problem = timeZone === undefined ? withoutZone(name, period) : withZone(name, period)
    if (problem === undefined) continue
    right = false
    const { code, message } = problem
    context.addIssue({ code: 'custom', path: [name], message, params: { code } })
  }
  return right
}

export function checkSlide(
  { size, slide, ...alignment }: Alignment & { readonly size: Period; readonly slide: Period },
  context: IssueTarget,
): void {
  if (!checkPeriods({ size, slide }, alignment, context)) return
  if (typeof size !== 'number' && typeof slide === 'number') {
    const message =
      `Size ${periodText(size)} counts months and slide ${periodText(slide)} does not, so that windows that begin one ` +
      'after the other could end the other way round. Choose a slide in months, or a size in days.'
    context.addIssue({
      code: 'custom',
      path: ['slide'],
      message,
      params: { code: 'slide-not-months' },
    })
    return
  }
  checkWindowCount(longestMs(size), { slide: shortestMs(slide) }, context)
}

export function checkStep(
  { size, step, ...alignment }: Alignment & { readonly size: Period; readonly step: Period },
  context: IssueTarget,
): void {
  if (!checkPeriods({ size, step }, alignment, context)) return
  if (!isDivisor(step, size)) {
    const message =
      `Size ${periodText(size)} is not a multiple of step ${periodText(step)}. ` +
      'Choose a step that divides the size.'
    const params = { code: 'cumulate-step-not-divisor' }
    context.addIssue({ code: 'custom', path: ['step'], message, params })
    return
  }
  checkWindowCount(longestMs(size), { step: shortestMs(step) }, context)
}

function isDivisor(step: Period, size: Period): boolean {
  if (typeof step === 'number' && typeof size === 'number') return size % step === 0
  if (typeof step !== 'number' && typeof size !== 'number') return size.months % step.months === 0
  // Each month is a number of days, and no month is a number of anything longer.
  return typeof step === 'number' && DAY_MS % step === 0
}

function withoutZone(name: string, period: Period) {
  if (typeof period === 'number') return undefined
  const message =
    `${titleOf(name)} ${periodText(period)} counts months, which begin at a midnight somewhere. ` +
    'Add a time zone, for instance "Europe/Berlin" or "UTC", or count days: "30d".'
  return { code: 'months-without-time-zone', message }
}

function withZone(name: string, period: Period) {
  if (typeof period !== 'number') return undefined
  const text = `${titleOf(name)} ${durationText(period)}`
  if (period < DAY_MS && DAY_MS % period !== 0) {
    const message =
      `${text} does not divide a day, and with a time zone windows begin anew at each midnight. ` +
      'Choose one that divides 1d, for instance "1h", "6h" or "12h", or remove the time zone.'
    return { code: 'not-a-part-of-a-day', message }
  }
  if (period > DAY_MS && period % DAY_MS !== 0) {
    const message =
      `${text} is longer than a day and not whole days, and with a time zone windows begin at midnight. ` +
      `Choose "${Math.round(period / DAY_MS)}d", or remove the time zone.`
    return { code: 'not-whole-days', message }
  }
  return undefined
}

function titleOf(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
}

function longestMs(period: Period): number {
  return typeof period === 'number' ? period : period.months * 31 * DAY_MS
}

function shortestMs(period: Period): number {
  return typeof period === 'number' ? period : period.months * 28 * DAY_MS
}

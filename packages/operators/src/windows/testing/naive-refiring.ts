/**
 * What windows should give that fire early or for late records, said as plainly as possible: each
 * window has the list of its records, and each result is made anew from all of them.
 */

import { clock, record, type TestElement, watermark } from '@millrace/engine/testing'
import type { WindowConfig } from '../window-config.ts'
import {
  compareCells,
  type Expected,
  type Keeps,
  type Reading,
  resultOf,
  rowOf,
  type Step,
} from './naive-windows.ts'

export type TimedStep = Step | { readonly clockMs: number }

export type GroupBy = readonly ('k' | 'g' | 'n')[]

export interface Firing {
  readonly latenessMs: number
  readonly everyMs?: number | undefined
  readonly count?: number | undefined
  readonly accumulation: WindowConfig['accumulation']
  readonly keeps?: Keeps
}

/** One group of one window. */
export interface Instance {
  readonly startMs: number
  readonly endMs: number
  readonly group: string
  /** All its records, and those since its last result. */
  readonly readings: Reading[]
  fresh: Reading[]
  added: number
  fired: boolean
  sent: TestElement | undefined
  refused: boolean
}

export interface Arrival {
  readonly bucket: 'filtered' | 'late' | 'held'
  /** The windows that the record is in now, in their order. */
  readonly instances: readonly Instance[]
  /** Those that are no more, because they became others. */
  readonly replaced: readonly Instance[]
  /** Those that have come to be by the record, but do not contain it. */
  readonly created?: readonly Instance[]
}

/** One way to say which windows there are. */
export interface WindowRules {
  arrive(reading: Reading, group: string, standing: readonly Instance[], closedMs: number): Arrival
  /** The record counts from now on. */
  accept?(reading: Reading, group: string): void
  /** Whether the record may still be of use, where that cannot be told from the windows. */
  isHeld?(reading: Reading, closedMs: number): boolean
}

export function newInstance(startMs: number, endMs: number, group: string): Instance {
  const nothing = { added: 0, fired: false, sent: undefined, refused: false }
  return { startMs, endMs, group, readings: [], fresh: [], ...nothing }
}

export class NaiveRefiring {
  readonly #firing: Firing
  readonly #groupBy: GroupBy
  readonly #rules: WindowRules
  readonly #out: TestElement[] = []
  readonly #late: TestElement[] = []
  readonly #errors: string[] = []
  readonly #counts = { in: 0, filtered: 0, late: 0, deadLettered: 0, held: 0 }
  /** There is one result of each window, and so nothing is replaced. */
  readonly #plain: boolean
  #standing: readonly Instance[] = []
  #closedMs = Number.NEGATIVE_INFINITY
  #nowMs = 0
  #dueMs = Number.POSITIVE_INFINITY
  readonly #accepted: Reading[] = []

  constructor(firing: Firing, groupBy: GroupBy, rules: WindowRules) {
    this.#firing = firing
    const { latenessMs, everyMs, count } = firing
    this.#plain = latenessMs === 0 && everyMs === undefined && count === undefined
    this.#groupBy = groupBy
    this.#rules = rules
  }

  run(steps: readonly TimedStep[]): Expected {
    for (const step of steps) {
      if ('clockMs' in step) this.#moveClock(step.clockMs)
      else if ('watermarkMs' in step) this.#moveTo(step.watermarkMs)
      else this.#take(step)
    }
    const kept = new Set(this.#standing.flatMap(({ readings }) => readings))
    const isHeld = (reading: Reading) =>
      this.#rules.isHeld?.(reading, this.#closedMs) ?? kept.has(reading)
    const held = this.#accepted.filter(isHeld).length
    const absorbed = this.#counts.held - held
    const buckets = { ...this.#counts, held, absorbed, passed: 0, expired: 0 }
    return { out: this.#out, late: this.#late, errors: this.#errors, buckets }
  }

  #take(reading: Reading): void {
    this.#counts.in++
    const group = JSON.stringify(this.#groupBy.map((name) => reading[name]))
    const arrival = this.#rules.arrive(reading, group, this.#standing, this.#closedMs)
    const { bucket, instances, replaced, created = [] } = arrival
    if (bucket === 'held' && reading.d === 0) {
      this.#counts.deadLettered++
      this.#errors.push(JSON.stringify(rowOf(reading)))
      return
    }
    this.#counts[bucket]++
    if (bucket === 'late') this.#late.push(record(rowOf(reading), reading.timeMs))
    if (bucket !== 'held') return
    this.#accepted.push(reading)
    this.#rules.accept?.(reading, group)
    for (const old of replaced) this.#replace(old, undefined)
    const moved = new Set([...replaced, ...instances])
    const others = this.#standing.filter((one) => !moved.has(one))
    this.#standing = [...others, ...instances, ...created]
    for (const instance of instances) {
      instance.readings.push(reading)
      instance.fresh.push(reading)
      instance.added++
    }
    const changed = [...instances, ...created].sort(
      (a, b) => a.endMs - b.endMs || a.startMs - b.startMs,
    )
    for (const instance of changed) this.#trigger(instance)
  }

  #trigger(instance: Instance): void {
    if (instance.endMs - 1 <= this.#closedMs) {
      instance.fired = true
      this.#fire(instance)
      return
    }
    const { everyMs, count } = this.#firing
    if (everyMs !== undefined && this.#dueMs === Number.POSITIVE_INFINITY) {
      this.#dueMs = (Math.floor(this.#nowMs / everyMs) + 1) * everyMs
    }
    if (count !== undefined && instance.added >= count) this.#fire(instance)
  }

  #moveTo(watermarkMs: number): void {
    if (watermarkMs <= this.#closedMs) return
    this.#closedMs = watermarkMs
    const due = this.#standing.filter(({ endMs, fired }) => !fired && endMs - 1 <= watermarkMs)
    for (const instance of this.#inOrder(due)) {
      instance.fired = true
      if (instance.added > 0 || this.#firing.accumulation !== 'discarding') this.#fire(instance)
    }
    this.#standing = this.#standing.filter(
      ({ endMs }) => endMs - 1 + this.#firing.latenessMs > watermarkMs,
    )
    if (watermarkMs === Number.POSITIVE_INFINITY) return
    this.#out.push(watermark(watermarkMs))
    this.#late.push(watermark(watermarkMs))
  }

  #moveClock(untilMs: number): void {
    if (this.#dueMs <= untilMs) {
      this.#dueMs = Number.POSITIVE_INFINITY
      const changed = this.#standing.filter(({ fired, fresh }) => !fired && fresh.length > 0)
      for (const instance of this.#inOrder(changed)) this.#fire(instance)
    }
    this.#nowMs = untilMs
  }

  #fire(instance: Instance): void {
    const discards = this.#firing.accumulation === 'discarding'
    const readings = discards ? instance.fresh : instance.readings
    const result = resultOf({ ...instance, readings }, readings, this.#groupBy, this.#firing.keeps)
    instance.added = 0
    instance.fresh = []
    if (typeof result === 'string') {
      const said = instance.refused && !discards
      this.#replace(instance, undefined)
      instance.refused = true
      if (!said) this.#errors.push(result)
    } else if (discards || this.#plain) this.#out.push(result)
    else this.#replace(instance, result)
  }

  #replace(instance: Instance, next: TestElement | undefined): void {
    const { sent } = instance
    instance.sent = next
    instance.refused = false
    if (sent === undefined && next === undefined) return
    if (sent === undefined) this.#out.push({ change: '+I', ...next } as TestElement)
    else if (next === undefined) this.#out.push({ change: '-D', ...sent } as TestElement)
    else if (JSON.stringify(sent) !== JSON.stringify(next)) {
      this.#out.push({ change: '-U', ...sent } as TestElement)
      this.#out.push({ change: '+U', ...next } as TestElement)
    }
  }

  /** By (time, start, group). */
  #inOrder(instances: readonly Instance[]): readonly Instance[] {
    return [...instances].sort((a, b) => {
      if (a.endMs !== b.endMs) return a.endMs - b.endMs
      if (a.startMs !== b.startMs) return a.startMs - b.startMs
      const [first, second] = [a.readings[0], b.readings[0]]
      for (const name of this.#groupBy) {
        const order = compareCells(first?.[name] ?? null, second?.[name] ?? null)
        if (order !== 0) return order
      }
      return 0
    })
  }
}

/** The same steps as they are fed to an operator. */
export function toElements(steps: readonly TimedStep[]) {
  return steps.map((step) => {
    if ('clockMs' in step) return clock(step.clockMs)
    if ('watermarkMs' in step) return watermark(step.watermarkMs)
    return record(rowOf(step), step.timeMs)
  })
}

/** The breakpoints of one pipeline as this browser keeps them: one a port. */

import type { PortPlace } from '@millrace/pipeline'

export interface Breakpoint extends PortPlace {
  /** A condition over the port's columns; empty for every record. */
  readonly where: string
  /** So many records that count pass first. */
  readonly skip: number
  /** One that is off stays in the list. */
  readonly on: boolean
}

/** By `placeKey`. */
export type Breakpoints = ReadonlyMap<string, Breakpoint>

export const NO_BREAKPOINTS: Breakpoints = new Map()

/** What the host takes for a page. */
export const BREAKPOINTS_MAX = 16
export const SKIP_MAX = 1_000_000_000

/** Under which this browser keeps those of a pipeline. */
export function breakpointsKey(pipelineId: string): string {
  return `millrace.breakpoints.${pipelineId}`
}

export function placeKey({ node, port }: PortPlace): string {
  return `${node}.${port}`
}

export function withBreakpoint(before: Breakpoints, point: Breakpoint): Breakpoints {
  return new Map(before).set(placeKey(point), point)
}

export function withoutBreakpoint(before: Breakpoints, key: string): Breakpoints {
  return new Map([...before].filter(([other]) => other !== key))
}

/** In words: `records where amount > 3, after 10 of them`. */
export function conditionText({ where, skip }: Pick<Breakpoint, 'where' | 'skip'>): string {
  const records = where === '' ? 'every record' : `records where ${where}`
  return skip === 0 ? records : `${records}, after ${skip} of them`
}

export function toText(points: Breakpoints): string {
  return JSON.stringify([...points.values()])
}

/** What was kept, as far as it still has the right shape. */
export function fromText(text: string | undefined): Breakpoints {
  const points = readJson(text).filter(isBreakpoint).slice(0, BREAKPOINTS_MAX)
  return new Map(points.map((point) => [placeKey(point), point]))
}

function readJson(text: string | undefined): readonly unknown[] {
  try {
    const read: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(read) ? read : []
  } catch {
    return []
  }
}

function isBreakpoint(value: unknown): value is Breakpoint {
  const { node, port, where, skip, on } = (value ?? {}) as Partial<Record<string, unknown>>
  const isPlace = typeof node === 'string' && typeof port === 'string'
  return isPlace && typeof where === 'string' && Number.isInteger(skip) && typeof on === 'boolean'
}

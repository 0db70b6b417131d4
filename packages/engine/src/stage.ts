/**
 * What has arrived at a node and waits there within a turn.
 *
 * Usually that is one queue. Where paths from one source meet, each input has its own, and what
 * comes next is the element with the lowest (origin, input): the order of the source records,
 * whatever the paths did to them. An element may go only when no other input can still bring a
 * lower one, which the agenda knows.
 */

import type { Batch, Element } from './element.ts'
import type { Resumed } from './operator.ts'

export interface End {
  readonly kind: 'end'
}

/** A place inside an element: rows before `row` and marks before `mark` have been worked off. */
export interface Cursor {
  readonly channel: number
  readonly element: Element | End
  row: number
  mark: number
}

export interface Stage {
  push(cursor: Cursor): void
  /** What to work at; undefined where there is nothing. It stays until it is removed. */
  next(): Cursor | undefined
  /** Only rows and marks of the cursor that came next with an origin up to here may go now. */
  readonly originMax: number
  /** Why nothing came next. */
  readonly pause: Exclude<Resumed, 'more'>
  /** What came next has been worked off. */
  remove(cursor: Cursor): void
  readonly empty: boolean
  /** The lowest origin that waits; Infinity if nothing does. */
  origin(): number
}

export class ArrivalStage implements Stage {
  readonly originMax = Number.POSITIVE_INFINITY
  readonly pause = 'done'
  readonly #queue: Cursor[] = []

  push(cursor: Cursor): void {
    this.#queue.push(cursor)
  }

  next(): Cursor | undefined {
    return this.#queue[0]
  }

  remove(): void {
    this.#queue.shift()
  }

  get empty(): boolean {
    return this.#queue.length === 0
  }

  origin(): number {
    return this.#queue[0] === undefined ? Number.POSITIVE_INFINITY : originAt(this.#queue[0])
  }
}

/** `next` is called for each few records where one path brings most of them: it makes nothing. */
export class MergingStage implements Stage {
  originMax = Number.POSITIVE_INFINITY
  pause: Exclude<Resumed, 'more'> = 'done'
  readonly #queues: readonly Cursor[][]
  readonly #frontier: (channel: number) => number

  constructor(channelCount: number, frontier: (channel: number) => number) {
    this.#queues = Array.from({ length: channelCount }, () => [])
    this.#frontier = frontier
  }

  push(cursor: Cursor): void {
    this.#queues[cursor.channel]?.push(cursor)
  }

  next(): Cursor | undefined {
    const queues = this.#queues
    let first = -1
    let firstOrigin = Number.POSITIVE_INFINITY
    let second = -1
    let secondOrigin = Number.POSITIVE_INFINITY
    for (let channel = 0; channel < queues.length; channel++) {
      const head = queues[channel]?.[0]
      const origin = head === undefined ? this.#frontier(channel) : originAt(head)
      if (first < 0 || origin < firstOrigin) {
        second = first
        secondOrigin = firstOrigin
        first = channel
        firstOrigin = origin
      } else if (second < 0 || origin < secondOrigin) {
        second = channel
        secondOrigin = origin
      }
    }
    const cursor = queues[first]?.[0]
    if (cursor === undefined) return this.#withoutHead(first, firstOrigin)
    if (second < 0) this.originMax = Number.POSITIVE_INFINITY
    else this.originMax = first < second ? secondOrigin : secondOrigin - 0.5
    return cursor
  }

  remove(cursor: Cursor): void {
    this.#queues[cursor.channel]?.shift()
  }

  get empty(): boolean {
    return this.#queues.every((queue) => queue.length === 0)
  }

  origin(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const queue of this.#queues) {
      if (queue[0] !== undefined) lowest = Math.min(lowest, originAt(queue[0]))
    }
    return lowest
  }

  /**
   * The first in order has brought nothing yet. Ends of input have no origin, so they may wait
   * behind it.
   */
  #withoutHead(channel: number, origin: number): Cursor | undefined {
    this.originMax = Number.POSITIVE_INFINITY
    if (origin < Number.POSITIVE_INFINITY) {
      this.pause = this.empty ? 'done' : { blockedOn: channel }
      return undefined
    }
    this.pause = 'done'
    return this.#queues.find((queue) => queue.length > 0)?.[0]
  }
}

/** The origin of what stands at the cursor. */
function originAt({ element, row, mark }: Cursor): number {
  if (element.kind === 'end') return Number.POSITIVE_INFINITY
  if (element.kind === 'status') return element.origin
  return originIn(element, row, mark)
}

function originIn({ rows, marks, origins }: Batch, row: number, mark: number): number {
  const nextMark = marks[mark]
  const rowIsNext = row < (nextMark === undefined ? rows.length : nextMark.at)
  const origin = rowIsNext ? origins?.[row] : nextMark?.origin
  return origin ?? Number.NEGATIVE_INFINITY
}

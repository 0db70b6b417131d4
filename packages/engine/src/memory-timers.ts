/**
 * Timers of a node in memory. Where they are to be stored, what is set and taken is noted from the
 * first cut on, which brings them all.
 */

import type { Key } from '@millrace/pipeline'
import { ShardedMap } from './sharded-map.ts'
import type { EventTimer, EventTimers, StateSize } from './state.ts'
import { encodeState, type Saved, StateCodecError } from './state-codec.ts'
import { keyGroupOf, type PartEntry } from './table-cut.ts'
import { TimerQueue } from './timer-queue.ts'

interface TimerStep {
  readonly timer: EventTimer
  readonly isSet: boolean
}

/** A timer has nothing but its path. */
const NOTHING = encodeState(null)

/** With its place in the queue. Its key is most often that of an entry, and the same text. */
const TIMER_BYTES = 96

export class MemoryTimers implements EventTimers {
  readonly #queue = new TimerQueue()
  readonly #isStored: boolean
  /** What was set and taken since the last cut, in order; undefined where nothing is stored yet. */
  #steps: TimerStep[] | undefined

  constructor(stored: boolean) {
    this.#isStored = stored
  }

  set(timeMs: number, namespace: number, key: Key): void {
    this.#queue.add(timeMs, namespace, key)
    this.#steps?.push({ timer: { timeMs, namespace, key }, isSet: true })
  }

  nextMs(): number {
    return this.#queue.nextMs
  }

  takeDue(watermarkMs: number): EventTimer | undefined {
    const timer = this.#queue.nextMs > watermarkMs ? undefined : this.#queue.take()
    if (timer !== undefined) this.#steps?.push({ timer, isSet: false })
    return timer
  }

  cut(everything: boolean): IterableIterator<PartEntry> {
    const steps = this.#steps
    if (this.#isStored) this.#steps = []
    return everything || steps === undefined ? entriesOf(this.#queue.cut()) : lastSteps(steps)
  }

  get isEmpty(): boolean {
    return this.#queue.size === 0
  }

  snapshot(): IterableIterator<PartEntry> {
    return entriesOf(this.#queue.timers())
  }

  /** Those that were set twice count twice. A timer that stands for a key is no key of its own. */
  size(): StateSize {
    return { entries: 0, bytes: this.#queue.size * TIMER_BYTES, spilledBytes: 0 }
  }

  restore([timeMs, namespace, key]: readonly Saved[]): void {
    if (typeof timeMs !== 'number' || typeof namespace !== 'number') {
      throw new StateCodecError('A timer has no time and namespace.')
    }
    if (this.#isStored) this.#steps ??= []
    this.#queue.add(timeMs, namespace, key as Key)
  }
}

function* entriesOf(timers: Iterable<EventTimer>): Generator<PartEntry, void> {
  for (const timer of timers) yield entryOf(timer, NOTHING)
}

/** Of each timer the last thing that happened to it. */
function* lastSteps(steps: readonly TimerStep[]): Generator<PartEntry, void> {
  const seen = new ShardedMap<true>()
  for (let index = steps.length - 1; index >= 0; index--) {
    const { timer, isSet } = steps[index] as TimerStep
    const { timeMs, namespace, key } = timer
    const id = `${timeMs} ${namespace} ${typeof key} ${key}`
    if (seen.get(id) === true) continue
    seen.set(id, true)
    yield entryOf(timer, isSet ? NOTHING : undefined)
  }
}

function entryOf({ timeMs, namespace, key }: EventTimer, value: Uint8Array | undefined): PartEntry {
  return { path: [timeMs, namespace, key], keyGroup: keyGroupOf(key), value }
}

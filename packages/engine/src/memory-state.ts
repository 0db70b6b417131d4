/** Keyed state and timers in memory. */

import type { Key } from '@millrace/pipeline'
import { ShardedMap } from './sharded-map.ts'
import type { EventTimer, EventTimers, State, StateTable, StateValue } from './state.ts'
import { TimerQueue } from './timer-queue.ts'

export class MemoryState implements State {
  readonly #parts = new Map<string, unknown>()

  table<V>(name: string): StateTable<V> {
    return this.#part(`table ${name}`, () => new MemoryTable<V>())
  }

  value<V>(name: string, initial: V): StateValue<V> {
    return this.#part(`value ${name}`, () => new MemoryValue(initial))
  }

  timers(name: string): EventTimers {
    return this.#part(`timers ${name}`, () => new MemoryTimers())
  }

  #part<T>(name: string, create: () => T): T {
    if (!this.#parts.has(name)) this.#parts.set(name, create())
    return this.#parts.get(name) as T
  }
}

class MemoryTable<V> implements StateTable<V> {
  readonly #namespaces = new Map<number, ShardedMap<V>>()
  /** The namespace asked for last: neighbouring records mostly ask for the same one. */
  #lastNamespace = Number.NaN
  #last: ShardedMap<V> | undefined

  get(namespace: number, key: Key): V | undefined {
    return this.#find(namespace)?.get(key)
  }

  change(namespace: number, key: Key): V | undefined {
    return this.#find(namespace)?.get(key)
  }

  put(namespace: number, key: Key, value: V): void {
    let entries = this.#find(namespace)
    if (entries === undefined) {
      entries = new ShardedMap()
      this.#namespaces.set(namespace, entries)
      this.#lastNamespace = namespace
      this.#last = entries
    }
    entries.set(key, value)
  }

  delete(namespace: number, key: Key): void {
    const entries = this.#find(namespace)
    if (entries?.delete(key) && entries.size === 0) this.drop(namespace)
  }

  count(namespace: number): number {
    return this.#find(namespace)?.size ?? 0
  }

  entries(namespace: number): IterableIterator<readonly [Key, V]> {
    return (this.#find(namespace) ?? new ShardedMap<V>()).entries()
  }

  drop(namespace: number): void {
    this.#namespaces.delete(namespace)
    this.#lastNamespace = Number.NaN
    this.#last = undefined
  }

  namespaces(): readonly number[] {
    return [...this.#namespaces.keys()].sort((a, b) => a - b)
  }

  #find(namespace: number): ShardedMap<V> | undefined {
    if (namespace === this.#lastNamespace) return this.#last
    this.#last = this.#namespaces.get(namespace)
    this.#lastNamespace = namespace
    return this.#last
  }
}

class MemoryValue<V> implements StateValue<V> {
  #value: V

  constructor(initial: V) {
    this.#value = initial
  }

  get(): V {
    return this.#value
  }

  set(value: V): void {
    this.#value = value
  }
}

class MemoryTimers implements EventTimers {
  readonly #queue = new TimerQueue()

  set(timeMs: number, namespace: number, key: Key): void {
    this.#queue.add(timeMs, namespace, key)
  }

  nextMs(): number {
    return this.#queue.nextMs
  }

  takeDue(watermarkMs: number): EventTimer | undefined {
    return this.#queue.nextMs > watermarkMs ? undefined : this.#queue.take()
  }
}

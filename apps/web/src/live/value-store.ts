/**
 * One value outside of React, with listeners: the connection's state, a job's status, a tap's rows.
 */

export interface ReadableValue<T> {
  get(): T
  /** The answer stops listening. */
  subscribe(listener: () => void): () => void
}

export interface ValueStore<T> extends ReadableValue<T> {
  /** Tells the listeners unless it is the same value. */
  set(value: T): void
}

export function createValueStore<T>(first: T): ValueStore<T> {
  let current = first
  const listeners = new Set<() => void>()
  return {
    get: () => current,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    set(value) {
      if (Object.is(current, value)) return
      current = value
      for (const listener of [...listeners]) listener()
    },
  }
}

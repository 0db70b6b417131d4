/**
 * Values by key outside of React: whoever shows one key is told only when that value changes.
 *
 * Values are staged as they arrive and committed together, so that a burst of messages is one pass
 * over the listeners. Between commits `get` answers what was committed, which keeps one painted
 * frame consistent.
 */

export interface KeyedStore<T> {
  get(key: string): T | undefined
  keys(): Iterable<string>
  /** Listens to one key; the answer stops it. */
  subscribe(key: string, listener: () => void): () => void
  /** Takes the value over at the next commit; `undefined` removes the key. */
  stage(key: string, value: T | undefined): void
  /** Tells the listeners of every key whose value is not the same object as before. */
  commit(): void
}

export function createKeyedStore<T>(): KeyedStore<T> {
  const values = new Map<string, T>()
  const staged = new Map<string, T | undefined>()
  const listeners = new Map<string, Set<() => void>>()

  return {
    get: (key) => values.get(key),
    keys: () => values.keys(),
    subscribe(key, listener) {
      const ofKey = listeners.get(key) ?? new Set()
      ofKey.add(listener)
      listeners.set(key, ofKey)
      return () => {
        ofKey.delete(listener)
        if (ofKey.size === 0 && listeners.get(key) === ofKey) listeners.delete(key)
      }
    },
    stage: (key, value) => {
      staged.set(key, value)
    },
    commit() {
      const changed: string[] = []
      for (const [key, value] of staged) {
        if (Object.is(values.get(key), value)) continue
        if (value === undefined) values.delete(key)
        else values.set(key, value)
        changed.push(key)
      }
      staged.clear()
      for (const key of changed) {
        for (const listener of [...(listeners.get(key) ?? [])]) listener()
      }
    },
  }
}

/**
 * What a table hands over of a cut: entries as they were in that moment, although turns change them
 * while it is read. An entry is encoded when it is read, or before it is changed, whichever comes
 * first; nothing that grows with the table is done at the cut itself.
 *
 * ```text
 *   part  0    1    2    3    4   ...  511
 *         read read │    │ to come: an entry that is about to be changed is encoded now,
 *                   │    │ and one that is new is left out
 *                   └─ pending: its keys are noted, and go one by one
 * ```
 */

import type { Key } from '@millrace/pipeline'
import { hashKey, ShardedMap } from './sharded-map.ts'
import type { StateEntry } from './state.ts'
import type { Placeholder } from './unread.ts'

/** Keys fall into so many groups, whatever runs them. */
const KEY_GROUPS = 128

export type PartEntry = Omit<StateEntry, 'part'>

type Entries<V> = ShardedMap<V | Placeholder>
type EncodeValue<V> = (value: V | Placeholder) => Uint8Array

export interface TableCut {
  /** The entry is about to be put, changed or deleted. */
  beforeChange(namespace: number, key: Key): void
  /** Once, to its end. */
  entries(): Generator<PartEntry, void>
}

export function keyGroupOf(key: Key): number {
  return hashKey(key) & (KEY_GROUPS - 1)
}

/** What has changed since the last cut, and where the rest of it stands. */
export class TableChanges<V> {
  /** Keys of entries that were put, changed or deleted. */
  readonly keys = new Map<number, ShardedMap<true>>()
  /** Namespaces that went as a whole, with entries that are stored. */
  readonly dropped: (readonly [namespace: number, entries: Entries<V>])[] = []
  #lastNamespace = Number.NaN
  #last: ShardedMap<true> | undefined

  note(namespace: number, key: Key): void {
    if (namespace !== this.#lastNamespace || this.#last === undefined) this.#moveTo(namespace)
    this.#last?.set(key, true)
  }

  forget(namespace: number): void {
    this.keys.delete(namespace)
    this.#lastNamespace = Number.NaN
  }

  #moveTo(namespace: number): void {
    let keys = this.keys.get(namespace)
    if (keys === undefined) {
      keys = new ShardedMap()
      this.keys.set(namespace, keys)
    }
    this.#lastNamespace = namespace
    this.#last = keys
  }
}

/** What has changed since the cut before. */
export class ChangesCut<V> implements TableCut {
  /** Those that have not been encoded. */
  readonly #pending: ReadonlyMap<number, ShardedMap<true>>
  readonly #dropped: TableChanges<V>['dropped']
  /** As they were at the cut; a namespace that has gone since is still the same here. */
  readonly #namespaces: ReadonlyMap<number, Entries<V>>
  readonly #encodeValue: EncodeValue<V>
  /** Encoded before they were changed again, by namespace and key. */
  readonly #early = new Map<number, Map<Key, PartEntry>>()

  constructor(
    changes: TableChanges<V>,
    namespaces: ReadonlyMap<number, Entries<V>>,
    encodeValue: EncodeValue<V>,
  ) {
    this.#encodeValue = encodeValue
    this.#pending = changes.keys
    this.#dropped = changes.dropped
    const touched = [...changes.keys.keys(), ...changes.dropped.map(([namespace]) => namespace)]
    this.#namespaces = new Map(
      touched.flatMap((namespace) => {
        const entries = namespaces.get(namespace)
        return entries === undefined ? [] : [[namespace, entries] as const]
      }),
    )
  }

  beforeChange(namespace: number, key: Key): void {
    if (this.#pending.get(namespace)?.delete(key) !== true) return
    const early = this.#early.get(namespace) ?? new Map<Key, PartEntry>()
    early.set(key, this.#encode(namespace, key))
    this.#early.set(namespace, early)
  }

  *entries(): Generator<PartEntry, void> {
    yield* this.#deletedWithTheirNamespace()
    for (const [namespace, keys] of this.#pending) {
      for (const [key] of keys.entries()) {
        keys.delete(key)
        yield this.#encode(namespace, key)
      }
    }
    for (const early of this.#early.values()) yield* early.values()
  }

  /** Comes first, while it is known which of the keys have changes of their own. */
  *#deletedWithTheirNamespace(): Generator<PartEntry, void> {
    const times = new Map<number, number>()
    for (const [namespace] of this.#dropped) {
      times.set(namespace, (times.get(namespace) ?? 0) + 1)
    }
    const deleted = new Map<number, Set<Key>>()
    for (const [namespace, entries] of this.#dropped) {
      const before = deleted.get(namespace) ?? new Set<Key>()
      const again = (times.get(namespace) ?? 0) > 1
      for (const [key] of entries.entries()) {
        if (before.has(key) || this.#hasOwnChange(namespace, key)) continue
        if (again) before.add(key)
        yield { path: [namespace, key], keyGroup: keyGroupOf(key), value: undefined }
      }
      if (again) deleted.set(namespace, before)
    }
  }

  #hasOwnChange(namespace: number, key: Key): boolean {
    const pending = this.#pending.get(namespace)?.get(key) ?? false
    return pending || (this.#early.get(namespace)?.has(key) ?? false)
  }

  #encode(namespace: number, key: Key): PartEntry {
    const value = this.#namespaces.get(namespace)?.get(key)
    return entryOf(namespace, key, value === undefined ? undefined : this.#encodeValue(value))
  }
}

/** Everything there is, a part of a namespace's map at a time. */
export class WholeCut<V> implements TableCut {
  /** As they were at the cut; a namespace that has gone since is still the same here. */
  readonly #namespaces: ReadonlyMap<number, Entries<V>>
  readonly #encodeValue: EncodeValue<V>
  /** Encoded before they were changed, or undefined where there was none, by namespace and key. */
  readonly #early = new Map<number, Map<Key, PartEntry | undefined>>()
  readonly #read = new Set<number>()
  /** Of the namespace that is being read. */
  #namespace = Number.NaN
  #partsNoted = 0
  /** Of those parts, the keys that have not been encoded. */
  #pending = new Set<Key>()

  constructor(namespaces: ReadonlyMap<number, Entries<V>>, encodeValue: EncodeValue<V>) {
    this.#namespaces = new Map(namespaces)
    this.#encodeValue = encodeValue
  }

  beforeChange(namespace: number, key: Key): void {
    const entries = this.#namespaces.get(namespace)
    if (entries === undefined || this.#read.has(namespace)) return
    const isCurrent = namespace === this.#namespace
    const isPending = isCurrent && this.#pending.delete(key)
    const isRead = isCurrent && !isPending && entries.partOf(key) < this.#partsNoted
    if (isRead) return
    const early = this.#early.get(namespace) ?? new Map<Key, PartEntry | undefined>()
    if (early.has(key)) return
    const value = entries.get(key)
    early.set(
      key,
      value === undefined ? undefined : entryOf(namespace, key, this.#encodeValue(value)),
    )
    this.#early.set(namespace, early)
  }

  *entries(): Generator<PartEntry, void> {
    for (const [namespace, entries] of this.#namespaces) {
      this.#namespace = namespace
      this.#partsNoted = 0
      while (this.#partsNoted < entries.partCount) {
        this.#notePart(namespace, entries)
        for (const key of this.#pending) {
          this.#pending.delete(key)
          const value = entries.get(key)
          if (value !== undefined) yield entryOf(namespace, key, this.#encodeValue(value))
        }
      }
      this.#read.add(namespace)
      for (const entry of this.#early.get(namespace)?.values() ?? []) {
        if (entry !== undefined) yield entry
      }
      this.#early.delete(namespace)
    }
  }

  #notePart(namespace: number, entries: Entries<V>): void {
    const early = this.#early.get(namespace)
    this.#pending = new Set(entries.keysOfPart(this.#partsNoted))
    if (early !== undefined) {
      for (const key of this.#pending) if (early.has(key)) this.#pending.delete(key)
    }
    // A single map may be spread while it is read, and yet nothing of it is to come.
    this.#partsNoted = entries.partCount === 1 ? Number.POSITIVE_INFINITY : this.#partsNoted + 1
  }
}

/** Maps know one zero only, and so does what is stored. */
function entryOf(namespace: number, key: Key, value: Uint8Array | undefined): PartEntry {
  return { path: [namespace, key === 0 ? 0 : key], keyGroup: keyGroupOf(key), value }
}

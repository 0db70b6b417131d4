/** The groups of fixed windows, kept by pane, and put together for the windows that need them. */

import {
  type Ledger,
  ShardedMap,
  type State,
  type StateReading,
  type StateTable,
} from '@millrace/engine'
import type { Key } from '@millrace/pipeline'
import { NumberGroups } from './number-groups.ts'
import { type Pane, PaneList } from './pane-list.ts'
import type { Group, WindowGroups } from './window-groups.ts'

/** Merged between two places where the thread may be given back. One group may hold a large set. */
const GROUPS_A_STEP = 16

export interface GroupsByKey {
  get(key: Key): Group | undefined
  keys(): Iterable<Key>
}

export class PaneGroups {
  readonly list: PaneList
  /** Where groups are numbers; undefined where they are objects. */
  readonly numbers: NumberGroups | undefined
  readonly #objects: StateTable<Group> | undefined
  readonly #reading: StateReading<Group>
  readonly #groups: WindowGroups

  /** `joins`: panes become one, which needs groups that can be moved. */
  constructor(groups: WindowGroups, state: State, joins: boolean) {
    this.#groups = groups
    const numbers = joins ? undefined : groups.inNumbers()
    this.numbers = numbers && new NumberGroups(groups, numbers, state)
    this.#objects = this.numbers === undefined ? state.table('groups') : undefined
    this.#reading = state.reading('groups')
    this.list = new PaneList(state.value('panes', []))
  }

  /** By pane and key, where they are objects. */
  get table(): StateTable<Group> {
    if (this.#objects === undefined) throw new Error('These groups are numbers.')
    return this.#objects
  }

  /**
   * The groups of the window [startMs, endMs): for reading only, each of them until the next one is
   * asked for.
   */
  *within(startMs: number, endMs: number): Generator<void, GroupsByKey> {
    const panes = this.list.between(startMs, endMs)
    const [only] = panes
    if (this.numbers !== undefined) {
      return only !== undefined && panes.length === 1
        ? this.numbers.of(only.startMs)
        : yield* this.numbers.merge(panes)
    }
    return only !== undefined && panes.length === 1 ? this.#of(only) : yield* this.#merge(panes)
  }

  /** One group of the window [startMs, endMs), for reading only. */
  find(startMs: number, endMs: number, key: Key): Group | undefined {
    let found: Group | undefined
    let copied = false
    for (const pane of this.list.between(startMs, endMs)) {
      const group = this.#reading.get(pane.startMs, key)
      if (group === undefined) continue
      if (found === undefined) found = group
      else {
        if (!copied) found = this.#groups.copy(found)
        copied = true
        this.#groups.merge(found, group)
      }
    }
    return found
  }

  /**
   * One group of several windows, in their order, that all contain the pane at `paneMs`; for
   * reading only. Each is put together from what is before the pane and what is after it, so that a
   * window costs a merge or two, whatever its panes.
   */
  *findEach(
    windows: readonly { readonly startMs: number; readonly endMs: number }[],
    paneMs: number,
    key: Key,
  ): Generator<Group | undefined, void> {
    const startMs = windows[0]?.startMs ?? paneMs
    const panes = this.list.between(startMs, windows.at(-1)?.endMs ?? paneMs)
    const middle = panes.filter((pane) => pane.startMs <= paneMs).length
    const upTo = this.#suffixes(panes.slice(0, middle), key)
    let first = 0
    let next = middle
    let after: Group | undefined
    let alone = true
    for (const window of windows) {
      while ((panes[first]?.startMs ?? Number.POSITIVE_INFINITY) < window.startMs) first++
      for (; (panes[next]?.startMs ?? Number.POSITIVE_INFINITY) < window.endMs; next++) {
        const group = this.#reading.get(panes[next]?.startMs ?? 0, key)
        if (group === undefined) continue
        if (after !== undefined && alone) after = this.#groups.copy(after)
        alone = after === undefined
        if (after === undefined) after = group
        else this.#groups.merge(after, group)
      }
      // Behind a pane without the group, `after` grows with the next window.
      const changes = upTo[first] === undefined && after !== undefined && !alone
      yield changes ? this.#groups.copy(after as Group) : this.#together(upTo[first], after)
    }
  }

  /** For each pane, the group over it and those behind it. */
  #suffixes(panes: readonly Pane[], key: Key): readonly (Group | undefined)[] {
    const suffixes: (Group | undefined)[] = []
    let behind: Group | undefined
    for (const pane of panes.toReversed()) {
      behind = this.#together(this.#reading.get(pane.startMs, key), behind)
      suffixes.push(behind)
    }
    return suffixes.reverse()
  }

  /** Both stay as they are. */
  #together(earlier: Group | undefined, later: Group | undefined): Group | undefined {
    if (earlier === undefined || later === undefined) return earlier ?? later
    const together = this.#groups.copy(earlier)
    this.#groups.merge(together, later)
    return together
  }

  /** Makes one pane of those of a window, where no window needs them apart any more. */
  *join(startMs: number, endMs: number): Generator<void, void> {
    const panes = this.list.between(startMs, endMs)
    const [first, ...others] = panes
    if (first === undefined || others.length === 0) return
    for (const pane of others) yield* this.#moveAll(pane.startMs, first.startMs)
    this.list.join(panes)
  }

  /** Drops the panes that start before this time, whose records no window can use any more. */
  dropBefore(timeMs: number, ledger: Ledger): void {
    for (const pane of this.list.takeBefore(timeMs)) {
      if (this.numbers === undefined) this.table.drop(pane.startMs)
      else this.numbers.table.drop(pane.startMs)
      ledger.release('absorbed', pane.records)
    }
  }

  *#moveAll(fromMs: number, toMs: number): Generator<void, void> {
    const keys: Key[] = []
    for (const key of this.table.keys(fromMs)) {
      keys.push(key)
      if (keys.length % (64 * GROUPS_A_STEP) === 0) yield
    }
    for (const [index, key] of keys.entries()) {
      const group = this.table.get(fromMs, key)
      const into = this.table.change(toMs, key)
      if (group === undefined) continue
      if (into === undefined) this.table.put(toMs, key, group)
      else this.#groups.merge(into, group)
      this.table.delete(fromMs, key)
      if (index % GROUPS_A_STEP === 0) yield
    }
  }

  #of({ startMs }: Pane): GroupsByKey {
    return {
      get: (key) => this.table.get(startMs, key),
      keys: () => this.table.keys(startMs),
    }
  }

  /** Copies, since other windows need the panes as they are. */
  *#merge(panes: readonly Pane[]): Generator<void, GroupsByKey> {
    const merged = new ShardedMap<Group>()
    let count = 0
    for (const { startMs } of panes) {
      for (const [key, group] of this.table.entries(startMs)) {
        const into = merged.get(key)
        if (into === undefined) merged.set(key, this.#groups.copy(group))
        else this.#groups.merge(into, group)
        count++
        if (count % GROUPS_A_STEP === 0) yield
      }
    }
    return merged
  }
}

/**
 * Puts together the groups that have changed, for each of several windows that overlap. A key goes
 * through its panes once for all windows, instead of once for each; what comes of it is kept until
 * the windows have given their results one after another, by key.
 */

import { ShardedMap } from '@millrace/engine'
import type { Key } from '@millrace/pipeline'
import type { PaneGroups } from './pane-groups.ts'
import type { Group } from './window-groups.ts'

interface Bounds {
  readonly id: number
  readonly startMs: number
  readonly endMs: number
}

/** A group that is gone is null. */
export type ChangedGroups = ReadonlyMap<number, ShardedMap<Group | null>>

/** After so many keys, the thread may be given back. */
const KEYS_A_STEP = 64

/** By the window's id and the key; `windows` and `paneStarts` are in the order of time. */
export function* changedGroups(
  windows: readonly Bounds[],
  paneStarts: readonly number[],
  keysOf: (paneMs: number) => Iterable<Key>,
  panes: PaneGroups,
): Generator<void, ChangedGroups> {
  const changed = new Map(windows.map(({ id }) => [id, new ShardedMap<Group | null>()]))
  let count = 0
  for (const paneMs of paneStarts) {
    const over = windows.filter(({ startMs, endMs }) => startMs <= paneMs && paneMs < endMs)
    for (const key of keysOf(paneMs)) {
      const left = over.filter(({ id }) => changed.get(id)?.get(key) === undefined)
      let index = 0
      for (const group of panes.findEach(left, paneMs, key)) {
        changed.get(left[index]?.id ?? Number.NaN)?.set(key, group ?? null)
        index++
      }
      count++
      if (count % KEYS_A_STEP === 0) yield
    }
  }
  return changed
}

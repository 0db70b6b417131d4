/** What cuts have handed over, put into a map by a reader that knows nothing of tables. */

import type { StateEntry } from '../state.ts'

export class StoredEntries {
  readonly entries = new Map<string, StateEntry>()

  /** Returns by what it is known: part and path, as text. */
  take(entry: StateEntry): string {
    const id = JSON.stringify([entry.part, entry.path.map((step) => [typeof step, String(step)])])
    if (entry.value === undefined) this.entries.delete(id)
    else this.entries.set(id, entry)
    return id
  }
}

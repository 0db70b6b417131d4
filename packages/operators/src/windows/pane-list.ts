/** The panes that hold records, in the order of time. */

import type { StateValue } from '@millrace/engine'

export interface Pane {
  readonly startMs: number
  /** How many records are in it, over all groups. */
  records: number
}

/** Costs a binary search for each pane that is looked for; most new panes come last. */
export class PaneList {
  readonly #state: StateValue<Pane[]>

  constructor(state: StateValue<Pane[]>) {
    this.#state = state
  }

  get first(): Pane | undefined {
    return this.#state.get()[0]
  }

  /** The first pane from which on this holds: it must hold for none before one, and all after. */
  firstFrom(holds: (pane: Pane) => boolean): Pane | undefined {
    const panes = this.#state.get()
    return panes[firstIndex(panes, holds)]
  }

  find(startMs: number): Pane | undefined {
    const panes = this.#state.get()
    const pane = panes[indexFrom(panes, startMs)]
    return pane?.startMs === startMs ? pane : undefined
  }

  /** The pane that starts here, which is added if it is not there yet. */
  at(startMs: number): Pane {
    return this.find(startMs) ?? this.open(startMs)
  }

  /** Adds a pane that is not there yet. */
  open(startMs: number): Pane {
    const panes = this.#state.get()
    const pane = { startMs, records: 0 }
    panes.splice(indexFrom(panes, startMs), 0, pane)
    return pane
  }

  /** The panes that start in [fromMs, toMs). */
  between(fromMs: number, toMs: number): readonly Pane[] {
    const panes = this.#state.get()
    return panes.slice(indexFrom(panes, fromMs), indexFrom(panes, toMs))
  }

  /** The panes have become one: the first keeps the records of all. */
  join(panes: readonly Pane[]): void {
    const [first, ...others] = panes
    if (first === undefined) return
    for (const { records } of others) first.records += records
    this.#state.set(this.#state.get().filter((pane) => !others.includes(pane)))
  }

  /** Takes out the panes that start before this time. */
  takeBefore(timeMs: number): readonly Pane[] {
    const panes = this.#state.get()
    const taken = panes.splice(0, indexFrom(panes, timeMs))
    this.changed()
    return taken
  }

  /** Panes have been opened, or records counted in them. */
  changed(): void {
    this.#state.set(this.#state.get())
  }
}

/** The index of the first pane that starts at or after this time. */
function indexFrom(panes: readonly Pane[], timeMs: number): number {
  return firstIndex(panes, ({ startMs }) => startMs >= timeMs)
}

function firstIndex(panes: readonly Pane[], holds: (pane: Pane) => boolean): number {
  let low = 0
  let high = panes.length
  while (low < high) {
    const middle = (low + high) >> 1
    const pane = panes[middle]
    if (pane === undefined || holds(pane)) high = middle
    else low = middle + 1
  }
  return low
}

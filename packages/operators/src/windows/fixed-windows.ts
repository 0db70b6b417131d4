/**
 * Runs windows of a fixed size: tumbling ones are hopping ones whose slide is their size.
 *
 * Records are added to their pane (see `pane-cursor.ts`), and a window that fires merges its panes.
 * So a record costs the same whether one window contains it or a hundred, and a late record that
 * some window still takes is added to its pane: the windows that have fired do not look there
 * again.
 */

import {
  type Batch,
  type Emit,
  type Handler,
  type Inputs,
  inOrder,
  type Outputs,
  process,
  type RunContext,
  ShardedMap,
  START_OF_TIME_MS,
  type StateTable,
  type StateValue,
} from '@millrace/engine'
import { compareKeys, EMPTY_ROW, type Key } from '@millrace/pipeline'
import { PaneCursor, type WindowGrid } from './pane-cursor.ts'
import { type Pane, PaneList } from './pane-list.ts'
import type { WindowConfig } from './window-config.ts'
import { type Group, WINDOW_PORTS, WindowGroups, type WindowPort } from './window-groups.ts'

export function runFixedWindows(
  grid: WindowGrid,
  config: WindowConfig,
  inputs: Inputs<'in'>,
  context: RunContext,
): Outputs<WindowPort> {
  const settings = { ports: WINDOW_PORTS, onError: config.onError }
  return process(inputs, context, settings, (emit) => new FixedWindows(grid, config, context, emit))
}

/** Merged between two places where the thread may be given back. One group may hold a large set. */
const GROUPS_A_STEP = 16

class FixedWindows implements Handler {
  readonly #grid: WindowGrid
  readonly #context: RunContext
  readonly #emit: Emit<WindowPort>
  readonly #groups: WindowGroups
  readonly #cursor: PaneCursor
  /** By pane and key. */
  readonly #table: StateTable<Group>
  readonly #panes: PaneList
  /** The last millisecond of the window that fired last. */
  readonly #firedMs: StateValue<number>

  constructor(grid: WindowGrid, config: WindowConfig, context: RunContext, emit: Emit<WindowPort>) {
    this.#grid = grid
    this.#context = context
    this.#emit = emit
    this.#groups = new WindowGroups(config, context, emit)
    this.#cursor = new PaneCursor(grid)
    this.#table = context.state.table('groups')
    this.#panes = new PaneList(context.state.value('panes', []))
    this.#firedMs = context.state.value('fired', START_OF_TIME_MS)
  }

  rows(input: number, { rows, times }: Batch, from: number, to: number): void {
    const { ledger, progress } = this.#context
    const { watermarkMs } = progress
    const groups = this.#groups
    const cursor = this.#cursor
    const table = this.#table
    let paneStartMs = Number.POSITIVE_INFINITY
    let paneEndMs = Number.NEGATIVE_INFINITY
    let isOpen = false
    let pane: Pane | undefined
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      if (timeMs < paneStartMs || timeMs >= paneEndMs) {
        cursor.moveTo(timeMs)
        paneStartMs = cursor.startMs
        paneEndMs = cursor.endMs
        isOpen = cursor.firstOpenMs(watermarkMs) <= cursor.lastWindowMs
        pane = undefined
      }
      if (!isOpen) {
        if (cursor.inGap) ledger.filtered++
        else {
          ledger.late++
          this.#emit.out.late.emit(row, timeMs)
        }
        continue
      }
      const key = groups.readKey(row)
      const group = table.change(paneStartMs, key)
      if (group !== undefined) {
        if (!groups.add(group, input, row, timeMs)) continue
      } else {
        const begun = groups.begin(row)
        if (!groups.add(begun, input, row, timeMs)) continue
        table.put(paneStartMs, key, begun)
      }
      pane ??= this.#panes.find(paneStartMs) ?? this.#panes.open(paneStartMs)
      pane.records++
      ledger.held++
    }
    this.#panes.changed()
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    return this.#isDue(this.#nextStartMs(), watermarkMs) ? this.#fireDue(watermarkMs) : undefined
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    let startMs = this.#nextStartMs()
    for (; this.#isDue(startMs, watermarkMs); startMs = this.#nextStartMs()) {
      yield* this.#fire(startMs)
      this.#firedMs.set(startMs + this.#grid.sizeMs - 1)
      this.#letGo(startMs)
      yield
    }
  }

  /** The start of the earliest window that has records and has not fired; Infinity if none. */
  #nextStartMs(): number {
    const { first } = this.#panes
    if (first === undefined) return Number.POSITIVE_INFINITY
    this.#cursor.moveTo(first.startMs)
    const closedMs = Math.max(this.#context.progress.watermarkMs, this.#firedMs.get())
    return this.#cursor.firstOpenMs(closedMs)
  }

  #isDue(startMs: number, watermarkMs: number): boolean {
    return startMs !== Number.POSITIVE_INFINITY && startMs + this.#grid.sizeMs - 1 <= watermarkMs
  }

  *#fire(startMs: number): Generator<void, void> {
    const endMs = startMs + this.#grid.sizeMs
    const panes = this.#panes.between(startMs, endMs)
    const [only] = panes
    const alone = only !== undefined && panes.length === 1
    const groups = alone ? this.#groupsOf(only) : yield* this.#merge(panes)
    // Only keys are sorted: a million entries that live until all have left would keep the
    // collector busy.
    for (const key of inOrder(keysOf(groups), compareKeys)) {
      const group = key === undefined ? undefined : groups.get(key)
      if (group !== undefined) this.#groups.fire(group, startMs, endMs)
      yield
    }
  }

  #groupsOf({ startMs }: Pane): GroupsByKey {
    return {
      get: (key) => this.#table.get(startMs, key),
      entries: () => this.#table.entries(startMs),
    }
  }

  /** Copies, since other windows need the panes as they are. */
  *#merge(panes: readonly Pane[]): Generator<void, GroupsByKey> {
    const merged = new ShardedMap<Group>()
    let count = 0
    for (const { startMs } of panes) {
      for (const [key, group] of this.#table.entries(startMs)) {
        const into = merged.get(key)
        if (into === undefined) merged.set(key, this.#groups.copy(group))
        else this.#groups.merge(into, group)
        count++
        if (count % GROUPS_A_STEP === 0) yield
      }
    }
    return merged
  }

  /** Drops the panes for which this window was the last. */
  #letGo(startMs: number): void {
    for (const pane of this.#panes.takeBefore(startMs + this.#grid.slideMs)) {
      this.#table.drop(pane.startMs)
      this.#context.ledger.release('absorbed', pane.records)
    }
  }
}

interface GroupsByKey {
  get(key: Key): Group | undefined
  entries(): Iterable<readonly [Key, Group]>
}

function* keysOf(groups: GroupsByKey): Generator<Key, void> {
  for (const [key] of groups.entries()) yield key
}

/**
 * Runs windows that lie at the same times for every group and fire once, when the watermark has
 * passed their end. `refiring-windows.ts` runs those that fire more often.
 *
 * Records are added to their pane (see `window-layout.ts`), and a window that fires merges its
 * panes. So a record costs the same whether one window contains it or a hundred, and a late record
 * that some window still takes is added to its pane: the windows that have fired do not look there
 * again.
 */

import {
  type Batch,
  type Change,
  type Emit,
  type Handler,
  type Inputs,
  keysInOrder,
  type Outputs,
  process,
  type RunContext,
  START_OF_TIME_MS,
  type StateValue,
} from '@millrace/engine'
import { EMPTY_ROW, type Row } from '@millrace/pipeline'
import { isOld } from './change-kinds.ts'
import type { NumberGroups } from './number-groups.ts'
import { PaneGroups } from './pane-groups.ts'
import type { Pane } from './pane-list.ts'
import { RefiringWindows } from './refiring-windows.ts'
import { firesOnce, type WindowConfig } from './window-config.ts'
import { WINDOW_PORTS, WindowGroups, type WindowPort } from './window-groups.ts'
import { endWithin, startsOfEnd, type WindowLayout } from './window-layout.ts'

/** `createLayout` makes a new one at each call: it stands at one place at a time. */
export function runFixedWindows(
  createLayout: () => WindowLayout,
  config: WindowConfig,
  inputs: Inputs<'in'>,
  context: RunContext,
): Outputs<WindowPort> {
  const settings = { ports: WINDOW_PORTS, onError: config.onError }
  const plain = firesOnce(config) && config.time === 'event'
  return process(inputs, context, settings, (emit) =>
    plain
      ? new FixedWindows(createLayout(), config, context, emit)
      : new RefiringWindows(createLayout(), config, context, emit),
  )
}

/** Fired between two points at which the thread may be given back. One may hold a large set. */
const GROUPS_A_STEP = 3

class FixedWindows implements Handler {
  readonly rowPorts = ['late', 'errors']
  readonly #layout: WindowLayout
  readonly #context: RunContext
  readonly #emit: Emit<WindowPort>
  readonly #groups: WindowGroups
  readonly #panes: PaneGroups
  /** Whether panes become one where windows grow. Rows are taken back where they were put. */
  readonly #joins: boolean
  /** The last millisecond of the window that fired last. */
  readonly #firedMs: StateValue<number>

  constructor(
    layout: WindowLayout,
    config: WindowConfig,
    context: RunContext,
    emit: Emit<WindowPort>,
  ) {
    this.#layout = layout
    this.#context = context
    this.#emit = emit
    this.#groups = new WindowGroups(config, context, emit)
    this.#joins = layout.nests && context.inputSchemas['in']?.changes === 'append'
    this.#panes = new PaneGroups(this.#groups, context.state, this.#joins)
    this.#firedMs = context.state.value('fired', START_OF_TIME_MS)
  }

  rows(input: number, batch: Batch, from: number, to: number): void {
    const { numbers } = this.#panes
    if (numbers === undefined) this.#addEach(input, batch, from, to)
    else this.#addStretches(numbers, input, batch, from, to)
    this.#panes.list.changed()
  }

  /** Rows that follow each other are mostly of one pane, and are added together. */
  #addStretches(
    numbers: NumberGroups,
    input: number,
    { rows, times }: Batch,
    from: number,
    to: number,
  ): void {
    const { ledger, progress } = this.#context
    const layout = this.#layout
    let index = from
    while (index < to) {
      layout.moveTo(times?.[index] ?? 0)
      const { startMs } = layout
      const end = endWithin(layout, times, index, to)
      if (layout.findOpen(progress.watermarkMs)) {
        const added = numbers.add(startMs, input, rows, times, index, end, 0)
        ledger.held += added
        if (added > 0) this.#panes.list.at(startMs).records += added
      } else {
        for (; index < end; index++) {
          this.#leaveOut(rows[index] ?? EMPTY_ROW, times?.[index] ?? 0, '+I')
        }
      }
      index = end
    }
  }

  #addEach(input: number, { rows, times, changes }: Batch, from: number, to: number): void {
    const { ledger, progress } = this.#context
    const { watermarkMs } = progress
    const groups = this.#groups
    const layout = this.#layout
    const { list: panes, table } = this.#panes
    let paneStartMs = Number.POSITIVE_INFINITY
    let paneEndMs = Number.NEGATIVE_INFINITY
    let isOpen = false
    let pane: Pane | undefined
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      if (timeMs < paneStartMs || timeMs >= paneEndMs) {
        layout.moveTo(timeMs)
        paneStartMs = layout.startMs
        paneEndMs = layout.endMs
        isOpen = layout.findOpen(watermarkMs)
        pane = undefined
      }
      if (!isOpen) {
        this.#leaveOut(row, timeMs, changes?.[index] ?? '+I')
        continue
      }
      if (changes !== undefined && isOld(changes[index])) {
        this.#takeBack(row, timeMs, paneStartMs)
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
      pane ??= panes.at(paneStartMs)
      pane.records++
      ledger.held++
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    return this.#findDue(watermarkMs) ? this.#fireDue(watermarkMs) : undefined
  }

  #leaveOut(row: Row, timeMs: number, change: Change): void {
    const { ledger } = this.#context
    if (this.#layout.inGap) ledger.filtered++
    else {
      ledger.late++
      this.#emit.out.late.emitChange(change, row, timeMs)
    }
  }

  /** The row was replaced or deleted where it comes from. */
  #takeBack(row: Row, timeMs: number, paneStartMs: number): void {
    const { ledger } = this.#context
    ledger.absorbed++
    const key = this.#groups.readKey(row)
    const { table } = this.#panes
    const group = table.change(paneStartMs, key)
    if (group === undefined || !this.#groups.takeBack(group, row, timeMs)) return
    if (this.#groups.isEmpty(group)) table.delete(paneStartMs, key)
    const pane = this.#panes.list.find(paneStartMs)
    if (pane === undefined) return
    pane.records--
    ledger.release('absorbed', 1)
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    const layout = this.#layout
    while (this.#findDue(watermarkMs)) {
      const { openEndMs: endMs } = layout
      let neededMs = START_OF_TIME_MS
      for (const startMs of startsOfEnd(layout)) {
        yield* this.#fire(startMs, endMs)
        neededMs = layout.neededFromMs(startMs, endMs)
      }
      this.#firedMs.set(endMs - 1)
      this.#panes.dropBefore(neededMs, this.#context.ledger)
      yield
    }
  }

  /** Looks for the earliest window that has records and has not fired; false if none is due. */
  #findDue(watermarkMs: number): boolean {
    const { first } = this.#panes.list
    if (first === undefined) return false
    this.#layout.moveTo(first.startMs)
    const closedMs = Math.max(this.#context.progress.watermarkMs, this.#firedMs.get())
    return this.#layout.findOpen(closedMs) && this.#layout.openEndMs - 1 <= watermarkMs
  }

  *#fire(startMs: number, endMs: number): Generator<void, void> {
    if (this.#joins) yield* this.#panes.join(startMs, endMs)
    const { list, numbers } = this.#panes
    if (numbers?.makesRows) {
      yield* numbers.fire(list.between(startMs, endMs), startMs, endMs, this.#emit.out.out)
      return
    }
    const groups = yield* this.#panes.within(startMs, endMs)
    let fired = 0
    // Only keys are sorted: a million entries that live until all have left would keep the
    // collector busy.
    for (const key of keysInOrder(groups.keys())) {
      const group = key === undefined ? undefined : groups.get(key)
      if (group !== undefined) this.#groups.fire(group, startMs, endMs)
      if (key === undefined || ++fired % GROUPS_A_STEP === 0) yield
    }
  }
}

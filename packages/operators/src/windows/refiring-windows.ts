/**
 * Runs windows that lie at the same times for every group and may fire more than once: early, for
 * late records, or both; and those that go by processing time.
 *
 * Records stand in panes as in `fixed-windows.ts`, so that the windows that contain a record cost
 * it nothing until they fire. Only where each firing gives a part of its own, before the end of its
 * window, has each window groups of its own. What has left is remembered for each group and window,
 * as long as it may be replaced.
 */

import {
  type Batch,
  type Change,
  type Emit,
  END_OF_TIME_MS,
  type Handler,
  keysInOrder,
  type RunContext,
  START_OF_TIME_MS,
  type StateTable,
  type StateValue,
  type Unfinished,
} from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { PURGED_BEFORE } from '../carried-settings.ts'
import { isOld } from './change-kinds.ts'
import { changedGroups } from './changed-groups.ts'
import { EarlyClock } from './early-clock.ts'
import { PaneGroups } from './pane-groups.ts'
import type { Pane } from './pane-list.ts'
import type { WindowConfig } from './window-config.ts'
import { type Group, WindowGroups, type WindowPort } from './window-groups.ts'
import { endWithin, startsOfEnd, type WindowLayout } from './window-layout.ts'
import { nothingSent, type Sent, WindowResults } from './window-results.ts'
import { WindowTime } from './window-time.ts'

/** [startMs, endMs); `id` tells it from all others. */
interface Window {
  readonly id: number
  readonly startMs: number
  readonly endMs: number
}

/** One group of one window that gives its result once the row that replaces a row is there. */
interface Waiting extends Window {
  readonly key: Key
}

/** Where one record makes more windows give results, the thread is given back in between. */
const WINDOWS_AT_ONCE = 64

export class RefiringWindows implements Handler {
  readonly #layout: WindowLayout
  readonly #config: WindowConfig
  readonly #context: RunContext
  readonly #emit: Emit<WindowPort>
  readonly #groups: WindowGroups
  readonly #results: WindowResults
  readonly #panes: PaneGroups
  /** Whether each window has groups of its own, which its firing empties. */
  readonly #apart: boolean
  /** Whether rows may be added many at a time, where none gives a result at once. */
  readonly #takesMany: boolean
  /** Of those, by window and key. */
  readonly #parts: StateTable<Group>
  /** By window and key. */
  readonly #sent: StateTable<Sent>
  /** The groups with records since the last early results, by pane and key. */
  readonly #changed: StateTable<true>
  readonly #early: EarlyClock
  readonly #waiting: StateValue<readonly Waiting[]>
  /** The last milliseconds of the windows that fired, and that were purged, last. */
  readonly #firedMs: StateValue<number>
  readonly #purgedMs: StateValue<number>
  /** Windows up to here were purged when less lateness was allowed. */
  readonly #purgedBeforeMs: number
  readonly #time: WindowTime
  /** Of the pane: the windows that have fired and take late records, and those to fire yet. */
  readonly #refiring: Window[] = []
  readonly #unfired: Window[] = []
  /** Those in which the group of the record that is being taken gives another result. */
  readonly #due: Window[] = []
  /** The pane that a record was put into last, for as long as it stands. */
  #pane: Pane | undefined

  constructor(
    layout: WindowLayout,
    config: WindowConfig,
    context: RunContext,
    emit: Emit<WindowPort>,
  ) {
    const { state } = context
    this.#layout = layout
    this.#config = config
    this.#context = context
    this.#emit = emit
    this.#groups = new WindowGroups(config, context, emit)
    this.#results = new WindowResults(config, this.#groups, emit)
    this.#panes = new PaneGroups(this.#groups, state, layout.nests)
    this.#apart = config.accumulation === 'discarding' && config.early !== undefined
    this.#takesMany =
      this.#panes.numbers !== undefined && config.early === undefined && !this.#apart
    this.#parts = state.table('parts')
    this.#sent = state.table('sent')
    this.#changed = state.table('changed')
    this.#early = new EarlyClock(config.early?.every, context)
    this.#waiting = state.value('waiting', [])
    this.#firedMs = state.value('fired', START_OF_TIME_MS)
    this.#purgedMs = state.value('purged', START_OF_TIME_MS)
    this.#purgedBeforeMs = state.value(PURGED_BEFORE, START_OF_TIME_MS).get()
    this.#time = new WindowTime(config, context)
  }

  rows(
    input: number,
    { rows, times, changes }: Batch,
    from: number,
    to: number,
  ): Unfinished | undefined {
    const { byClock } = this.#time
    const nowMs = this.#time.arrivalMs()
    let paneStartMs = Number.POSITIVE_INFINITY
    let paneEndMs = Number.NEGATIVE_INFINITY
    let isOpen = false
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = byClock ? nowMs : (times?.[index] ?? 0)
      const change = changes?.[index] ?? '+I'
      if (timeMs < paneStartMs || timeMs >= paneEndMs) {
        isOpen = this.#moveTo(timeMs)
        paneStartMs = this.#layout.startMs
        paneEndMs = this.#layout.endMs
        if (this.#takesMany && isOpen && this.#refiring.length === 0) {
          const end = byClock ? to : endWithin(this.#layout, times, index, to)
          this.#takeMany(input, rows, byClock ? undefined : times, index, end, nowMs)
          index = end - 1
          continue
        }
      }
      if (change !== '+U') this.#endWaiting()
      if (!isOpen) this.#leaveOut(row, timeMs, change)
      else if (isOld(change)) this.#takeBack(row, timeMs, paneStartMs, change)
      else this.#take(input, row, timeMs, paneStartMs)
      if (this.#due.length > 0) {
        const due = this.#due.splice(0)
        const work = this.#fireAll(due, paneStartMs, this.#groups.readKey(row))
        if (changes === undefined && due.length > WINDOWS_AT_ONCE) {
          this.#panes.list.changed()
          return { to: index + 1, work }
        }
        for (const _ of work);
      }
      if (change === '+U') this.#endWaiting()
    }
    this.#panes.list.changed()
    return undefined
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    this.#endWaiting()
    if (!this.#time.counts(watermarkMs)) return undefined
    return this.#panes.list.first === undefined ? undefined : this.#fireDue(watermarkMs)
  }

  nextProcessingMs(): number {
    const earlyMs = this.#early.dueMs()
    if (!this.#time.byClock || !this.#findUnfired()) return earlyMs
    return Math.min(this.#layout.openEndMs, earlyMs)
  }

  *processingTime(nowMs: number): Generator<void, void> {
    this.#endWaiting()
    const dueMs = this.#time.dueMs(nowMs)
    if (this.#time.byClock && this.#findUnfired() && this.#layout.openEndMs - 1 <= dueMs) {
      yield* this.#fireDue(dueMs)
      this.#time.passed(dueMs)
      this.#emit.watermark(dueMs)
    }
    if (this.#early.dueMs() > nowMs) return
    yield* this.#fireEarly()
    this.#early.done()
  }

  outgoingWatermark(watermarkMs: number): number {
    return this.#time.outgoing(watermarkMs)
  }

  /** Stands at the pane of this time; false where no window takes its records. */
  #moveTo(timeMs: number): boolean {
    const layout = this.#layout
    const { allowedLateness, early } = this.#config
    const closedMs = this.#time.closedMs()
    layout.moveTo(timeMs)
    this.#refiring.length = 0
    this.#unfired.length = 0
    const isOpen = layout.findOpen(Math.max(closedMs - allowedLateness, this.#purgedBeforeMs))
    let found = isOpen
    while (found && layout.openEndMs - 1 <= closedMs) {
      this.#refiring.push(this.#window())
      found = layout.findNext()
    }
    const each = this.#apart || early?.count !== undefined
    while (found) {
      this.#unfired.push(this.#window())
      found = each && layout.findNext()
    }
    return isOpen
  }

  #window(): Window {
    const { nests, openStartMs: startMs, openEndMs: endMs } = this.#layout
    return { id: nests ? endMs : startMs, startMs, endMs }
  }

  /** The window that was found, and those that end together with it. */
  #windowsOfEnd(): readonly Window[] {
    const { nests, openEndMs: endMs } = this.#layout
    const starts = startsOfEnd(this.#layout)
    return starts.map((startMs) => ({ id: nests ? endMs : startMs, startMs, endMs }))
  }

  #leaveOut(row: Row, timeMs: number, change: Change): void {
    const { ledger } = this.#context
    if (this.#layout.inGap) ledger.filtered++
    else {
      ledger.late++
      this.#emit.out.late.emitChange(change, row, timeMs)
    }
  }

  #take(input: number, row: Row, timeMs: number, paneStartMs: number): void {
    const key = this.#groups.readKey(row)
    const taken = this.#apart
      ? this.#addApart(input, row, timeMs, key)
      : this.#addToPane(input, row, timeMs, paneStartMs, key)
    if (!taken) return
    const { list } = this.#panes
    if (this.#pane?.startMs !== paneStartMs) {
      this.#pane = list.at(paneStartMs)
    }
    this.#pane.records++
    this.#context.ledger.held++
    if (this.#config.accumulation === 'discarding' && !this.#apart) {
      this.#fireAlone(input, row, timeMs)
    } else for (const window of this.#refiring) this.#due.push(window)
    this.#countEarly(key, paneStartMs)
  }

  /** Rows of one pane that set nothing off. */
  #takeMany(
    input: number,
    rows: readonly Row[],
    times: readonly number[] | undefined,
    from: number,
    to: number,
    atMs: number,
  ): void {
    const { list, numbers } = this.#panes
    const { startMs } = this.#layout
    const added = numbers?.add(startMs, input, rows, times, from, to, atMs) ?? 0
    this.#context.ledger.held += added
    if (added > 0) list.at(startMs).records += added
  }

  #takeBack(row: Row, timeMs: number, paneStartMs: number, change: Change): void {
    const { ledger } = this.#context
    ledger.absorbed++
    const key = this.#groups.readKey(row)
    const group = this.#panes.table.change(paneStartMs, key)
    if (group === undefined || !this.#groups.takeBack(group, row, timeMs)) return
    if (this.#groups.isEmpty(group)) this.#panes.table.delete(paneStartMs, key)
    const pane = this.#panes.list.find(paneStartMs)
    if (pane !== undefined) {
      pane.records--
      ledger.release('absorbed', 1)
    }
    for (const window of this.#refiring) this.#due.push(window)
    this.#countEarly(key, paneStartMs)
    if (change === '-U') this.#waiting.set(this.#due.splice(0).map((one) => ({ ...one, key })))
  }

  /** The row that replaces another one is there: what waited for it gives its result. */
  #endWaiting(): void {
    const waiting = this.#waiting.get()
    if (waiting.length === 0) return
    this.#waiting.set([])
    for (const window of waiting) this.#fireGroup(window, window.key, false)
  }

  /** Each window has its own group; a record that has no value is refused by the first. */
  #addApart(input: number, row: Row, timeMs: number, key: Key): boolean {
    for (const { id } of this.#refiring) {
      if (!this.#add(this.#parts, id, key, input, row, timeMs)) return false
    }
    for (const { id } of this.#unfired) {
      if (!this.#add(this.#parts, id, key, input, row, timeMs)) return false
    }
    return true
  }

  #addToPane(input: number, row: Row, timeMs: number, paneStartMs: number, key: Key): boolean {
    const { numbers } = this.#panes
    if (numbers === undefined) {
      return this.#add(this.#panes.table, paneStartMs, key, input, row, timeMs)
    }
    return numbers.add(paneStartMs, input, [row], undefined, 0, 1, timeMs) === 1
  }

  #add(
    table: StateTable<Group>,
    namespace: number,
    key: Key,
    input: number,
    row: Row,
    timeMs: number,
  ): boolean {
    const group = table.change(namespace, key)
    if (group !== undefined) return this.#groups.add(group, input, row, timeMs)
    const begun = this.#groups.begin(row)
    if (!this.#groups.add(begun, input, row, timeMs)) return false
    table.put(namespace, key, begun)
    return true
  }

  /** A late record is a part by itself. */
  #fireAlone(input: number, row: Row, timeMs: number): void {
    if (this.#refiring.length === 0) return
    const part = this.#groups.begin(row)
    this.#groups.add(part, input, row, timeMs)
    for (const { startMs, endMs } of this.#refiring) {
      this.#results.send(nothingSent(), part, startMs, endMs)
    }
  }

  #countEarly(key: Key, paneStartMs: number): void {
    if (this.#unfired.length === 0) return
    const { early } = this.#config
    if (early?.every !== undefined) {
      this.#early.ask()
      if (!this.#apart) this.#changed.put(paneStartMs, key, true)
    }
    if (early?.count === undefined) return
    for (const window of this.#unfired) {
      const sent = this.#sentBy(window, key)
      sent.added++
      if (sent.added >= early.count) this.#due.push(window)
    }
  }

  #sentBy({ id }: Window, key: Key): Sent {
    const known = this.#sent.change(id, key)
    if (known !== undefined) return known
    const sent = nothingSent()
    this.#sent.put(id, key, sent)
    return sent
  }

  /** The results of one group in windows that all contain the pane. */
  *#fireAll(windows: readonly Window[], paneMs: number, key: Key): Generator<void, void> {
    if (this.#apart || windows.length < 3) {
      for (const window of windows) {
        this.#fireGroup(window, key, false)
        yield
      }
      return
    }
    let index = 0
    for (const group of this.#panes.findEach(windows, paneMs, key)) {
      const window = windows[index]
      if (window !== undefined) this.#fireGroup(window, key, false, group)
      index++
      yield
    }
  }

  /** `last`: no other result of this window can follow, so that nothing is remembered. */
  #fireGroup(window: Window, key: Key, last: boolean, known?: Group): void {
    const { id, startMs, endMs } = window
    const group =
      known ?? (this.#apart ? this.#parts.get(id, key) : this.#panes.find(startMs, endMs, key))
    if (this.#apart) this.#parts.delete(id, key)
    const sent = last ? (this.#sent.change(id, key) ?? nothingSent()) : this.#sentBy(window, key)
    sent.added = 0
    this.#results.send(sent, group, startMs, endMs)
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    this.#purge(watermarkMs)
    while (this.#findUnfired() && this.#layout.openEndMs - 1 <= watermarkMs) {
      const { openEndMs: endMs } = this.#layout
      const last = endMs - 1 + this.#config.allowedLateness <= watermarkMs
      for (const window of this.#windowsOfEnd()) yield* this.#fireWindow(window, last)
      this.#firedMs.set(endMs - 1)
      this.#purge(watermarkMs)
      yield
    }
  }

  *#fireWindow(window: Window, last: boolean): Generator<void, void> {
    const { id, startMs, endMs } = window
    if (this.#apart) {
      for (const key of keysInOrder(this.#parts.keys(id))) {
        if (key !== undefined) this.#fireGroup(window, key, last)
        yield
      }
      return
    }
    const { list, numbers } = this.#panes
    // No result has left, and none follows that would replace this one.
    if (last && numbers?.makesRows && this.#sent.count(id) === 0) {
      yield* numbers.fire(list.between(startMs, endMs), startMs, endMs, this.#emit.out.out)
      return
    }
    const groups = yield* this.#panes.within(startMs, endMs)
    const sent = this.#sent
    function* keys(): Generator<Key, void> {
      yield* groups.keys()
      for (const key of sent.keys(id)) if (groups.get(key) === undefined) yield key
    }
    for (const key of keysInOrder(keys())) {
      if (key !== undefined) this.#fireGroup(window, key, last, groups.get(key))
      yield
    }
  }

  /** Looks for the earliest window that has records and has not fired. */
  #findUnfired(): boolean {
    const layout = this.#layout
    const closedMs = Math.max(this.#time.closedMs(), this.#firedMs.get())
    const stand = (timeMs: number) => {
      layout.moveTo(timeMs)
      return layout.findOpen(closedMs)
    }
    const pane = this.#panes.list.firstFrom(({ startMs }) => stand(startMs))
    return pane !== undefined && stand(pane.startMs)
  }

  /** Forgets the windows that take no more records. They have fired. */
  #purge(watermarkMs: number): void {
    const layout = this.#layout
    const { allowedLateness } = this.#config
    const firedMs = Math.max(this.#time.closedMs(), this.#firedMs.get())
    const doneMs = Math.min(watermarkMs - allowedLateness, firedMs)
    for (let pane = this.#panes.list.first; pane !== undefined; pane = this.#panes.list.first) {
      layout.moveTo(pane.startMs)
      if (!layout.findOpen(this.#purgedMs.get()) || layout.openEndMs - 1 > doneMs) return
      let neededMs = START_OF_TIME_MS
      for (const { id, startMs, endMs } of this.#windowsOfEnd()) {
        this.#sent.drop(id)
        this.#parts.drop(id)
        this.#purgedMs.set(endMs - 1)
        neededMs = layout.neededFromMs(startMs, endMs)
      }
      for (const namespace of this.#changed.namespaces()) {
        if (namespace >= neededMs) break
        this.#changed.drop(namespace)
      }
      this.#panes.dropBefore(neededMs, this.#context.ledger)
      this.#pane = undefined
    }
  }

  /** The results of all groups that have changed, of the windows that have not fired. */
  *#fireEarly(): Generator<void, void> {
    if (this.#apart) yield* this.#fireParts()
    else {
      const panes = this.#changed.namespaces()
      const windows = this.#unfiredOver(panes)
      const keysOf = (paneMs: number) => this.#changed.keys(paneMs)
      const changed = yield* changedGroups(windows, panes, keysOf, this.#panes)
      for (const window of windows) {
        const groups = changed.get(window.id)
        for (const key of keysInOrder(groups?.keys() ?? [])) {
          if (key !== undefined) {
            this.#fireGroup(window, key, false, groups?.get(key) ?? undefined)
          }
          yield
        }
      }
    }
    for (const paneMs of this.#changed.namespaces()) this.#changed.drop(paneMs)
  }

  /** What each window has of its own since its last results. */
  *#fireParts(): Generator<void, void> {
    const panes = this.#panes.list.between(START_OF_TIME_MS, END_OF_TIME_MS)
    for (const window of this.#unfiredOver(panes.map(({ startMs }) => startMs))) {
      for (const key of keysInOrder(this.#parts.keys(window.id))) {
        if (key !== undefined) this.#fireGroup(window, key, false)
        yield
      }
    }
  }

  /** The windows of these panes that have not fired, in the order in which they end. */
  #unfiredOver(paneStarts: readonly number[]): readonly Window[] {
    const layout = this.#layout
    const closedMs = Math.max(this.#time.closedMs(), this.#firedMs.get())
    const windows = new Map<number, Window>()
    for (const paneMs of paneStarts) {
      layout.moveTo(paneMs)
      for (let found = layout.findOpen(closedMs); found; found = layout.findNext()) {
        const window = this.#window()
        windows.set(window.id, window)
      }
    }
    return [...windows.values()].sort((a, b) => a.endMs - b.endMs || a.startMs - b.startMs)
  }
}

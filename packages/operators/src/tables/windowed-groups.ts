/** Groups of rows that belong to a window: they leave when it ends, and go when it is over. */

import type { Batch, Handler, RunContext } from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { UpdatePairs } from '../update-pairs.ts'
import type { AggregateGroups, Group } from './aggregate-groups.ts'
import { EndedGroups } from './ended-groups.ts'
import { endOf, type WindowEnd } from './window-end.ts'

interface Touched {
  readonly endMs: number
  readonly key: Key
  readonly group: Group
}

export class WindowedGroups implements Handler {
  /** Rows of windows that give no more results than one change nothing that has left. */
  readonly rowPorts: readonly string[]
  readonly #groups: AggregateGroups
  readonly #ledger: RunContext['ledger']
  readonly #end: WindowEnd
  readonly #ended: EndedGroups<Group>
  readonly #pairs: UpdatePairs
  /** What the row that came last was added to, if it was. */
  #added: Touched | undefined

  constructor(groups: AggregateGroups, end: WindowEnd, context: RunContext) {
    this.rowPorts = end.latenessMs > 0 ? ['out', 'errors'] : ['errors']
    this.#groups = groups
    this.#ledger = context.ledger
    this.#end = end
    this.#ended = new EndedGroups(context, end.latenessMs)
    this.#pairs = new UpdatePairs(context, (before, beforeMs, after, afterMs) =>
      this.#change(before, beforeMs, after, afterMs),
    )
  }

  rows(_input: number, batch: Batch, from: number, to: number): void {
    const { rows, times, changes } = batch
    if (changes !== undefined) {
      this.#pairs.rows(batch, from, to)
      return
    }
    for (let index = from; index < to; ) {
      const row = rows[index] ?? EMPTY_ROW
      this.#add(row, times?.[index] ?? 0)
      index++
      const touched = this.#added
      if (touched !== undefined) index = this.#addLike(row, touched, batch, index, to)
    }
  }

  /**
   * Adds the rows from here on that are of the group of the row before them, as most are that one
   * window gives, and returns where another one stands. Nothing of the group has left yet.
   */
  #addLike(first: Row, touched: Touched, { rows, times }: Batch, from: number, to: number): number {
    const { endMs, group } = touched
    if (this.#ended.hasFired(endMs)) return from
    let index = from
    let added = 0
    try {
      for (; index < to; index++) {
        const row = rows[index] ?? EMPTY_ROW
        if (!this.#groups.areOneGroup(first, row)) break
        if (this.#groups.add(group, row, times?.[index] ?? 0)) added++
      }
    } finally {
      this.#ended.hold(endMs, added)
    }
    return index
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    if (!this.#ended.isDue(watermarkMs)) return undefined
    return this.#ended.advance(
      watermarkMs,
      (endMs, _key, group) => this.#groups.update(group, endMs - 1),
      (_endMs, records) => this.#ledger.release('absorbed', records),
    )
  }

  #change(before: Row | undefined, beforeMs: number, after: Row | undefined, afterMs: number) {
    const touched = before === undefined ? undefined : this.#takeBack(before, beforeMs)
    const key = after === undefined ? undefined : this.#groups.readKey(after)
    const stays =
      touched !== undefined &&
      after !== undefined &&
      touched.key === key &&
      touched.endMs === endOf(after, this.#end)
    if (touched !== undefined && !stays) this.#settle(touched)
    if (after !== undefined) this.#add(after, afterMs)
  }

  #takeBack(row: Row, timeMs: number): Touched | undefined {
    const endMs = endOf(row, this.#end)
    if (this.#ended.isOver(endMs)) {
      this.#ledger.late++
      return undefined
    }
    const key = this.#groups.readKey(row)
    const group = this.#ended.groups.change(endMs, key)
    if (group === undefined || !this.#groups.retract(group, row, timeMs)) {
      this.#ledger.dropped++
      return undefined
    }
    this.#ledger.absorbed++
    return { endMs, key, group }
  }

  #add(row: Row, timeMs: number): void {
    this.#added = undefined
    const endMs = endOf(row, this.#end)
    if (this.#ended.isOver(endMs)) {
      this.#ledger.late++
      return
    }
    const key = this.#groups.readKey(row)
    const known = this.#ended.groups.change(endMs, key)
    const group = known ?? this.#groups.begin(row)
    if (!this.#groups.add(group, row, timeMs)) return
    if (known === undefined) this.#ended.groups.put(endMs, key, group)
    this.#ended.hold(endMs)
    const touched = { endMs, key, group }
    this.#settle(touched)
    this.#added = touched
  }

  #settle({ endMs, key, group }: Touched): void {
    if (this.#ended.hasFired(endMs)) this.#groups.update(group, endMs - 1)
    if (this.#groups.isEmpty(group)) this.#ended.groups.delete(endMs, key)
  }
}

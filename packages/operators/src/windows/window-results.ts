/**
 * Remembers the result that a group of a window gave last, and emits what leads from it to the
 * next one: nothing where it is the same.
 */

import type { Emit } from '@millrace/engine'
import { compareRows, EvaluationError, type Row } from '@millrace/pipeline'
import type { WindowConfig } from './window-config.ts'
import type { Group, WindowGroups, WindowPort } from './window-groups.ts'

/** What has left of one group of one window. Plain data, so that it can be saved. */
export interface Sent {
  /** The result that stands; null where none does. */
  row: Row | null
  /** Why there is none, where that has been said. */
  reason: string | null
  /** Records since the last result, where early results are counted by. */
  added: number
}

export function nothingSent(): Sent {
  return { row: null, reason: null, added: 0 }
}

export class WindowResults {
  readonly #groups: WindowGroups
  readonly #emit: Emit<WindowPort>
  readonly #discards: boolean
  /** Where a result row has the end of its window. */
  readonly #endIndex: number

  constructor(
    { accumulation, groupBy }: WindowConfig,
    groups: WindowGroups,
    emit: Emit<WindowPort>,
  ) {
    this.#groups = groups
    this.#emit = emit
    this.#discards = accumulation === 'discarding'
    this.#endIndex = groupBy.length + 1
  }

  /**
   * Emits the result of the group as it is now. No group is one from which all records have been
   * taken back.
   */
  send(sent: Sent, group: Group | undefined, startMs: number, endMs: number): void {
    if (group === undefined || this.#groups.isEmpty(group)) {
      this.takeBack(sent)
      return
    }
    const result = this.#groups.result(group, startMs, endMs)
    if (result instanceof EvaluationError) {
      const said = sent.reason === result.message
      this.takeBack(sent)
      sent.reason = result.message
      if (!said || this.#discards) this.#groups.refuseResult(group, startMs, endMs, result)
      return
    }
    sent.reason = null
    const { out } = this.#emit.out
    const old = sent.row
    if (old === null || this.#discards) out.emit(result, endMs - 1)
    else if (compareRows(old, result) !== 0) {
      out.emitChange('-U', old, endMs - 1)
      out.emitChange('+U', result, endMs - 1)
    } else return
    if (!this.#discards) sent.row = result
  }

  /** The window is no more as it was, and no result of it stands. */
  takeBack(sent: Sent): void {
    const { row } = sent
    sent.reason = null
    if (row === null) return
    sent.row = null
    this.#emit.out.out.emitChange('-D', row, Number(row[this.#endIndex]) - 1)
  }
}

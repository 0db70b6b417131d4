/** Which dead letters go so that those of a pipeline stay within their limits. */

import type { wire } from '@millrace/pipeline'
import type Sqlite from 'better-sqlite3'
import type { LetterBooks } from './letter-books.ts'
import type { LetterRow } from './letter-rows.ts'

export interface LetterLimits {
  /** Of each pipeline. The oldest go first: discarded, then done, then open ones. */
  readonly countMax: number
  readonly bytesMax: number
  readonly keepMs: number
  /** For so long it can be taken back that one was discarded. */
  readonly keepDiscardedMs: number
}

type GoingRow = Pick<LetterRow, 'seq' | 'group_id' | 'pipeline_id' | 'state' | 'bytes'>

const SELECT_GOING = 'SELECT seq, group_id, pipeline_id, state, bytes FROM letters'
/** One go stays short, however many are too old at once. */
const AT_ONCE_MAX = 10_000

export class LetterEviction {
  readonly limits: LetterLimits
  readonly #prepare: (text: string) => Sqlite.Statement
  readonly #books: LetterBooks

  constructor(
    limits: LetterLimits,
    prepare: (text: string) => Sqlite.Statement,
    books: LetterBooks,
  ) {
    this.limits = limits
    this.#prepare = prepare
    this.#books = books
  }

  keepLimits(pipelineId: string, nowMs: number): void {
    const { keepMs, keepDiscardedMs } = this.limits
    const forgotten = this.#prepare(
      `${SELECT_GOING} WHERE pipeline_id = ? AND state = 'discarded' AND discarded_ms < ? LIMIT ?`,
    ).all(pipelineId, nowMs - keepDiscardedMs, AT_ONCE_MAX) as GoingRow[]
    for (const row of forgotten) this.#remove(row)
    const old = this.#prepare(
      `${SELECT_GOING} WHERE pipeline_id = ? AND refused_ms < ? AND state <> 'sent' LIMIT ?`,
    ).all(pipelineId, nowMs - keepMs, AT_ONCE_MAX) as GoingRow[]
    this.#letGo(pipelineId, old, 'expired')
    this.#keepRoom(pipelineId)
  }

  #keepRoom(pipelineId: string): void {
    const { countMax, bytesMax } = this.limits
    for (;;) {
      const { open, sent, done, bytes } = this.#books.of(pipelineId)
      const discarded = this.#countDiscarded(pipelineId)
      const tooMany = open + sent + done + discarded - countMax
      if (tooMany <= 0 && bytes <= bytesMax) return
      const oldest = this.#prepare(
        `${SELECT_GOING} WHERE pipeline_id = ? AND state = ? ORDER BY seq LIMIT ?`,
      ).all(pipelineId, firstOf({ discarded, done }), Math.max(1, tooMany)) as GoingRow[]
      // All that is left is under way.
      if (oldest.length === 0) return
      this.#letGo(pipelineId, oldest, 'displaced')
    }
  }

  /** Their books also count those that have gone. */
  #countDiscarded(pipelineId: string): number {
    const { count } = this.#prepare(
      "SELECT COUNT(*) AS count FROM letters WHERE pipeline_id = ? AND state = 'discarded'",
    ).get(pipelineId) as { count: number }
    return count
  }

  /** Of those that are done or discarded nothing is lost. */
  #letGo(pipelineId: string, rows: readonly GoingRow[], why: 'expired' | 'displaced'): void {
    for (const row of rows) this.#remove(row)
    const open = rows.filter(({ state }) => state === 'open').length
    this.#books.add(pipelineId, why, open)
  }

  #remove({ seq, group_id, state, bytes, pipeline_id }: GoingRow): void {
    this.#prepare('DELETE FROM letters WHERE seq = ?').run(seq)
    this.#prepare('DELETE FROM attempts WHERE seq = ?').run(seq)
    // Those that were discarded stay counted.
    if (state !== 'discarded') this.#books.move(group_id, state, undefined)
    this.#books.add(pipeline_id, 'bytes', -bytes)
  }
}

/** Which of them go first. */
function firstOf(kept: { readonly discarded: number; readonly done: number }): wire.LetterState {
  if (kept.discarded > 0) return 'discarded'
  return kept.done > 0 ? 'done' : 'open'
}

/**
 * What becomes of letters when a job goes on from a checkpoint: what was accepted in a history that
 * it does not hold is given back, and what was refused in one is put aside, for its record is read
 * again. Going on to a checkpoint of such a history takes both back. See `letter-line.ts`.
 */

import type { wire } from '@millrace/pipeline'
import type Sqlite from 'better-sqlite3'
import type { BegunEvent } from '../letters/letter-events.ts'
import type { ToldAt } from '../letters/letter-line.ts'

/** How many of a group are in another state now. */
export interface Moved {
  readonly group_id: number
  readonly from: wire.LetterState
  readonly to: wire.LetterState
}

type Prepare = (text: string) => Sqlite.Statement

const HELD = 'EXISTS (SELECT 1 FROM temp.line WHERE line.job = attempts.job AND number < told)'
const TOLD_HELD =
  'EXISTS (SELECT 1 FROM temp.line WHERE line.job = letters.job AND letters.number < told)'
const ACCEPTED_HELD = `SELECT result FROM attempts WHERE seq = letters.seq AND result <> 'refused' AND ${HELD}`
const ACCEPTED = "SELECT 1 FROM attempts WHERE seq = letters.seq AND result <> 'refused'"
const OF_LINE = `(root = @root OR EXISTS (${ACCEPTED} AND attempts.root = @root))`
const LEFT_STATES: readonly wire.LetterState[] = ['open', 'sent', 'discarded']

export class LetterHistory {
  readonly #prepare: Prepare

  constructor(sqlite: Sqlite.Database, prepare: Prepare) {
    sqlite.exec('CREATE TEMP TABLE line (job TEXT PRIMARY KEY, told INTEGER NOT NULL)')
    this.#prepare = prepare
  }

  /** What has been told of what was sent in; told again by the same job it may stand elsewhere. */
  noteAttempt(
    letter: { readonly seq: number; readonly pipeline_id: string },
    { attempt, result }: { readonly attempt: number; readonly result: string },
    { jobId, root, number }: ToldAt,
  ): void {
    this.#prepare(
      'INSERT INTO attempts (seq, attempt, pipeline_id, job, root, number, result) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET job = excluded.job, root = excluded.root, number = excluded.number',
    ).run(letter.seq, attempt, letter.pipeline_id, jobId, root, number, result)
  }

  acceptedAt(seq: number): readonly ToldAt[] {
    return this.#prepare(
      "SELECT job AS jobId, root, number FROM attempts WHERE seq = ? AND result <> 'refused'",
    ).all(seq) as ToldAt[]
  }

  /** Each time that it was sent in, in their order. */
  refusedAgainAt(seq: number): readonly ToldAt[] {
    return this.#prepare(
      "SELECT job AS jobId, root, number FROM attempts WHERE seq = ? AND result = 'refused' ORDER BY attempt",
    ).all(seq) as ToldAt[]
  }

  /** Only what changes is gone through. */
  goOn(pipelineId: string, { jobId, root, before }: BegunEvent): readonly Moved[] {
    this.#prepare('DELETE FROM temp.line').run()
    const add = this.#prepare('INSERT OR REPLACE INTO temp.line VALUES (?, ?)')
    for (const held of before) add.run(held.jobId, held.count)
    add.run(jobId, Number.MAX_SAFE_INTEGER)
    const given = { pipelineId, root }
    return [
      ...this.#putAside(given),
      ...this.#takeBack(given),
      ...this.#giveBack(given),
      ...this.#accept(given),
    ]
  }

  #putAside(given: object): readonly Moved[] {
    const rows = this.#prepare(
      `UPDATE letters SET gone_back = state, state = 'discarded', sent_to = NULL WHERE pipeline_id = @pipelineId AND root = @root AND gone_back IS NULL AND NOT ${TOLD_HELD} RETURNING group_id, gone_back AS "from"`,
    ).all(given) as Omit<Moved, 'to'>[]
    return rows.map((row) => ({ ...row, to: 'discarded' }))
  }

  /** As they were, but for what a job has not come to. */
  #takeBack(given: object): readonly Moved[] {
    const rows = this.#prepare(
      `UPDATE letters SET state = CASE gone_back WHEN 'sent' THEN 'open' ELSE gone_back END, gone_back = NULL WHERE pipeline_id = @pipelineId AND root = @root AND gone_back IS NOT NULL AND ${TOLD_HELD} RETURNING group_id, state AS "to"`,
    ).all(given) as Omit<Moved, 'from'>[]
    return rows.map((row) => ({ ...row, from: 'discarded' }))
  }

  #giveBack(given: object): readonly Moved[] {
    const rows = this.#prepare(
      `UPDATE letters SET state = 'open', result = NULL, given_back = 1 WHERE pipeline_id = @pipelineId AND state = 'done' AND ${OF_LINE} AND EXISTS (${ACCEPTED}) AND NOT EXISTS (${ACCEPTED_HELD}) RETURNING group_id`,
    ).all(given) as Pick<Moved, 'group_id'>[]
    return rows.map((row) => ({ ...row, from: 'done', to: 'open' }))
  }

  /** The state has them, whatever somebody has done with them since. */
  #accept(given: object): readonly Moved[] {
    return LEFT_STATES.flatMap((from) => {
      const rows = this.#prepare(
        `UPDATE letters SET state = 'done', result = (${ACCEPTED_HELD} LIMIT 1), sent_to = NULL, discarded_ms = NULL, given_back = 0 WHERE pipeline_id = @pipelineId AND state = @from AND gone_back IS NULL AND ${OF_LINE} AND EXISTS (${ACCEPTED_HELD}) RETURNING group_id`,
      ).all({ ...given, from }) as Pick<Moved, 'group_id'>[]
      return rows.map((row): Moved => ({ ...row, from, to: 'done' }))
    })
  }
}

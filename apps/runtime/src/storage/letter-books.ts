/**
 * What is counted of dead letters: by group and state, and by pipeline. Counts are kept with each
 * change, so that a list of groups costs the same however many letters there are.
 */

import type { wire } from '@millrace/pipeline'
import type Sqlite from 'better-sqlite3'
import { beginningText } from '../letters/beginning.ts'
import { BEGINNING_READ, KEPT_STATES } from './letter-rows.ts'

type GroupRow = Record<'node_id' | 'operator' | 'code' | 'pattern' | 'message', string> &
  Record<'id' | 'first_ms' | 'last_ms' | 'open' | 'sent' | 'done' | 'discarded', number> & {
    readonly sample: Buffer | null
  }

type States = Record<'open' | 'sent' | 'done', number>
type Sums = Record<'bytes' | 'seen' | 'discarded' | 'expired' | 'displaced', number>

const NO_SUMS: Sums = { bytes: 0, seen: 0, discarded: 0, expired: 0, displaced: 0 }

export class LetterBooks {
  readonly #prepare: (text: string) => Sqlite.Statement

  constructor(prepare: (text: string) => Sqlite.Statement) {
    this.#prepare = prepare
  }

  /** Those of which letters are kept, also where all of them were discarded. */
  groups(pipelineId: string): readonly wire.LetterGroup[] {
    const newest = KEPT_STATES.map((state) => {
      return `(SELECT substr(raw, 1, ${BEGINNING_READ}) FROM letters WHERE group_id = groups.id AND state = '${state}' ORDER BY seq DESC LIMIT 1)`
    })
    const rows = this.#prepare(
      `SELECT *, COALESCE(${newest.join(', ')}) AS sample FROM groups WHERE pipeline_id = ? AND EXISTS (SELECT 1 FROM letters WHERE group_id = groups.id) ORDER BY open DESC, last_ms DESC LIMIT 1000`,
    ).all(pipelineId) as GroupRow[]
    return rows.map(({ id, node_id, first_ms, last_ms, sample, ...row }) => {
      const { operator, code, pattern, message, open, sent, done, discarded } = row
      return {
        ...{ group: id, nodeId: node_id, operator, code, pattern, message },
        ...{ firstAtMs: first_ms, lastAtMs: last_ms, open, sent, done, discarded },
        ...(sample === null ? {} : { sample: beginningText(sample) }),
      }
    })
  }

  of(pipelineId: string): States & Sums {
    const states = this.#prepare(
      'SELECT COALESCE(SUM(open), 0) AS open, COALESCE(SUM(sent), 0) AS sent, COALESCE(SUM(done), 0) AS done FROM groups WHERE pipeline_id = ?',
    ).get(pipelineId) as States
    const sums = this.#prepare(
      'SELECT bytes, seen, discarded, expired, displaced FROM books WHERE pipeline_id = ?',
    ).get(pipelineId) as Sums | undefined
    return { ...states, ...(sums ?? NO_SUMS) }
  }

  /** A letter that is seen for the first time. */
  seen(pipelineId: string, bytes: number): void {
    this.#prepare(
      'INSERT INTO books (pipeline_id, bytes, seen) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, seen = seen + 1',
    ).run(pipelineId, bytes)
  }

  /** One of a group is in another state now, or has come or gone. */
  move(group: number, from: wire.LetterState | undefined, to: wire.LetterState | undefined): void {
    if (from !== undefined) {
      this.#prepare(`UPDATE groups SET ${from} = ${from} - 1 WHERE id = ?`).run(group)
    }
    if (to !== undefined) {
      this.#prepare(`UPDATE groups SET ${to} = ${to} + 1 WHERE id = ?`).run(group)
    }
  }

  add(pipelineId: string, sum: keyof Sums, count: number): void {
    if (count === 0) return
    this.#prepare(`UPDATE books SET ${sum} = ${sum} + ? WHERE pipeline_id = ?`).run(
      count,
      pipelineId,
    )
  }
}

/**
 * Dead letters of all pipelines, across their jobs: what was refused, grouped by cause, and what
 * has become of what was sent in again.
 */

import { encodeState, toUtf8 } from '@millrace/engine'
import type { RefusalCause, wire } from '@millrace/pipeline'
import type Sqlite from 'better-sqlite3'
import { causePattern } from '../letters/cause-pattern.ts'
import type { BegunEvent, LetterEvent, WrittenRequest } from '../letters/letter-events.ts'
import { LetterLine, type SavedLine, type ToldAt } from '../letters/letter-line.ts'
import { LetterBooks } from './letter-books.ts'
import { LetterEviction, type LetterLimits } from './letter-eviction.ts'
import { LetterHistory, type Moved } from './letter-history.ts'
import {
  BEGINNINGS,
  KEPT_STATES,
  type LetterDetail,
  type LetterName,
  type LetterRow,
  requestOf,
  type StoredLetter,
  toLetter,
} from './letter-rows.ts'

export interface LetterQuery {
  readonly pipelineId: string
  readonly group?: number | undefined
  /** All but those that were discarded if left out. */
  readonly states?: readonly wire.LetterState[] | undefined
  readonly before?: number | undefined
  readonly after?: number | undefined
  /** Only those whose record contains it, as it came or was corrected. */
  readonly search?: string | undefined
  readonly limit: number
}

/** What a letter takes beside its bytes, about. */
const LETTER_BYTES = 500
/** Thrown to end a transaction without a trace. */
const TAKEN_BACK = new Error('Taken back.')
/** As bytes, so that nothing in them ends it, and as a text, of which the case does not matter. */
const CONTAINS = `(instr(raw, @bytes) OR instr(lower(CAST(raw AS TEXT)), @text)
  OR instr(edited, @bytes) OR instr(lower(CAST(edited AS TEXT)), @text))`
const OF_GROUP = 'group_id = @group AND pipeline_id = @pipelineId'

export class LetterStore {
  readonly #sqlite: Sqlite.Database
  readonly #statements = new Map<string, Sqlite.Statement>()
  readonly #books: LetterBooks
  readonly #eviction: LetterEviction
  readonly #history: LetterHistory

  constructor(sqlite: Sqlite.Database, limits: LetterLimits) {
    this.#sqlite = sqlite
    const prepare = (text: string): Sqlite.Statement => this.#run(text)
    this.#books = new LetterBooks(prepare)
    this.#eviction = new LetterEviction(limits, prepare, this.#books)
    this.#history = new LetterHistory(sqlite, prepare)
  }

  get limits(): LetterLimits {
    return this.#eviction.limits
  }

  close(): void {
    this.#sqlite.close()
  }

  /** Where reading what jobs tell goes on. */
  get place(): number {
    return (this.#run('SELECT place FROM tail').get() as { place: number }).place
  }

  /**
   * Takes in what jobs have told, all of it or nothing; the next place is noted with it. Returns
   * whose letters have changed.
   */
  apply(
    events: readonly LetterEvent[],
    place: number,
    pipelineOf: (jobId: string) => string | undefined,
    nowMs: number,
  ): ReadonlySet<string> {
    return this.#atOnce(() => {
      const touched = new Set<string>()
      for (const event of events) {
        const pipelineId = pipelineOf(event.jobId)
        // The pipeline has been deleted, and its letters with it.
        if (pipelineId === undefined) continue
        touched.add(pipelineId)
        if (event.kind === 'refused') this.#add(pipelineId, event)
        else if (event.kind === 'outcome') this.#tried(event)
        else this.#goOn(pipelineId, event)
      }
      for (const pipelineId of touched) this.#eviction.keepLimits(pipelineId, nowMs)
      this.#run('UPDATE tail SET place = ?').run(place)
      return touched
    })
  }

  /** Those of which letters are kept, also where all of them were discarded. */
  groups(pipelineId: string): readonly wire.LetterGroup[] {
    return this.#books.groups(pipelineId)
  }

  books(pipelineId: string): wire.LetterBooks {
    return { ...this.#books.of(pipelineId), limits: { ...this.limits } }
  }

  /** Their beginnings: the newest first, or the oldest where only `after` is given. */
  list(query: LetterQuery): readonly StoredLetter[] {
    return this.#select<LetterRow>(BEGINNINGS, query).map(toLetter)
  }

  /** In the same order. */
  names(query: LetterQuery): readonly LetterName[] {
    return this.#select<LetterName>('seq, id, bytes', query)
  }

  #select<Found extends { readonly seq: number }>(
    columns: string,
    { states = KEPT_STATES, ...query }: LetterQuery,
  ): readonly Found[] {
    const { pipelineId, group, before, after, search, limit } = query
    const where = ['state = @state', group === undefined ? 'pipeline_id = @pipelineId' : OF_GROUP]
    if (before !== undefined) where.push('seq < @before')
    if (after !== undefined) where.push('seq > @after')
    if (search !== undefined) where.push(CONTAINS)
    const forwards = after !== undefined && before === undefined
    const text = `SELECT ${columns} FROM letters WHERE ${where.join(' AND ')} ORDER BY seq ${forwards ? 'ASC' : 'DESC'} LIMIT @limit`
    // State by state, since an index has them in order within a state.
    const found = [...new Set(states)].flatMap((state) => {
      const given = { pipelineId, group, before, after, limit, state }
      const sought = search === undefined ? {} : soughtParts(search)
      const known = Object.entries({ ...given, ...sought }).filter(([, of]) => of !== undefined)
      return this.#run(text).all(Object.fromEntries(known)) as Found[]
    })
    const inOrder = found.toSorted((a, b) => (forwards ? a.seq - b.seq : b.seq - a.seq))
    return inOrder.slice(0, limit)
  }

  find(pipelineId: string, id: string): StoredLetter | undefined {
    const row = this.#find(id)
    return row === undefined || row.pipeline_id !== pipelineId ? undefined : toLetter(row)
  }

  /** Those that came about when this one was sent in again. */
  followers(id: string): readonly StoredLetter[] {
    const rows = this.#run(
      `SELECT ${BEGINNINGS} FROM letters WHERE resend_of = ? ORDER BY seq LIMIT 100`,
    ).all(id)
    return (rows as LetterRow[]).map(toLetter)
  }

  /** Notes that it is sent in again; returns what is to be written, undefined if it is not open. */
  send(
    id: string,
    jobId: string,
    edited: Uint8Array | undefined,
    eventTimeMs: number | undefined,
  ): WrittenRequest | undefined {
    return this.#atOnce(() => {
      const row = this.#find(id)
      if (row?.state !== 'open') return undefined
      this.#run(
        "UPDATE letters SET state = 'sent', attempts = attempts + 1, sent_to = ?, result = NULL, given_back = 0, edited = COALESCE(?, edited) WHERE seq = ?",
      ).run(jobId, edited === undefined ? null : Buffer.from(edited), row.seq)
      if (eventTimeMs !== undefined) {
        const detail = { ...toLetter(row).detail, editedTimeMs: eventTimeMs }
        this.#run('UPDATE letters SET detail = ? WHERE seq = ?').run(
          ...[Buffer.from(encodeState(detail)), row.seq],
        )
      }
      this.#books.move(row.group_id, 'open', 'sent')
      return this.#requestOf(this.#find(id) ?? row)
    })
  }

  /** As they came, those of them that are open, all or none. */
  sendAll(ids: readonly string[], jobId: string): readonly WrittenRequest[] {
    return this.#atOnce(() => ids.flatMap((id) => this.send(id, jobId, undefined, undefined) ?? []))
  }

  /** What was written down and may not have reached the log. */
  sentTo(jobId: string): readonly WrittenRequest[] {
    const rows = this.#run('SELECT * FROM letters WHERE sent_to = ? ORDER BY seq').all(jobId)
    return (rows as LetterRow[]).map((row) => this.#requestOf(row))
  }

  jobsSentTo(): readonly string[] {
    const rows = this.#run('SELECT DISTINCT sent_to FROM letters WHERE sent_to IS NOT NULL').all()
    return (rows as { sent_to: string }[]).map(({ sent_to }) => sent_to)
  }

  /** The job has ended, and says no more what has become of them. */
  reopen(jobId: string): void {
    this.#atOnce(() => {
      const rows = this.#run('SELECT * FROM letters WHERE sent_to = ?').all(jobId) as LetterRow[]
      for (const row of rows) this.#settle(row, 'open', null)
    })
  }

  /** Returns how many were open and are discarded now. */
  discard(pipelineId: string, ids: readonly string[], nowMs: number): number {
    return this.#atOnce(() => {
      const count = this.#changeEach(pipelineId, ids, 'open', 'discarded', nowMs)
      this.#eviction.keepLimits(pipelineId, nowMs)
      return count
    })
  }

  /**
   * Returns how many were discarded and are open again. Those whose records are read again only if
   * they are meant by name: then they are of no history any more.
   */
  restore(pipelineId: string, ids: readonly string[], byName: boolean): number {
    return this.#atOnce(() => {
      const meant = ids.filter((id) => byName || this.#find(id)?.gone_back === null)
      for (const id of meant) {
        this.#run(
          "UPDATE letters SET gone_back = NULL, job = '', root = NULL, number = NULL WHERE id = ? AND pipeline_id = ? AND gone_back IS NOT NULL",
        ).run(id, pipelineId)
      }
      return this.#changeEach(pipelineId, meant, 'discarded', 'open', null)
    })
  }

  #changeEach(
    pipelineId: string,
    ids: readonly string[],
    from: 'open' | 'discarded',
    to: 'open' | 'discarded',
    discardedMs: number | null,
  ): number {
    let count = 0
    for (const id of ids) {
      const row = this.#find(id)
      if (row?.pipeline_id !== pipelineId || row.state !== from) continue
      this.#run('UPDATE letters SET state = ?, discarded_ms = ? WHERE seq = ?').run(
        ...[to, discardedMs, row.seq],
      )
      this.#books.move(row.group_id, from, to)
      count++
    }
    this.#books.add(pipelineId, 'discarded', to === 'discarded' ? count : -count)
    return count
  }

  forget(pipelineId: string): void {
    this.#atOnce(() => {
      this.#run('DELETE FROM letters WHERE pipeline_id = ?').run(pipelineId)
      this.#run('DELETE FROM attempts WHERE pipeline_id = ?').run(pipelineId)
      this.#run('DELETE FROM groups WHERE pipeline_id = ?').run(pipelineId)
      this.#run('DELETE FROM books WHERE pipeline_id = ?').run(pipelineId)
    })
  }

  /** What a job that goes on from a checkpoint would do to letters, which stay as they are. */
  wouldMove(pipelineId: string, saved: SavedLine): readonly Omit<Moved, 'group_id'>[] {
    const { root, before } = new LetterLine('', saved)
    let moved: readonly Moved[] = []
    const tried = this.#sqlite.transaction(() => {
      moved = this.#history.goOn(pipelineId, { kind: 'begun', jobId: '', root, before })
      throw TAKEN_BACK
    })
    try {
      tried.immediate()
    } catch (error) {
      if (error !== TAKEN_BACK) throw error
    }
    return moved
  }

  #goOn(pipelineId: string, event: BegunEvent): void {
    let discarded = 0
    for (const { group_id, from, to } of this.#history.goOn(pipelineId, event)) {
      this.#books.move(group_id, from, to)
      discarded += Number(to === 'discarded') - Number(from === 'discarded')
    }
    this.#books.add(pipelineId, 'discarded', discarded)
  }

  #add(
    pipelineId: string,
    { id, jobId, letter, at }: Extract<LetterEvent, { kind: 'refused' }>,
  ): void {
    // A job that was begun anew tells of the same again, and it may stand elsewhere then.
    if (this.#find(id) !== undefined) {
      if (at !== undefined)
        this.#run('UPDATE letters SET number = ? WHERE id = ? AND root = ?').run(
          ...[at.number, id, at.root],
        )
      return
    }
    const { raw, bytes, resendOf, ...detail } = letter
    const content = bytes ?? toUtf8(raw)
    const size = content.length + LETTER_BYTES
    const { refusedAtMs } = letter
    const cause = { code: letter.code, message: letter.reason }
    const group = this.#groupOf(pipelineId, detail, cause, refusedAtMs)
    this.#run(
      "INSERT INTO letters (id, pipeline_id, group_id, state, resend_of, refused_ms, bytes, raw, detail, job, root, number) VALUES (?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(
      ...[id, pipelineId, group, resendOf?.letterId ?? null, refusedAtMs, size],
      Buffer.from(content),
      Buffer.from(encodeState(detail)),
      ...[jobId, at?.root ?? null, at?.number ?? null],
    )
    this.#books.move(group, undefined, 'open')
    this.#books.seen(pipelineId, size)
  }

  #groupOf(
    pipelineId: string,
    { nodeId, operator }: LetterDetail,
    { code, message }: RefusalCause,
    atMs: number,
  ): number {
    const found = this.#run(
      'INSERT INTO groups (pipeline_id, node_id, operator, code, pattern, message, first_ms, last_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET last_ms = MAX(last_ms, excluded.last_ms), message = excluded.message RETURNING id',
    ).get(pipelineId, nodeId, operator, code, causePattern(message), message, atMs, atMs)
    return (found as { id: number }).id
  }

  /**
   * Told again by a job that was begun anew, it has been settled already. A job that failed when
   * its checkpoint was stored and not yet told has given the letter back; then it is told by
   * whoever goes on from that checkpoint, and is true all the same.
   */
  #tried({ jobId, outcome, at }: Extract<LetterEvent, { kind: 'outcome' }>): void {
    const { letterId, attempt, result, cause, atMs } = outcome
    const row = this.#find(letterId)
    if (row !== undefined && at !== undefined) {
      this.#history.noteAttempt(row, outcome, { jobId, ...at })
    }
    if (row?.attempts !== attempt || row.result !== null || row.gone_back !== null) return
    if (result !== 'refused' || cause === undefined) {
      if (row.state === 'discarded')
        this.#changeEach(row.pipeline_id, [row.id], 'discarded', 'open', null)
      this.#settle(this.#find(letterId) ?? row, 'done', result)
      this.#regroupAsItCame(letterId)
      return
    }
    if (row.state === 'discarded') return
    const { code, message: reason, column } = cause
    const { detail: before } = toLetter(row)
    const detail = { ...before, ...firstCause(row, before), code, reason, column }
    const group = this.#groupOf(row.pipeline_id, detail, cause, atMs)
    this.#settle(row, 'open', result)
    this.#books.move(row.group_id, 'open', undefined)
    this.#books.move(group, undefined, 'open')
    this.#run('UPDATE letters SET group_id = ?, detail = ? WHERE seq = ?').run(
      ...[group, Buffer.from(encodeState(detail)), row.seq],
    )
  }

  /** What is accepted stands with why it was refused as it came, not as it was corrected once. */
  #regroupAsItCame(letterId: string): void {
    const row = this.#find(letterId)
    if (row === undefined) return
    const { detail } = toLetter(row)
    if (detail.first === undefined) return
    const cause = { code: detail.first.code, message: detail.first.reason }
    const group = this.#groupOf(row.pipeline_id, detail, cause, detail.refusedAtMs)
    this.#books.move(row.group_id, 'done', undefined)
    this.#books.move(group, undefined, 'done')
    this.#run('UPDATE letters SET group_id = ? WHERE seq = ?').run(group, row.seq)
  }

  #settle(row: LetterRow, state: 'open' | 'done', result: string | null): void {
    this.#run('UPDATE letters SET state = ?, result = ?, sent_to = NULL WHERE seq = ?').run(
      ...[state, result, row.seq],
    )
    this.#books.move(row.group_id, row.state, state)
  }

  #requestOf(row: LetterRow): WrittenRequest {
    const { job: jobId, root, number } = row
    const acceptedAt = this.#history.acceptedAt(row.seq)
    const refusedAgainAt = this.#history.refusedAgainAt(row.seq)
    return {
      ...requestOf(row),
      ...(jobId === null || root === null || number === null
        ? {}
        : { refusedAt: { jobId, root, number } satisfies ToldAt }),
      ...(refusedAgainAt.length === 0 ? {} : { refusedAgainAt }),
      ...(acceptedAt.length === 0 ? {} : { acceptedAt }),
    }
  }

  #find(id: string): LetterRow | undefined {
    return this.#run('SELECT * FROM letters WHERE id = ?').get(id) as LetterRow | undefined
  }

  #atOnce<T>(act: () => T): T {
    return this.#sqlite.transaction(act).immediate()
  }

  #run(text: string): Sqlite.Statement {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    const statement = this.#sqlite.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }
}

/** SQLite's `lower` knows A to Z alone. */
function soughtParts(search: string): { readonly bytes: Buffer; readonly text: string } {
  const text = search.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return { bytes: Buffer.from(search), text }
}

/** What it was corrected to has a cause of its own. */
function firstCause({ edited }: LetterRow, detail: LetterDetail): Pick<LetterDetail, 'first'> {
  if (edited === null || detail.first !== undefined) return {}
  const { code, reason, column } = detail
  return { first: { code, reason, column } }
}

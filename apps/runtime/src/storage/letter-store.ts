/**
 * Dead letters of all pipelines, across their jobs: what was refused, grouped by cause, and what
 * has become of what was sent in again. Counts of groups are kept with each change, so that a list
 * of groups costs the same however many letters there are.
 */

import { type DeadLetter, decodeState, encodeState, toUtf8 } from '@millrace/engine'
import type { RefusalCause, wire } from '@millrace/pipeline'
import type Sqlite from 'better-sqlite3'
import { BEGINNING_BYTES, beginningText } from '../letters/beginning.ts'
import { causePattern } from '../letters/cause-pattern.ts'
import type { BegunEvent, LetterEvent, WrittenRequest } from '../letters/letter-events.ts'
import type { ToldAt } from '../letters/letter-line.ts'
import { LetterHistory } from './letter-history.ts'

export interface LetterLimits {
  /** Of each pipeline. The oldest go first: discarded, then done, then open ones. */
  readonly countMax: number
  readonly bytesMax: number
  readonly keepMs: number
  /** For so long it can be taken back that one was discarded. */
  readonly keepDiscardedMs: number
}

export interface StoredLetter {
  readonly seq: number
  readonly id: string
  readonly jobId: string
  readonly group: number
  readonly state: wire.LetterState
  readonly attempts: number
  readonly result: wire.LetterSummary['result'] | undefined
  readonly resendOf: string | undefined
  /** It was refused in a history that a job has gone back from, so its record is read again. */
  readonly goneBack: boolean
  /** It was accepted in such a history, so it waits again. */
  readonly givenBack: boolean
  readonly bytes: number
  readonly raw: Uint8Array
  readonly edited: Uint8Array | undefined
  readonly detail: LetterDetail
}

/** What is needed to go through many. */
export type LetterName = Pick<StoredLetter, 'seq' | 'id' | 'bytes'>

/** A letter without its bytes. */
export type LetterDetail = Omit<DeadLetter, 'raw' | 'bytes' | 'resendOf'> & {
  /** The job that refused it last, where it is not the first one. */
  readonly refusedIn?: string
  /** As somebody has corrected it. */
  readonly editedTimeMs?: number
}

interface Row {
  readonly seq: number
  readonly id: string
  readonly pipeline_id: string
  readonly group_id: number
  readonly state: wire.LetterState
  readonly attempts: number
  readonly result: wire.LetterSummary['result'] | null
  readonly resend_of: string | null
  readonly bytes: number
  readonly raw: Buffer
  readonly edited: Buffer | null
  readonly detail: Buffer
  /** Where its refusal was told. */
  readonly job: string | null
  readonly root: string | null
  readonly number: number | null
  /** The state before it was put aside. */
  readonly gone_back: wire.LetterState | null
  readonly given_back: number
}

type CountedRow = Pick<Row, 'seq' | 'group_id' | 'pipeline_id' | 'state' | 'bytes'>

type GroupRow = Record<'node_id' | 'operator' | 'code' | 'pattern' | 'message', string> &
  Record<'id' | 'first_ms' | 'last_ms' | 'open' | 'sent' | 'done' | 'discarded', number> & {
    readonly sample: Buffer | null
  }

export interface LetterQuery {
  readonly pipelineId: string
  readonly group?: number | undefined
  /** All but those that were discarded if left out. */
  readonly states?: readonly wire.LetterState[] | undefined
  readonly before?: number | undefined
  readonly after?: number | undefined
  readonly limit: number
}

/** What a letter takes beside its bytes, about. */
const LETTER_BYTES = 500
/** More than is shown, so that it is seen to go on. */
const BEGINNING_READ = BEGINNING_BYTES + 1
const KEPT_STATES: readonly wire.LetterState[] = ['open', 'sent', 'done']
/** For lists: letters may be long. */
const BEGINNINGS = `seq, id, pipeline_id, group_id, state, attempts, result, resend_of, bytes, detail, gone_back, given_back, substr(raw, 1, ${BEGINNING_READ}) AS raw, NULL AS edited`
const COUNTED = 'seq, group_id, pipeline_id, state, bytes'
const OF_GROUP = 'group_id = @group AND pipeline_id = @pipelineId'

export class LetterStore {
  readonly limits: LetterLimits
  readonly #sqlite: Sqlite.Database
  readonly #statements = new Map<string, Sqlite.Statement>()
  readonly #history: LetterHistory

  constructor(sqlite: Sqlite.Database, limits: LetterLimits) {
    this.#sqlite = sqlite
    this.limits = limits
    this.#history = new LetterHistory(sqlite, (text) => this.#run(text))
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
      for (const pipelineId of touched) this.#keepLimits(pipelineId, nowMs)
      this.#run('UPDATE tail SET place = ?').run(place)
      return touched
    })
  }

  /** Those of which letters are kept, also where all of them were discarded. */
  groups(pipelineId: string): readonly wire.LetterGroup[] {
    const newest = KEPT_STATES.map((state) => {
      return `(SELECT substr(raw, 1, ${BEGINNING_READ}) FROM letters WHERE group_id = groups.id AND state = '${state}' ORDER BY seq DESC LIMIT 1)`
    })
    const rows = this.#run(
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

  books(pipelineId: string): wire.LetterBooks {
    const sums = this.#run(
      'SELECT COALESCE(SUM(open), 0) AS open, COALESCE(SUM(sent), 0) AS sent, COALESCE(SUM(done), 0) AS done FROM groups WHERE pipeline_id = ?',
    ).get(pipelineId) as Record<'open' | 'sent' | 'done', number>
    const kept = this.#run(
      'SELECT bytes, seen, discarded, expired, displaced FROM books WHERE pipeline_id = ?',
    ).get(pipelineId) as
      | Record<'bytes' | 'seen' | 'discarded' | 'expired' | 'displaced', number>
      | undefined
    const none = { bytes: 0, seen: 0, discarded: 0, expired: 0, displaced: 0 }
    return { ...sums, ...(kept ?? none), limits: { ...this.limits } }
  }

  /** Their beginnings: the newest first, or the oldest where `after` is given. */
  list(query: LetterQuery): readonly StoredLetter[] {
    return this.#select<Row>(BEGINNINGS, query).map(toLetter)
  }

  /** In the same order. */
  names(query: LetterQuery): readonly LetterName[] {
    return this.#select<LetterName>('seq, id, bytes', query)
  }

  #select<Found extends { readonly seq: number }>(
    columns: string,
    { states = KEPT_STATES, ...query }: LetterQuery,
  ): readonly Found[] {
    const { pipelineId, group, before, after, limit } = query
    const where = ['state = @state', group === undefined ? 'pipeline_id = @pipelineId' : OF_GROUP]
    if (before !== undefined) where.push('seq < @before')
    if (after !== undefined) where.push('seq > @after')
    const forwards = after !== undefined
    const text = `SELECT ${columns} FROM letters WHERE ${where.join(' AND ')} ORDER BY seq ${forwards ? 'ASC' : 'DESC'} LIMIT @limit`
    // State by state, since an index has them in order within a state.
    const found = [...new Set(states)].flatMap((state) => {
      const given = { pipelineId, group, before, after, limit, state }
      const known = Object.entries(given).filter(([, value]) => value !== undefined)
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
    return (rows as Row[]).map(toLetter)
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
      this.#count(row.group_id, 'open', 'sent')
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
    return (rows as Row[]).map((row) => this.#requestOf(row))
  }

  jobsSentTo(): readonly string[] {
    const rows = this.#run('SELECT DISTINCT sent_to FROM letters WHERE sent_to IS NOT NULL').all()
    return (rows as { sent_to: string }[]).map(({ sent_to }) => sent_to)
  }

  /** The job has ended, and says no more what has become of them. */
  reopen(jobId: string): void {
    this.#atOnce(() => {
      const rows = this.#run('SELECT * FROM letters WHERE sent_to = ?').all(jobId) as Row[]
      for (const row of rows) this.#settle(row, 'open', null)
    })
  }

  /** Returns how many were open and are discarded now. */
  discard(pipelineId: string, ids: readonly string[], nowMs: number): number {
    return this.#atOnce(() => {
      const count = this.#changeEach(pipelineId, ids, 'open', 'discarded', nowMs)
      this.#keepLimits(pipelineId, nowMs)
      return count
    })
  }

  /**
   * Returns how many were discarded and are open again. Those whose records are read again only if
   * they are meant by name: then they are of no history any more.
   */
  restore(pipelineId: string, ids: readonly string[], byName: boolean): number {
    return this.#atOnce(() => {
      const rows = ids.map((id) => this.#find(id))
      const meant = rows.filter((row) => row !== undefined && (byName || row.gone_back === null))
      for (const row of meant) {
        if (row?.gone_back == null) continue
        this.#run(
          "UPDATE letters SET gone_back = NULL, job = '', root = NULL, number = NULL WHERE seq = ?",
        ).run(row.seq)
      }
      const names = meant.flatMap((row) => row?.id ?? [])
      return this.#changeEach(pipelineId, names, 'discarded', 'open', null)
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
      this.#count(row.group_id, from, to)
      count++
    }
    this.#run('UPDATE books SET discarded = discarded + ? WHERE pipeline_id = ?').run(
      ...[to === 'discarded' ? count : -count, pipelineId],
    )
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

  #goOn(pipelineId: string, event: BegunEvent): void {
    let discarded = 0
    for (const { group_id, from, to } of this.#history.goOn(pipelineId, event)) {
      this.#count(group_id, from, to)
      discarded += Number(to === 'discarded') - Number(from === 'discarded')
    }
    this.#run('UPDATE books SET discarded = discarded + ? WHERE pipeline_id = ?').run(
      ...[discarded, pipelineId],
    )
    for (const { seq, refused_in } of this.#history.refusedAgain(pipelineId, event.root)) {
      const row = this.#run('SELECT * FROM letters WHERE seq = ?').get(seq) as Row
      const { refusedIn, ...detail } = toLetter(row).detail
      if (refusedIn === (refused_in ?? undefined)) continue
      const known = refused_in === null ? detail : { ...detail, refusedIn: refused_in }
      this.#run('UPDATE letters SET detail = ? WHERE seq = ?').run(
        ...[Buffer.from(encodeState(known)), seq],
      )
    }
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
    this.#count(group, undefined, 'open')
    this.#run(
      'INSERT INTO books (pipeline_id, bytes, seen) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, seen = seen + 1',
    ).run(pipelineId, size)
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
      return
    }
    if (row.state === 'discarded') return
    const { code, message: reason, column } = cause
    const detail = { ...toLetter(row).detail, code, reason, column, refusedIn: jobId }
    const group = this.#groupOf(row.pipeline_id, detail, cause, atMs)
    this.#settle(row, 'open', result)
    this.#count(row.group_id, 'open', undefined)
    this.#count(group, undefined, 'open')
    this.#run('UPDATE letters SET group_id = ?, detail = ? WHERE seq = ?').run(
      ...[group, Buffer.from(encodeState(detail)), row.seq],
    )
  }

  #settle(row: Row, state: 'open' | 'done', result: string | null): void {
    this.#run('UPDATE letters SET state = ?, result = ?, sent_to = NULL WHERE seq = ?').run(
      ...[state, result, row.seq],
    )
    this.#count(row.group_id, row.state, state)
  }

  #count(
    group: number,
    from: wire.LetterState | undefined,
    to: wire.LetterState | undefined,
  ): void {
    if (from !== undefined)
      this.#run(`UPDATE groups SET ${from} = ${from} - 1 WHERE id = ?`).run(group)
    if (to !== undefined) this.#run(`UPDATE groups SET ${to} = ${to} + 1 WHERE id = ?`).run(group)
  }

  #keepLimits(pipelineId: string, nowMs: number): void {
    const { countMax, bytesMax, keepMs, keepDiscardedMs } = this.limits
    const forgotten = this.#run(
      `SELECT ${COUNTED} FROM letters WHERE pipeline_id = ? AND state = 'discarded' AND discarded_ms < ? LIMIT 10000`,
    ).all(pipelineId, nowMs - keepDiscardedMs) as CountedRow[]
    for (const row of forgotten) this.#remove(row)
    const old = this.#run(
      `SELECT ${COUNTED} FROM letters WHERE pipeline_id = ? AND refused_ms < ? AND state <> 'sent' LIMIT 10000`,
    ).all(pipelineId, nowMs - keepMs) as CountedRow[]
    this.#letGo(pipelineId, old, 'expired')
    for (;;) {
      const { open, sent, done, bytes } = this.books(pipelineId)
      const discarded = this.#countDiscarded(pipelineId)
      const tooMany = open + sent + done + discarded - countMax
      if (tooMany <= 0 && bytes <= bytesMax) return
      const oldest = this.#run(
        `SELECT ${COUNTED} FROM letters WHERE pipeline_id = ? AND state = ? ORDER BY seq LIMIT ?`,
      ).all(pipelineId, firstOf({ discarded, done }), Math.max(1, tooMany)) as CountedRow[]
      // All that is left is under way.
      if (oldest.length === 0) return
      this.#letGo(pipelineId, oldest, 'displaced')
    }
  }

  #countDiscarded(pipelineId: string): number {
    const { count } = this.#run(
      "SELECT COUNT(*) AS count FROM letters WHERE pipeline_id = ? AND state = 'discarded'",
    ).get(pipelineId) as { count: number }
    return count
  }

  /** Of those that are done or discarded nothing is lost. */
  #letGo(pipelineId: string, rows: readonly CountedRow[], why: 'expired' | 'displaced'): void {
    for (const row of rows) this.#remove(row)
    const open = rows.filter(({ state }) => state === 'open').length
    if (open === 0) return
    this.#run(`UPDATE books SET ${why} = ${why} + ? WHERE pipeline_id = ?`).run(open, pipelineId)
  }

  #remove({ seq, group_id, state, bytes, pipeline_id }: CountedRow): void {
    this.#run('DELETE FROM letters WHERE seq = ?').run(seq)
    this.#run('DELETE FROM attempts WHERE seq = ?').run(seq)
    // Those that were discarded stay counted.
    if (state !== 'discarded') this.#count(group_id, state, undefined)
    this.#run('UPDATE books SET bytes = bytes - ? WHERE pipeline_id = ?').run(bytes, pipeline_id)
  }

  #requestOf(row: Row): WrittenRequest {
    const { job: jobId, root, number } = row
    const acceptedAt = this.#history.acceptedAt(row.seq)
    return {
      ...requestOf(row),
      ...(jobId === null || root === null || number === null
        ? {}
        : { refusedAt: { jobId, root, number } satisfies ToldAt }),
      ...(acceptedAt.length === 0 ? {} : { acceptedAt }),
    }
  }

  #find(id: string): Row | undefined {
    return this.#run('SELECT * FROM letters WHERE id = ?').get(id) as Row | undefined
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

/** Which of them go first. */
function firstOf(kept: { readonly discarded: number; readonly done: number }): wire.LetterState {
  if (kept.discarded > 0) return 'discarded'
  return kept.done > 0 ? 'done' : 'open'
}

function toLetter(row: Row): StoredLetter {
  const { seq, id, group_id: group, state, attempts, result, resend_of, bytes, raw, edited } = row
  return {
    ...{ seq, id, group, state, attempts, bytes },
    goneBack: row.gone_back !== null,
    givenBack: row.given_back === 1,
    // A name begins with its job.
    jobId: id.slice(0, id.indexOf('.')),
    result: result ?? undefined,
    resendOf: resend_of ?? undefined,
    raw: new Uint8Array(raw),
    edited: edited === null ? undefined : new Uint8Array(edited),
    detail: decodeState(new Uint8Array(row.detail)) as unknown as LetterDetail,
  }
}

function requestOf(row: Row): WrittenRequest {
  const { id, jobId, attempts, raw, edited, detail } = toLetter(row)
  const { nodeId, channel, key, timestampMs, place, refusedIn = row.job ?? jobId } = detail
  const eventTimeMs = detail.editedTimeMs ?? detail.eventTimeMs
  return {
    ...{ letterId: id, attempt: attempts, nodeId, bytes: edited ?? raw, refusedIn },
    ...(channel === undefined ? {} : { channel }),
    ...(eventTimeMs === undefined ? {} : { eventTimeMs }),
    ...(key === undefined ? {} : { key }),
    ...(timestampMs === undefined ? {} : { timestampMs }),
    ...(place?.partition === undefined ? {} : { partition: place.partition }),
    ...(place?.offset === undefined ? {} : { offset: place.offset }),
  }
}

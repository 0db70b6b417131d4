/**
 * Runs session windows over a table. A row that is taken back may be what held a session together,
 * so the records of each time are kept apart, as *points*, and a session is the sum of its points:
 *
 *     gap = 3    points     1  3  5         one session [1, 8)
 *                           1     5         without 3, two of them: [1, 4) and [5, 8)
 *
 * After each change the sessions of its group are found anew. Those that are no more take their
 * results back, and those that have come to be give theirs, if they are due.
 */

import {
  type Batch,
  type Change,
  type Emit,
  type EventTimer,
  type EventTimers,
  type Handler,
  inOrder,
  type RunContext,
  type StateTable,
  type StateValue,
} from '@millrace/engine'
import { compareKeys, EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { isOld } from './change-kinds.ts'
import { EarlyClock } from './early-clock.ts'
import type { WindowConfig } from './window-config.ts'
import { type Group, WindowGroups, type WindowPort } from './window-groups.ts'
import { nothingSent, type Sent, WindowResults } from './window-results.ts'

/** The records of a group at one time. */
interface Point extends Group {
  readonly timeMs: number
  records: number
}

/** [startMs, endMs) */
interface TableSession {
  readonly startMs: number
  readonly endMs: number
  timerMs: number
  fired: boolean
  readonly sent: Sent
}

/** All of one group. */
export interface SessionGroup {
  readonly points: Point[]
  sessions: TableSession[]
}

const ALL = 0

export class TableSessions implements Handler {
  readonly #gapMs: number
  readonly #config: WindowConfig
  readonly #context: RunContext
  readonly #emit: Emit<WindowPort>
  readonly #groups: WindowGroups
  readonly #results: WindowResults
  /** By key. */
  readonly #table: StateTable<SessionGroup>
  readonly #timers: EventTimers
  readonly #early: EarlyClock
  readonly #changed: StateTable<true>
  /** The groups whose sessions are found anew once the row that replaces a row is there. */
  readonly #waiting: StateValue<readonly { readonly key: Key; readonly timeMs: number }[]>

  constructor(gapMs: number, config: WindowConfig, context: RunContext, emit: Emit<WindowPort>) {
    const { state } = context
    this.#gapMs = gapMs
    this.#config = config
    this.#context = context
    this.#emit = emit
    this.#groups = new WindowGroups(config, context, emit)
    this.#results = new WindowResults(config, this.#groups, emit)
    this.#table = state.table('table-sessions')
    this.#timers = state.timers('ends')
    this.#early = new EarlyClock(config.early?.every, context)
    this.#changed = state.table('changed')
    this.#waiting = state.value('waiting', [])
  }

  rows(input: number, { rows, times, changes }: Batch, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const change = changes?.[index] ?? '+I'
      if (change !== '+U') this.#endWaiting()
      const key = this.#groups.readKey(row)
      const changed = isOld(change)
        ? this.#takeBack(row, timeMs, key, change)
        : this.#add(input, row, timeMs, key, change)
      if (changed && change === '-U') this.#waiting.set([{ key, timeMs }])
      else if (changed) this.#find(key, timeMs)
      if (change === '+U') this.#endWaiting()
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    this.#endWaiting()
    return this.#timers.nextMs() <= watermarkMs ? this.#fireDue(watermarkMs) : undefined
  }

  nextProcessingMs(): number {
    return this.#early.dueMs()
  }

  *processingTime(): Generator<void, void> {
    this.#endWaiting()
    yield* this.#fireEarly()
    this.#early.done()
  }

  /** False where nothing has changed: the record is late, or was refused. */
  #add(input: number, row: Row, timeMs: number, key: Key, change: Change): boolean {
    const { ledger, progress } = this.#context
    const known = this.#table.change(ALL, key)
    const { points } = known ?? { points: [] }
    const place = indexFrom(points, timeMs)
    if (
      this.#endWith(points, place, timeMs) - 1 + this.#config.allowedLateness <=
      progress.watermarkMs
    ) {
      this.#leaveLate(row, timeMs, change)
      return false
    }
    const point = points[place]
    if (point?.timeMs === timeMs) {
      if (!this.#groups.add(point, input, row, timeMs)) return false
      point.records++
    } else {
      const begun = this.#groups.begin(row)
      if (!this.#groups.add(begun, input, row, timeMs)) return false
      points.splice(place, 0, { ...begun, timeMs, records: 1 })
    }
    if (known === undefined) this.#table.put(ALL, key, { points, sessions: [] })
    ledger.held++
    return true
  }

  #takeBack(row: Row, timeMs: number, key: Key, change: Change): boolean {
    const { ledger, progress } = this.#context
    const { points } = this.#table.change(ALL, key) ?? { points: [] }
    const place = indexFrom(points, timeMs)
    const point = points[place]
    if (point?.timeMs !== timeMs || !this.#groups.takeBack(point, row, timeMs)) {
      const aloneMs = timeMs + this.#gapMs - 1 + this.#config.allowedLateness
      if (point?.timeMs !== timeMs && aloneMs <= progress.watermarkMs) {
        this.#leaveLate(row, timeMs, change)
      } else ledger.absorbed++
      return false
    }
    ledger.absorbed++
    point.records--
    ledger.release('absorbed', 1)
    if (this.#groups.isEmpty(point)) points.splice(place, 1)
    return true
  }

  #leaveLate(row: Row, timeMs: number, change: Change): void {
    this.#context.ledger.late++
    this.#emit.out.late.emitChange(change, row, timeMs)
  }

  #endWaiting(): void {
    const waiting = this.#waiting.get()
    if (waiting.length === 0) return
    this.#waiting.set([])
    for (const { key, timeMs } of waiting) this.#find(key, timeMs)
  }

  /** Where the session ends that a record at this time is in, if it is put at this place. */
  #endWith(points: readonly Point[], place: number, timeMs: number): number {
    let lastMs = timeMs
    for (let index = place; ; index++) {
      const nextMs = points[index]?.timeMs
      if (nextMs === undefined || nextMs >= lastMs + this.#gapMs) return lastMs + this.#gapMs
      lastMs = nextMs
    }
  }

  /** The sessions of the group, now that the records at this time have changed. */
  #find(key: Key, timeMs: number): void {
    const group = this.#table.change(ALL, key)
    if (group === undefined) return
    const { points, sessions: before } = group
    const sessions = this.#sessionsOf(points, before)
    group.sessions = sessions
    for (const session of before) {
      if (!sessions.includes(session)) this.#results.takeBack(session.sent)
    }
    for (const session of [...sessions]) {
      const isNew = !before.includes(session)
      const contains = session.startMs <= timeMs && timeMs < session.endMs
      if (isNew || contains) this.#change(group, session, key)
    }
    if (points.length === 0) this.#table.delete(ALL, key)
  }

  /** Those that are as they were stay the same; new ones have what the old ones had counted. */
  #sessionsOf(points: readonly Point[], before: readonly TableSession[]): TableSession[] {
    const sessions: TableSession[] = []
    for (let place = 0; place < points.length; ) {
      const startMs = points[place]?.timeMs ?? 0
      const endMs = this.#endWith(points, place, startMs)
      const known = before.find((one) => one.startMs === startMs && one.endMs === endMs)
      if (known !== undefined) sessions.push(known)
      else {
        const sent = nothingSent()
        for (const old of before) {
          if (old.startMs < endMs && startMs < old.endMs) sent.added += old.sent.added
        }
        sessions.push({ startMs, endMs, timerMs: Number.NaN, fired: false, sent })
      }
      place = indexFrom(points, endMs)
    }
    return sessions
  }

  #change(group: SessionGroup, session: TableSession, key: Key): void {
    const { early, allowedLateness } = this.#config
    const { watermarkMs } = this.#context.progress
    const { sent, endMs } = session
    sent.added++
    if (endMs - 1 <= watermarkMs) {
      session.fired = true
      this.#send(group, session)
      // It has become shorter than what still takes records.
      if (endMs - 1 + allowedLateness <= watermarkMs) {
        this.#letGo(group, session)
        return
      }
    } else {
      if (early?.count !== undefined && sent.added >= early.count) this.#send(group, session)
      if (early?.every !== undefined) {
        this.#changed.put(ALL, key, true)
        this.#early.ask()
      }
    }
    const dueMs = endMs - 1 + (session.fired ? allowedLateness : 0)
    if (session.timerMs === dueMs) return
    session.timerMs = dueMs
    this.#timers.set(dueMs, session.startMs, key)
  }

  #send({ points }: SessionGroup, { startMs, endMs, sent }: TableSession): void {
    const from = indexFrom(points, startMs)
    const to = indexFrom(points, endMs)
    const first = points[from]
    if (first === undefined) return
    const merged = to - from === 1 ? first : this.#groups.copy(first)
    for (const point of points.slice(from + 1, to)) this.#groups.merge(merged, point)
    sent.added = 0
    this.#results.send(sent, merged, startMs, endMs)
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    let timer = this.#timers.takeDue(watermarkMs)
    for (; timer !== undefined; timer = this.#timers.takeDue(watermarkMs)) {
      this.#fire(timer)
      yield
    }
  }

  #fire({ timeMs, namespace, key }: EventTimer): void {
    const group = this.#table.change(ALL, key)
    const session = group?.sessions.find(
      ({ startMs, timerMs }) => startMs === namespace && timerMs === timeMs,
    )
    // It has become another one since.
    if (group === undefined || session === undefined) return
    if (!session.fired) {
      session.fired = true
      this.#send(group, session)
      if (this.#config.allowedLateness > 0) {
        session.timerMs = timeMs + this.#config.allowedLateness
        this.#timers.set(session.timerMs, session.startMs, key)
        return
      }
    }
    this.#letGo(group, session)
    if (group.points.length === 0) this.#table.delete(ALL, key)
  }

  /** No record can be in the session any more. */
  #letGo(group: SessionGroup, session: TableSession): void {
    const { points } = group
    const from = indexFrom(points, session.startMs)
    const gone = points.splice(from, indexFrom(points, session.endMs) - from)
    const records = gone.reduce((sum, point) => sum + point.records, 0)
    this.#context.ledger.release('absorbed', records)
    group.sessions = group.sessions.filter((one) => one !== session)
  }

  *#fireEarly(): Generator<void, void> {
    const due: {
      readonly key: Key
      readonly group: SessionGroup
      readonly session: TableSession
    }[] = []
    for (const key of this.#changed.keys(ALL)) {
      const group = this.#table.change(ALL, key)
      for (const session of group?.sessions ?? []) {
        if (group !== undefined && !session.fired) due.push({ key, group, session })
      }
      yield
    }
    const inTurn = inOrder(
      due,
      (a, b) =>
        a.session.endMs - b.session.endMs ||
        a.session.startMs - b.session.startMs ||
        compareKeys(a.key, b.key),
    )
    for (const one of inTurn) {
      if (one !== undefined) this.#send(one.group, one.session)
      yield
    }
    this.#changed.drop(ALL)
  }
}

/** The index of the first point at or after this time. */
function indexFrom(points: readonly Point[], timeMs: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.timeMs ?? 0) < timeMs) low = middle + 1
    else high = middle
  }
  return low
}

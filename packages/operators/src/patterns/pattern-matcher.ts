/**
 * Runs a pattern: records wait until the watermark has passed them, and are then looked at by event
 * time, key and arrival. Between them stand the moments in which the time of a match is over:
 *
 *     within = 10      a match that began at 3 may take a record at 12, and is given up at 12:
 *                      behind the records of that time, and before any at 13
 *
 * What one moment decides leaves by key. Skipping makes matches wait for those of their key that
 * begin earlier and may still be finished, since they would go first.
 */

import {
  type Batch,
  type Emit,
  END_OF_TIME_MS,
  type EventTimers,
  type Handler,
  keysInOrder,
  type RunContext,
  START_OF_TIME_MS,
  type StateTable,
  type StateValue,
} from '@millrace/engine'
import {
  columnIndex,
  compileStageExpressions,
  createKeyReader,
  EMPTY_ROW,
  isScalar,
  type Key,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import { RecordBuffer, type WaitingRecord } from '../record-buffer.ts'
import { createAutomaton } from './automaton.ts'
import {
  createKeyMatches,
  earliestFirst,
  type Finished,
  type KeyMatches,
  letGo,
  linksTo,
  placeBehind,
  REFUSED,
  recordAt,
} from './match-buffer.ts'
import { MatchResults, type PatternPort } from './match-results.ts'
import { PartialMatches } from './partial-matches.ts'
import { conditionScope, outputScope } from './pattern-check.ts'
import type { AfterMatch, PatternConfig } from './pattern-config.ts'
import { createShape } from './pattern-shape.ts'
import { ProgressTable } from './progress.ts'
import { RecordConditions } from './record-conditions.ts'

/** All keys are in one namespace. */
const ALL = 0

/** Between two points at which the thread may be given back lie about so many records. */
const RECORDS_A_STEP = 32

export class PatternMatcher implements Handler {
  readonly #context: RunContext
  readonly #emit: Emit<PatternPort>
  readonly #readKey: (row: Row) => Key
  readonly #afterMatch: AfterMatch
  /** The stage to skip to, or -1. */
  readonly #skipStage: number
  readonly #withinMs: number
  /** How long after its time a row may still come, or be taken back. */
  readonly #latenessMs: number
  readonly #conditions: RecordConditions
  readonly #partials: PartialMatches
  readonly #results: MatchResults
  readonly #waiting: RecordBuffer
  readonly #table: StateTable<KeyMatches>
  /** At the last moment in which a match of the key may take a record. */
  readonly #timers: EventTimers
  readonly #watermarkMs: StateValue<number>

  constructor(config: PatternConfig, context: RunContext, emit: Emit<PatternPort>) {
    const input = context.inputSchemas.in
    if (input === undefined) throw new Error('A pattern has an input "in".')
    const { state, ledger } = context
    const shape = createShape(config.pattern)
    const { stages } = shape
    this.#context = context
    this.#emit = emit
    this.#afterMatch = config.afterMatch
    this.#skipStage = 'stage' in config.afterMatch ? stages.indexOf(config.afterMatch.stage) : -1
    this.#withinMs = config.within ?? Number.POSITIVE_INFINITY
    this.#latenessMs = input.window?.latenessMs ?? 0
    const partition = config.partitionBy.map((name) => columnIndex(input, name))
    this.#readKey = partitionReader(partition, input)
    this.#conditions = compileConditions(shape, input, context)
    const keyColumns = partition.flatMap((index) => input.columns[index] ?? [])
    const scope = outputScope(shape, keyColumns, input)
    const texts = config.columns.map(({ value: text }) => ({ text, scope }))
    const columns = compileStageExpressions(texts, stages, input.columns, context)
    this.#results = new MatchResults(config, stages, columns, partition, input, context, emit)
    const automaton = createAutomaton(shape.parts)
    if (automaton === undefined) throw new Error('The pattern was not checked: it is too large.')
    const progresses = new ProgressTable(automaton, this.#conditions.readsStages)
    const { keyText } = this.#results
    this.#partials = new PartialMatches(progresses, this.#conditions, ledger, keyText)
    this.#waiting = new RecordBuffer(state)
    this.#table = state.table('matches')
    this.#timers = state.timers('ends')
    this.#watermarkMs = state.value('watermark', START_OF_TIME_MS)
  }

  rows(_input: number, { rows, times, changes }: Batch, from: number, to: number): void {
    const { ledger } = this.#context
    const closedMs = this.#closedMs()
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const change = changes?.[index]
      if (timeMs <= closedMs) {
        ledger.late++
        this.#emit.out.late.emit(row, timeMs)
        continue
      }
      const record = { timeMs, key: this.#readKey(row), row }
      if (change === '-U' || change === '-D') {
        ledger.absorbed++
        if (this.#waiting.takeBack(record)) ledger.release('absorbed', 1)
        continue
      }
      ledger.held++
      this.#waiting.put(record)
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    const beforeMs = this.#closedMs()
    this.#watermarkMs.set(watermarkMs)
    if (watermarkMs === END_OF_TIME_MS) return this.#end(beforeMs)
    const untilMs = this.#closedMs()
    if (!this.#waiting.hasDue(untilMs) && this.#timers.nextMs() > untilMs) return undefined
    return this.#advance(untilMs)
  }

  /** Rows of windows that fire again may be taken back until then, and are looked at later. */
  outgoingWatermark(watermarkMs: number): number {
    return watermarkMs - this.#latenessMs
  }

  /** All records up to here have been looked at. */
  #closedMs(): number {
    return this.#watermarkMs.get() - this.#latenessMs
  }

  *#advance(untilMs: number): Generator<void, void> {
    for (let looked = 1; ; looked++) {
      const record = this.#waiting.takeDue(untilMs)
      const overMs = record === undefined ? untilMs : before(record.timeMs)
      if (this.#timers.nextMs() <= overMs) yield* this.#timeOut(overMs)
      if (record === undefined) return
      const matches = this.#take(record)
      if (matches !== undefined) {
        if (matches.finished.length > 0) yield* this.#sendReady(matches, record.timeMs)
        this.#settle(matches, record.key)
      }
      if (looked % RECORDS_A_STEP === 0) yield
    }
  }

  /** Gives the matches of the key where there are any. */
  #take({ row, timeMs, key }: WaitingRecord): KeyMatches | undefined {
    const { ledger } = this.#context
    const conditions = this.#conditions
    conditions.setRecord(row)
    let matches = this.#table.change(ALL, key)
    let place = -1
    if (matches !== undefined || this.#partials.begins()) {
      if (matches === undefined) {
        matches = createKeyMatches()
        this.#table.put(ALL, key, matches)
      }
      place = this.#partials.take(matches, row, timeMs)
    }
    const { refusal } = conditions
    if (refusal !== undefined) this.#results.refuseRecord(row, refusal)
    if (place < 0 || matches === undefined) {
      ledger.release(refusal === undefined ? 'filtered' : 'deadLettered', 1)
    } else if (refusal !== undefined) {
      const record = recordAt(matches, place)
      if (record.use < REFUSED) record.use = REFUSED
    }
    return matches
  }

  /** Sends the matches that no earlier one can overtake, as they are allowed beside each other. */
  *#sendReady(matches: KeyMatches, timeMs: number): Generator<void, void> {
    const waits = this.#afterMatch.skip !== 'no-skip'
    for (let sent = 0; ; sent++) {
      const [first] = matches.finished
      if (first === undefined || (waits && earliestFirst(matches) < first.first)) return
      matches.finished.shift()
      this.#results.send('out', matches, first.link, timeMs)
      if (waits) this.#skip(matches, first)
      letGo(matches, first.link, this.#context.ledger)
      if (sent > 0) yield
    }
  }

  #skip(matches: KeyMatches, match: Finished): void {
    const last = this.#skippedTo(matches, match)
    if (last < 0) return
    const { ledger } = this.#context
    const count = placeBehind(matches.finished, last)
    for (const { link } of matches.finished.splice(0, count)) letGo(matches, link, ledger)
    for (const { link } of this.#partials.cut(matches, last)) letGo(matches, link, ledger)
  }

  /** The number of the last record with which no other match begins; -1 where all may. */
  #skippedTo(matches: KeyMatches, { link, first }: Finished): number {
    const { skip } = this.#afterMatch
    if (skip === 'skip-to-next') return first
    const numbers = linksTo(matches, link).flatMap(({ record, stage }) => {
      const wanted = skip === 'skip-past-last' || stage === this.#skipStage
      return wanted ? [recordAt(matches, record).number] : []
    })
    const [firstThere = 0] = numbers
    if (skip === 'skip-past-last') return numbers.at(-1) ?? -1
    return (skip === 'skip-to-first' ? firstThere : (numbers.at(-1) ?? 0)) - 1
  }

  *#timeOut(untilMs: number): Generator<void, void> {
    for (;;) {
      const timer = this.#timers.takeDue(untilMs)
      if (timer === undefined) return
      const matches = this.#table.change(ALL, timer.key)
      if (matches !== undefined) {
        yield* this.#giveUp(matches, timer.timeMs)
        matches.timerMs = Number.POSITIVE_INFINITY
        this.#settle(matches, timer.key)
      }
      yield
    }
  }

  /** The time of the matches that began at `timeMs - within + 1` or before is over. */
  *#giveUp(matches: KeyMatches, timeMs: number): Generator<void, void> {
    const { ledger } = this.#context
    for (;;) {
      const first = this.#firstOver(matches, timeMs)
      if (first === undefined) return
      this.#partials.endInTime(matches, first)
      yield* this.#sendReady(matches, timeMs)
      for (const match of this.#partials.until(matches, first)) {
        if (match.complete) continue
        this.#results.send('timeout', matches, match.link, timeMs)
        match.complete = true
        yield
      }
      for (const { link } of this.#partials.cut(matches, first)) letGo(matches, link, ledger)
      yield* this.#sendReady(matches, timeMs)
    }
  }

  #firstOver(matches: KeyMatches, timeMs: number): number | undefined {
    const first = earliestFirst(matches)
    for (const bunch of matches.bunches) {
      const [match] = bunch.matches
      if (match?.first !== first) continue
      return match.firstMs + this.#withinMs - 1 <= timeMs ? first : undefined
    }
    return undefined
  }

  /** Sets the next timer of the key, or forgets it. */
  #settle(matches: KeyMatches, key: Key): void {
    if (matches.partials === 0 && matches.finished.length === 0) {
      this.#table.delete(ALL, key)
      return
    }
    if (this.#withinMs === Number.POSITIVE_INFINITY || matches.timerMs < Number.POSITIVE_INFINITY) {
      return
    }
    const earliest = earliestFirst(matches)
    for (const { matches: partials } of matches.bunches) {
      const [match] = partials
      if (match?.first !== earliest) continue
      matches.timerMs = match.firstMs + this.#withinMs - 1
      this.#timers.set(matches.timerMs, ALL, key)
      return
    }
  }

  /** Nothing more can come: what waited for other matches leaves, and the rest is given up. */
  *#end(beforeMs: number): Generator<void, void> {
    yield* this.#advance(END_OF_TIME_MS)
    const { ledger } = this.#context
    for (const key of keysInOrder(this.#table.keys(ALL))) {
      yield
      const matches = key === undefined ? undefined : this.#table.change(ALL, key)
      if (matches === undefined) continue
      for (const { link } of this.#partials.cut(matches, END_OF_TIME_MS)) {
        letGo(matches, link, ledger)
      }
      const [first] = matches.finished
      if (first === undefined) continue
      const last = linksTo(matches, first.link).at(-1)
      const lastMs = last === undefined ? beforeMs : recordAt(matches, last.record).timeMs
      yield* this.#sendReady(matches, Math.max(lastMs, beforeMs + 1))
    }
    this.#table.drop(ALL)
  }
}

/** The last millisecond before this time. */
function before(timeMs: number): number {
  return timeMs - 1
}

function partitionReader(partition: readonly number[], { columns }: StreamSchema) {
  const [only, ...others] = partition
  const type = only === undefined ? undefined : columns[only]?.type
  return createKeyReader(partition, others.length === 0 && type !== undefined && isScalar(type))
}

function compileConditions(
  shape: ReturnType<typeof createShape>,
  input: StreamSchema,
  context: RunContext,
): RecordConditions {
  const texts: { text: string; scope: ReturnType<typeof conditionScope> }[] = []
  const expressions = shape.conditions.map((condition) => {
    const { text } = condition
    if (text === undefined) return -1
    return texts.push({ text, scope: conditionScope(condition, shape, input) }) - 1
  })
  const compiled = compileStageExpressions(texts, shape.stages, input.columns, context)
  return new RecordConditions(compiled, expressions)
}

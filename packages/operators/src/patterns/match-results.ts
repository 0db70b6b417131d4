/** Makes rows of matches, and says what is wrong where one has no value. */

import { type Emit, JobFailed, type RunContext } from '@millrace/engine'
import {
  AggregateOverflow,
  type CompiledStageExpressions,
  createRowText,
  EvaluationError,
  listOf,
  type RefusalCause,
  type Row,
  type StreamSchema,
  type Value,
} from '@millrace/pipeline'
import { type KeyMatches, linksTo, recordAt, USED } from './match-buffer.ts'
import type { PatternConfig } from './pattern-config.ts'

export const PATTERN_PORTS = ['out', 'timeout', 'late', 'errors'] as const
export type PatternPort = (typeof PATTERN_PORTS)[number]

export class MatchResults {
  readonly #onError: PatternConfig['onError']
  readonly #nodeId: string
  readonly #emit: Emit<PatternPort>
  readonly #columns: CompiledStageExpressions
  readonly #partition: readonly number[]
  readonly #stageCount: number
  readonly #recordText: (row: Row) => string
  readonly #matchText: (row: Row) => string
  /** `user "ada"`, or the whole stream: whose matches they are. */
  readonly keyText: (row: Row) => string

  constructor(
    config: PatternConfig,
    stages: readonly string[],
    columns: CompiledStageExpressions,
    partition: readonly number[],
    input: StreamSchema,
    context: RunContext,
    emit: Emit<PatternPort>,
  ) {
    this.#onError = config.onError
    this.#nodeId = context.nodeId
    this.#emit = emit
    this.#columns = columns
    this.#partition = partition
    this.#stageCount = stages.length
    this.#recordText = createRowText(input.columns)
    const record = { kind: 'record', fields: input.columns } as const
    this.#matchText = createRowText(stages.map((name) => ({ name, type: listOf(record) })))
    const key = createRowText(partition.flatMap((index) => input.columns[index] ?? []))
    this.keyText = (row) =>
      partition.length === 0
        ? `Node "${this.#nodeId}"`
        : `Node "${this.#nodeId}", key ${key(this.#keyOf(row))},`
  }

  /** Sends the match that ends with this link. */
  send(port: 'out' | 'timeout', matches: KeyMatches, link: number, timeMs: number): void {
    const memory = this.#columns.create()
    const links = linksTo(matches, link)
    const first = recordAt(matches, links[0]?.record ?? -1).row
    try {
      for (const { record, stage } of links) {
        const held = recordAt(matches, record)
        held.use = USED
        this.#columns.add(memory, stage, held.row, held.timeMs)
      }
      this.#columns.settle(memory)
      const key = this.#keyOf(first)
      const row = this.#columns.expressions.map(({ evaluate }) => evaluate(key, memory.values))
      this.#emit.out[port].emit(row, timeMs)
    } catch (error) {
      if (error instanceof AggregateOverflow) {
        const message = `${this.keyText(first)} ${error.message}`
        throw new JobFailed({ domain: 'user', retry: false, message, cause: error })
      }
      if (!(error instanceof EvaluationError)) throw error
      this.#refuseMatch(matches, link, error)
    }
  }

  /** A condition has no value for this record. */
  refuseRecord(row: Row, cause: RefusalCause): void {
    this.#refuse(this.#recordText(row), cause, 'The record is', row)
  }

  #refuseMatch(matches: KeyMatches, link: number, cause: RefusalCause): void {
    const rows = Array.from({ length: this.#stageCount }, (): Value[] => [])
    for (const { record, stage } of linksTo(matches, link)) {
      const held = recordAt(matches, record)
      held.use = USED
      rows[stage]?.push(held.row)
    }
    this.#refuse(this.#matchText(rows), cause, 'The records of the match are')
  }

  #refuse(raw: string, cause: RefusalCause, what: string, row?: Row): void {
    if (this.#onError === 'fail') {
      const message = `${cause.message} ${what} ${raw}.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    this.#emit.refuseMade(raw, cause, row)
  }

  #keyOf(row: Row): Row {
    return this.#partition.map((index) => row[index] ?? null)
  }
}

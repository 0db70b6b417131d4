/** Evaluates the conditions of a pattern for one record at a time, each only once where it can. */

import {
  type CompiledStageExpressions,
  EMPTY_ROW,
  EvaluationError,
  type Row,
  type StageMemory,
} from '@millrace/pipeline'

const UNKNOWN = 0
const FALSE = 1
const TRUE = 2

export class RecordConditions {
  readonly #compiled: CompiledStageExpressions
  /** The expression of each condition; -1 where every record meets it. */
  readonly #expressions: readonly number[]
  readonly readsStages: readonly boolean[]
  /** Those whose answers differ from match to match. */
  readonly #differing: readonly number[]
  readonly #answers: Uint8Array
  /** Of those: TRUE where some match might change that they are not met. */
  readonly #chances: Uint8Array
  /** Of no records; null where no condition reads any. */
  readonly nothing: StageMemory | null
  #row: Row = EMPTY_ROW
  #values: Row = EMPTY_ROW
  /** Why a condition had no value for the record; the first reason. */
  refusal: EvaluationError | undefined

  constructor(compiled: CompiledStageExpressions, expressions: readonly number[]) {
    this.#compiled = compiled
    this.#expressions = expressions
    this.readsStages = expressions.map(
      (expression) => compiled.expressions[expression]?.readsStages === true,
    )
    this.#differing = [...this.readsStages.keys()].filter((index) => this.readsStages[index])
    this.#answers = new Uint8Array(expressions.length)
    this.#chances = new Uint8Array(expressions.length)
    this.nothing = this.#differing.length === 0 ? null : compiled.create()
  }

  /** From now on it is this record that meets conditions or not. */
  setRecord(row: Row): void {
    this.#answers.fill(UNKNOWN)
    this.#chances.fill(UNKNOWN)
    this.#row = row
    this.refusal = undefined
  }

  /** From now on conditions see the records of this match. */
  setMemory(memory: StageMemory | null): void {
    this.#values = memory?.values ?? EMPTY_ROW
    for (const condition of this.#differing) this.#answers[condition] = UNKNOWN
  }

  readonly holds = (condition: number): boolean => {
    const known = this.#answers[condition]
    if (known !== UNKNOWN) return known === TRUE
    const answer = this.#evaluate(condition)
    this.#answers[condition] = answer ? TRUE : FALSE
    return answer
  }

  /** Whether the record may meet the condition in some match. */
  mayHold(condition: number): boolean {
    if (this.readsStages[condition] !== true) return this.holds(condition)
    const known = this.#chances[condition]
    if (known !== UNKNOWN) return known === TRUE
    const expression = this.#compiled.expressions[this.#expressions[condition] ?? -1]
    const may = expression?.isFalseFor(this.#row) !== true
    this.#chances[condition] = may ? TRUE : FALSE
    return may
  }

  /** What conditions see once the record is in this stage; undefined where it has no value. */
  extended(
    memory: StageMemory | null,
    stage: number,
    timeMs: number,
  ): StageMemory | null | undefined {
    if (memory === null) return null
    const longer = this.#compiled.copy(memory)
    try {
      this.#compiled.add(longer, stage, this.#row, timeMs)
    } catch (error) {
      this.#refuse(error)
      return undefined
    }
    this.#compiled.settle(longer, stage)
    return longer
  }

  #evaluate(condition: number): boolean {
    const expression = this.#compiled.expressions[this.#expressions[condition] ?? -1]
    if (expression === undefined) return true
    try {
      return expression.evaluate(this.#row, this.#values) === true
    } catch (error) {
      this.#refuse(error)
      return false
    }
  }

  #refuse(error: unknown): void {
    if (!(error instanceof EvaluationError)) throw error
    this.refusal ??= error
  }
}

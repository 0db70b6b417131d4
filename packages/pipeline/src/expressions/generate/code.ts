/**
 * Writes JavaScript for the parts of a checked expression.
 *
 * No text of a user is ever in it: columns are read by index, numbers that are finite stand as
 * literals, and every other value is captured by position. Each part occurs once, so the text grows
 * with the expression; what is nested too deeply, or cannot be written, is a call of its closure.
 */

import { typeText } from '../../type.ts'
import type { Value } from '../../value.ts'
import type { CompileContext, Typed } from '../typed.ts'
import type { Held, Repeats } from './repeats.ts'

/** Parts inside each other; V8's parser takes a few frames for each. */
const DEPTH_MAX = 64
/** Each is a register of the function. */
const TEMPORARIES_MAX = 256

export class Code {
  readonly context: CompileContext
  /** What the names `c0`, `c1`, ... stand for. */
  readonly captured: unknown[] = []
  readonly temporaries: string[] = []
  /** The variable that holds the row of the first relation. */
  row = 'row'
  #depth = 0
  readonly #repeats: Repeats | undefined

  /** With `repeats`, a part that occurs more than once is computed once for each row. */
  constructor(context: CompileContext, repeats?: Repeats) {
    this.context = context
    this.#repeats = repeats
  }

  /** A JavaScript expression for the part's value, over `row` and `other`. */
  value(typed: Typed): string {
    if (typed.constant !== undefined) return this.literal(typed.constant.value)
    if (typed.column !== undefined) return this.#column(typed.column)
    if (this.#repeats === undefined || typed.volatile !== undefined) return this.#written(typed)
    const key = `${this.row} ${typeText(typed.type)} ${typed.text}`
    const held = this.#repeats.find(key)
    const source = this.#repeats.within(key, () => this.#written(typed))
    return held === undefined ? source : this.#held(held, source, typed.metered)
  }

  /** What it costs counts wherever it stands, as if it were computed there. */
  #held({ at, value, cost }: Held, source: string, metered: boolean): string {
    const anew = `${value} = ${source}, ${at} = at, ${value}`
    if (!metered) return `(${at} === at ? ${value} : (${anew}))`
    const meter = this.capture(this.context.meter)
    const before = this.temporary()
    const first = `${before} = ${meter}.spent, ${value} = ${source}`
    const done = `${cost} = ${meter}.spent - ${before}, ${at} = at, ${value}`
    return `(${at} === at ? (${meter}.charge(${cost}), ${value}) : (${first}, ${done}))`
  }

  #written(typed: Typed): string {
    const fits = this.#depth < DEPTH_MAX && this.temporaries.length < TEMPORARIES_MAX
    if (typed.generate === undefined || !fits) {
      return `${this.capture(typed.compile(this.context))}(${this.row}, other)`
    }
    this.#depth++
    const source = typed.generate(this)
    this.#depth--
    return source
  }

  /** As `value`, with a meter that starts anew where the part charges it. */
  whole(typed: Typed): string {
    const source = this.value(typed)
    if (!typed.metered) return source
    return `(${this.capture(this.context.meter)}.spent = 0, ${source})`
  }

  literal(value: Value): string {
    if (value === null || typeof value === 'boolean') return String(value)
    if (typeof value !== 'number' || !Number.isFinite(value)) return this.capture(value)
    return Object.is(value, -0) ? '(-0)' : `(${value})`
  }

  /** The name under which the function knows this value. */
  capture(value: unknown): string {
    return `c${this.captured.push(value) - 1}`
  }

  temporary(): string {
    const name = `t${this.temporaries.length}`
    this.temporaries.push(name)
    return name
  }

  /** Evaluates all operands; then NULL where one is, else what `combine` makes of their names. */
  allThen(operands: readonly Typed[], combine: (...names: string[]) => string): string {
    const held = operands.map((operand) => this.#hold(operand))
    const steps = held.flatMap(({ step }) => step ?? [])
    const result = combine(...held.map(({ name }) => name))
    const tests = held.flatMap(({ name, mayBeNull }) => (mayBeNull ? `${name} === null` : []))
    const chosen = tests.length === 0 ? result : `${tests.join(' || ')} ? null : ${result}`
    return `(${[...steps, chosen].join(', ')})`
  }

  /** As `allThen`, but stops at the first NULL: operands behind it are not evaluated. */
  untilNull(operands: readonly Typed[], combine: (...names: string[]) => string): string {
    const held = operands.map((operand) => this.#hold(operand))
    const result = combine(...held.map(({ name }) => name))
    const tests = held.flatMap(({ name, step, mayBeNull }) =>
      mayBeNull ? `${step === undefined ? name : `(${step})`} === null` : [],
    )
    return tests.length === 0 ? `(${result})` : `(${tests.join(' || ')} ? null : ${result})`
  }

  #hold(operand: Typed): { name: string; step?: string; mayBeNull: boolean } {
    if (operand.constant !== undefined) {
      const { value } = operand.constant
      return { name: this.literal(value), mayBeNull: value === null }
    }
    const source = this.value(operand)
    const name = this.temporary()
    return { name, step: `${name} = ${source}`, mayBeNull: true }
  }

  #column({ relation, index }: { relation: number; index: number }): string {
    return `${relation === 0 ? this.row : 'other'}[${index}]`
  }
}

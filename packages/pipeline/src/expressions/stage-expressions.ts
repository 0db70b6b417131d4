/**
 * Expressions over the records that the stages of a pattern have matched: `a.x` is column x of the
 * last record of stage a, and `SUM(a.x)` ranges over all its records.
 *
 * Whatever an expression reads of the stages is a value in a memory, which takes one record after
 * the other; so an evaluation costs the same however many records there are.
 */

import { type Column, columnText, type Type, UNKNOWN } from '../type.ts'
import type { Row, Value } from '../value.ts'
import { AggregateCalls } from './aggregates/check.ts'
import { type CompiledCalls, compileCalls } from './aggregates/index.ts'
import { CheckContext } from './check-context.ts'
import { type AggregateScope, Checker, type Scope } from './checker.ts'
import { fits } from './common-type.ts'
import { EvaluationError } from './errors.ts'
import { compileTyped, type ExpressionContext, expectedRefusal } from './expression.ts'
import { parseExpression } from './parser.ts'
import type { CallShape, ExpressionProblem, Node, Span } from './syntax.ts'
import { type ColumnRead, column, EMPTY_ROW, type Evaluate, type Typed } from './typed.ts'

export interface StageScope {
  /** What is written without a prefix: the columns of the record at hand, or of the partition. */
  readonly columns: readonly Column[]
  /** What every record of a stage has. */
  readonly stageColumns: readonly Column[]
  /** The stages that may have records when the expression is evaluated. */
  readonly stages: readonly string[]
  /** Why other stages have none here: whole sentences by name. */
  readonly hidden: ReadonlyMap<string, string>
}

export interface StageExpression {
  readonly type: Type
  /** Throws EvaluationError. `values` are those of a memory. */
  readonly evaluate: (row: Row, values: Row) => Value
  /** Whether it reads anything of the stages. */
  readonly readsStages: boolean
  /**
   * Whether it is FALSE whatever the stages have: of `v = 1 AND v > a.v`, what stands before the
   * first part that reads them. False where it throws.
   */
  readonly isFalseFor: (row: Row) => boolean
}

/** What expressions read of the records so far: plain data, so that it can be saved. */
export interface StageMemory {
  /** By slot. Those of aggregates are up to date after `settle`. */
  readonly values: Value[]
  /** By stage; the last is that of all stages. */
  readonly accumulators: unknown[][]
}

export interface CompiledStageExpressions {
  /** In the order of the texts. */
  readonly expressions: readonly StageExpression[]
  /** Of no records. */
  create(): StageMemory
  copy(memory: StageMemory): StageMemory
  /** Throws EvaluationError and AggregateOverflow, after which the memory is not to be used. */
  add(memory: StageMemory, stage: number, row: Row, timeMs: number): void
  /** Reads the results of the aggregates that the record of this stage changed; all without one. */
  settle(memory: StageMemory, stage?: number): void
}

interface CheckedStageExpression {
  readonly type: Type
  readonly problems: readonly ExpressionProblem[]
  /** Present where the value is the same for all records. */
  readonly constant?: { readonly value: Value }
}

/** `expected` is what must come out. */
export function checkStageExpression(
  text: string,
  scope: StageScope,
  expected?: Type,
): CheckedStageExpression {
  const { typed, problems } = analyse(text, scope, new StageReads(scope.stages, scope.stageColumns))
  if (typed === undefined || problems.length > 0) return { type: typed?.type ?? UNKNOWN, problems }
  if (expected !== undefined && !fits(typed.type, expected)) {
    const message = expectedRefusal(typed, expected)
    const problem = { code: 'expression-type', span: typed.span, message }
    return { type: typed.type, problems: [problem] }
  }
  const { constant } = typed
  return { type: typed.type, problems, ...(constant === undefined ? {} : { constant }) }
}

/** `stages` are all of the pattern. Throws where a text has problems: callers check first. */
export function compileStageExpressions(
  texts: readonly { readonly text: string; readonly scope: StageScope }[],
  stages: readonly string[],
  stageColumns: readonly Column[],
  context: ExpressionContext,
): CompiledStageExpressions {
  const reads = new StageReads(stages, stageColumns)
  const expressions = texts.map(({ text, scope }): StageExpression => {
    const before = reads.requests
    const { typed, problems } = analyse(text, scope, reads)
    const [problem] = problems
    if (typed === undefined || problem !== undefined) {
      throw new Error(`The expression "${text}" was not checked: ${problem?.message ?? ''}`)
    }
    const readsStages = reads.requests > before
    const evaluate = compileTyped(typed, context)
    const isFalseFor = compileLeading(text, scope, context)
    return { type: typed.type, evaluate, readsStages, isFalseFor }
  })
  return { expressions, ...compileMemory(reads, context) }
}

/** The parts of an AND up to the first one that reads stages. */
function compileLeading(text: string, scope: StageScope, context: ExpressionContext) {
  const parsed = parseExpression(text)
  const node = 'problem' in parsed ? undefined : parsed.node
  const isAnd = node?.kind === 'operator' && node.operator === 'AND'
  const leading: Evaluate[] = []
  for (const { span } of isAnd ? node.operands : []) {
    const reads = new StageReads(scope.stages, scope.stageColumns)
    const { typed, problems } = analyse(text.slice(span.start, span.end), scope, reads)
    if (typed === undefined || problems.length > 0 || reads.requests > 0) break
    leading.push(compileTyped(typed, context))
  }
  return (row: Row): boolean => {
    try {
      return leading.some((evaluate) => evaluate(row, EMPTY_ROW) === false)
    } catch (error) {
      if (error instanceof EvaluationError) return false
      throw error
    }
  }
}

function compileMemory(
  reads: StageReads,
  context: ExpressionContext,
): Omit<CompiledStageExpressions, 'expressions'> {
  const all = reads.stages.length
  const calls = reads.calls.map((of): CompiledCalls | undefined =>
    of.calls.length === 0 ? undefined : compileCalls(of.calls, context),
  )
  const columnsOf = reads.stages.map((_, stage) =>
    reads.columns.filter((one) => one.stage === stage),
  )
  const resultsOf = calls.map((_, stage) => reads.results.filter((one) => one.stage === stage))
  const settleStage = ({ values, accumulators }: StageMemory, stage: number) => {
    const compiled = calls[stage]
    if (compiled === undefined) return
    for (const { slot, call } of resultsOf[stage] ?? []) {
      values[slot] = compiled.result(accumulators[stage] ?? [], call)
    }
  }
  const settle = (memory: StageMemory, stage?: number) => {
    if (stage !== undefined) settleStage(memory, stage)
    else for (let each = 0; each < all; each++) settleStage(memory, each)
    settleStage(memory, all)
  }
  return {
    create: () => {
      const values = new Array<Value>(reads.slots).fill(null)
      const memory = { values, accumulators: calls.map((compiled) => compiled?.create() ?? []) }
      settle(memory)
      return memory
    },
    copy: ({ values, accumulators }) => ({
      values: values.slice(),
      accumulators: accumulators.map((from, stage) => calls[stage]?.copy(from) ?? []),
    }),
    add: ({ values, accumulators }, stage, row, timeMs) => {
      for (const { slot, index } of columnsOf[stage] ?? []) values[slot] = row[index] ?? null
      calls[stage]?.add(accumulators[stage] ?? [], row, timeMs)
      calls[all]?.add(accumulators[all] ?? [], row, timeMs)
    },
    settle,
  }
}

/** What is read of the stages, each in a slot of its own: relation 1 for those who evaluate. */
class StageReads {
  readonly stages: readonly string[]
  readonly #stageColumns: readonly Column[]
  readonly columns: { readonly stage: number; readonly index: number; readonly slot: number }[] = []
  readonly results: { readonly stage: number; readonly call: number; readonly slot: number }[] = []
  /** By stage; the last are those over all stages. */
  readonly calls: readonly AggregateCalls[]
  slots = 0
  /** Reads so far, counting those that share a slot. */
  requests = 0

  constructor(stages: readonly string[], stageColumns: readonly Column[]) {
    this.stages = stages
    this.#stageColumns = stageColumns
    const nothing = new CheckContext('')
    this.calls = [...stages, undefined].map(
      (stage) => new AggregateCalls(stageColumns, [], nothing, stage),
    )
  }

  column(stage: string, index: number): ColumnRead {
    this.requests++
    const place = this.stages.indexOf(stage)
    let found = this.columns.find((one) => one.stage === place && one.index === index)
    if (found === undefined) {
      found = { stage: place, index, slot: this.slots++ }
      this.columns.push(found)
    }
    return { relation: 1, index: found.slot }
  }

  /** Undefined where the call was refused. */
  call(stage: string | undefined, node: Node & CallShape, context: CheckContext) {
    this.requests++
    const place = stage === undefined ? this.stages.length : this.stages.indexOf(stage)
    const calls = this.calls[place]
    if (calls === undefined) return undefined
    calls.context = context
    const typed = calls.check(node)
    const call = typed.column?.index
    if (call === undefined) return undefined
    let found = this.results.find((one) => one.stage === place && one.call === call)
    if (found === undefined) {
      found = { stage: place, call, slot: this.slots++ }
      this.results.push(found)
    }
    return { type: typed.type, read: { relation: 1, index: found.slot } }
  }

  get stageColumns(): readonly Column[] {
    return this.#stageColumns
  }
}

/** Relation 0 is what is written without a prefix, the others are the stages of the scope. */
class StageAggregates implements AggregateScope {
  readonly #scope: StageScope
  readonly #context: CheckContext
  readonly #reads: StageReads

  constructor(scope: StageScope, context: CheckContext, reads: StageReads) {
    this.#scope = scope
    this.#context = context
    this.#reads = reads
  }

  outside(read: ColumnRead, type: Type, span: Span): Typed {
    const text = this.#context.textOf(span)
    if (read.relation === 0) return column(read, type, span, text)
    const stage = this.#scope.stages[read.relation - 1] ?? ''
    return column(this.#reads.column(stage, read.index), type, span, text)
  }

  check(node: Node & CallShape): Typed {
    const stage = node.star && node.starOf === undefined ? undefined : this.#stageOf(node)
    if (stage === 'refused') return this.#context.unknown(node)
    const called = this.#reads.call(stage, node, this.#context)
    if (called === undefined) return this.#context.unknown(node)
    const text = this.#context.textOf(node.span)
    return column(called.read, called.type, node.span, text)
  }

  /** The one stage that the arguments speak of. */
  #stageOf(node: Node & CallShape): string {
    const stages = new Set(node.starOf === undefined ? [] : [node.starOf])
    let bare: (Node & { readonly kind: 'name' }) | undefined
    const { stageColumns } = this.#scope
    for (const part of [...node.args, ...(node.filter === undefined ? [] : [node.filter])]) {
      visit(part, (inner) => {
        if (inner.kind === 'field' && inner.of.kind === 'name') {
          if (this.#scope.stages.includes(inner.of.name)) {
            stages.add(inner.of.name)
            return false
          }
        }
        if (inner.kind === 'name' && stageColumns.some(({ name }) => name === inner.name)) {
          bare ??= inner
        }
        return true
      })
    }
    const [stage, other] = stages
    const example = columnText(stage ?? this.#scope.stages[0] ?? 'a')
    if (bare !== undefined) {
      const name = columnText(bare.name)
      const message = `An aggregate ranges over the records of a stage, and "${bare.name}" does not say of which. Write ${example}.${name} with the name of one.`
      this.#context.refuse('aggregate-without-stage', bare.span, message)
    } else if (stage === undefined) {
      const message = `An aggregate ranges over the records of a stage, and ${node.name} names none. Write, for instance, COUNT(${example}.*).`
      this.#context.refuse('aggregate-without-stage', node.nameSpan, message)
    } else if (other !== undefined) {
      const message = `${node.name} ranges over the records of one stage, and here are "${stage}" and "${other}". Write an aggregate for each.`
      this.#context.refuse('aggregate-of-two-stages', node.nameSpan, message)
    } else if (!this.#scope.stages.includes(stage)) {
      const names = this.#scope.stages.map(columnText).join(', ')
      const listed =
        names === '' ? 'No stage has records yet here.' : `The stages here are ${names}.`
      const message = `There is no stage "${stage}" to count the records of. ${listed}`
      this.#context.refuse('stage-unknown', node.nameSpan, message)
    } else return stage
    return 'refused'
  }
}

function analyse(
  text: string,
  scope: StageScope,
  reads: StageReads,
): { typed: Typed | undefined; problems: readonly ExpressionProblem[] } {
  const parsed = parseExpression(text)
  if ('problem' in parsed) return { typed: undefined, problems: [parsed.problem] }
  const context = new CheckContext(text)
  if (refusesNames(parsed.node, scope, context))
    return { typed: undefined, problems: context.problems }
  const { columns, stageColumns } = scope
  const stages = scope.stages.map((name) => ({ name, columns: stageColumns, prefixed: true }))
  const relations: Scope = { relations: [{ columns }, ...stages] }
  const checker = new Checker(relations, context, new StageAggregates(scope, context, reads))
  const typed = checker.check(parsed.node)
  return { typed, problems: context.problems }
}

/** Whether a name means something in the pattern, but nothing here: then the reason is reported. */
function refusesNames(node: Node, scope: StageScope, context: CheckContext): boolean {
  const { columns, stageColumns, stages, hidden } = scope
  visit(node, (part) => {
    if (part.kind === 'field' && part.of.kind === 'name') {
      if (stages.includes(part.of.name)) return false
      const reason = hidden.get(part.of.name)
      if (reason === undefined) return true
      context.refuse('stage-hidden', part.of.span, reason)
      return false
    }
    if (part.kind === 'call' && part.starOf !== undefined) {
      const reason = hidden.get(part.starOf)
      if (reason !== undefined) context.refuse('stage-hidden', part.nameSpan, reason)
    }
    if (part.kind === 'name' && !columns.some(({ name }) => name === part.name)) {
      if (!stageColumns.some(({ name }) => name === part.name)) return true
      const [example = 'a'] = stages
      const message = `"${part.name}" is a column of the records, and a match has several. Write ${columnText(example)}.${columnText(part.name)} with the stage that is meant.`
      context.refuse('column-without-stage', part.span, message)
    }
    return true
  })
  return context.problems.length > 0
}

/** Calls `look` for each part from the outside in; `false` leaves out what is inside. */
function visit(node: Node, look: (node: Node) => boolean): void {
  if (!look(node)) return
  for (const child of children(node)) visit(child, look)
}

function children(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'field':
    case 'cast':
      return [node.of]
    case 'element':
      return [node.of, node.index]
    case 'list':
    case 'row':
      return node.items
    case 'operator':
      return node.operands
    case 'call':
      return node.filter === undefined ? node.args : [...node.args, node.filter]
    case 'case': {
      const inside = node.branches.flatMap(({ when, result }) => [...when, result])
      const { operand, otherwise } = node
      return [...(operand ? [operand] : []), ...inside, ...(otherwise ? [otherwise] : [])]
    }
    default:
      return []
  }
}

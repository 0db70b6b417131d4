/** The expression language: SQL scalar expressions and aggregates with Flink's meaning. */

export type {
  Accumulator,
  AggregateProblem,
  AggregateUse,
  CompiledAggregates,
  NumberAggregates,
  RetractableAggregates,
} from './aggregates/index.ts'
export { checkAggregates, compileAggregates } from './aggregates/index.ts'
export type { KnownAggregate } from './aggregates/table.ts'
export type { Relation, Scope } from './checker.ts'
export type { FunctionEntry } from './documentation.ts'
export { AGGREGATES, FUNCTIONS, functionsMarkdown } from './documentation.ts'
export { AggregateOverflow, EvaluationError } from './errors.ts'
export type { CompiledExpression, ExpressionContext } from './expression.ts'
export {
  checkExpression,
  columnTypeRefusal,
  compileExpression,
  compileRow,
  compileSteps,
  type RowStep,
} from './expression.ts'
export type { KnownFunction } from './functions/index.ts'
export type { LoopInput, LoopOutput, RowLoop } from './generate/row-loop.ts'
export type {
  CompiledStageExpressions,
  StageExpression,
  StageMemory,
  StageScope,
} from './stage-expressions.ts'
export { checkStageExpression, compileStageExpressions } from './stage-expressions.ts'
export type { ExpressionProblem } from './syntax.ts'
export type { Token, TokenKind } from './tokenizer.ts'
export { tokenize } from './tokenizer.ts'
export type { ColumnRead, Evaluate } from './typed.ts'
export { EMPTY_ROW } from './typed.ts'

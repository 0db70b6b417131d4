/** Checks a pattern against the records that come in: columns, conditions, and what leaves. */

import {
  appendStream,
  BOOLEAN,
  type Column,
  checkStageExpression,
  columnText,
  columnTypeRefusal,
  type PlanContext,
  type StageScope,
  type StreamSchema,
  type Type,
} from '@millrace/pipeline'
import { checkColumns } from '../column-list.ts'
import { checkTimedInput } from '../input-kinds.ts'
import type { PatternConfig } from './pattern-config.ts'
import {
  type Condition,
  createShape,
  type Part,
  type Path,
  type Shape,
  type StagePart,
} from './pattern-shape.ts'

/** What the condition may read: the record at hand, and the stages up to its own. */
export function conditionScope(
  condition: Condition,
  shape: Shape,
  input: StreamSchema,
): StageScope {
  const { columns } = input
  const stages = condition.visible
  const hidden = hiddenNegations(shape)
  for (const name of shape.stages) {
    if (stages.includes(name)) continue
    hidden.set(name, name === condition.of ? ownStage(name, columns) : laterStage(name))
  }
  return { columns, stageColumns: columns, stages, hidden }
}

function ownStage(name: string, columns: readonly Column[]): string {
  const [example] = columns
  return (
    `Stage "${name}" is not repeated, so that it has no records yet when its condition is evaluated. The record at hand ` +
    `stands without a prefix, for instance ${columnText(example?.name ?? 'x')}.`
  )
}

function laterStage(name: string): string {
  return (
    `Stage "${name}" has no records yet when this condition is evaluated. Move the comparison to the condition of ` +
    `"${name}", which sees the stages before it.`
  )
}

/** What the output's columns may read: all stages, and the columns that are the same in all. */
export function outputScope(
  shape: Shape,
  partition: readonly Column[],
  input: StreamSchema,
): StageScope {
  const { stages } = shape
  const hidden = hiddenNegations(shape)
  return { columns: partition, stageColumns: input.columns, stages, hidden }
}

function hiddenNegations({ negations }: Shape): Map<string, string> {
  return new Map(
    negations.map((name) => [
      name,
      `Stage "${name}" is a negation, so that a match has no records of it. Speak of another stage.`,
    ]),
  )
}

export function checkPattern(
  config: PatternConfig,
  input: StreamSchema,
  plan: PlanContext,
): { readonly out: StreamSchema; readonly timeout: StreamSchema; readonly late: StreamSchema } {
  const shape = createShape(config.pattern)
  checkTimedInput('A pattern', 'in', input, plan)
  const partition = checkColumns(config.partitionBy, 'partitionBy', input, plan)
  const constants = shape.conditions.map((condition) =>
    checkCondition(condition, conditionScope(condition, shape, input), plan),
  )
  checkMeaning(shape, constants, config.within, plan)
  const scope = outputScope(shape, partition, input)
  const columns = config.columns.map(({ name, value }) => ({
    name,
    type: checkOutput(['columns', name], value, scope, plan),
  }))
  const matches = appendStream(columns, true)
  return { out: matches, timeout: matches, late: { ...appendStream(input.columns, true) } }
}

/** True, false (also NULL), or undefined where it depends on the record. */
type Constant = boolean | undefined

function checkCondition(condition: Condition, scope: StageScope, plan: PlanContext): Constant {
  const { text, path } = condition
  if (text === undefined) return true
  const { problems, constant } = checkStageExpression(text, scope, BOOLEAN)
  for (const { code, message, span } of problems) plan.report({ code, message, span, path })
  return problems.length > 0 || constant === undefined ? undefined : constant.value === true
}

function checkOutput(path: Path, text: string, scope: StageScope, plan: PlanContext): Type {
  const { type, problems } = checkStageExpression(text, scope)
  for (const { code, message, span } of problems) plan.report({ code, message, span, path })
  if (problems.length > 0) return { kind: 'unknown' }
  const refusal = columnTypeRefusal(type)
  if (refusal === undefined) return type
  plan.report({ code: 'column-type', path, message: refusal })
  return { kind: 'unknown' }
}

/** Patterns that are met by everything, or that nothing can meet. */
function checkMeaning(
  { parts, conditions }: Shape,
  constants: readonly Constant[],
  within: number | undefined,
  plan: PlanContext,
): void {
  const always = (where: number) => constants[where] === true
  const stages = stagesIn(parts)
  for (const { where } of stages) {
    if (constants[where] !== false) continue
    const message =
      'This condition is never TRUE, whatever the record, so that the stage never matches. Write a condition over the columns.'
    plan.report({ code: 'stage-never-matches', path: conditions[where]?.path ?? [], message })
  }
  if (stages.every(({ where }) => always(where))) {
    const message =
      'No stage has a condition, so that any records would match. Say with "where" which records one of the stages is about.'
    plan.report({ code: 'pattern-matches-everything', path: ['pattern'], message })
  }
  checkEndless(parts, always, within, plan)
  checkNegations(parts, always, plan)
}

function stagesIn(parts: readonly Part[]): readonly StagePart[] {
  return parts.flatMap((part) => {
    if (part.kind === 'group') return stagesIn(part.parts)
    return part.kind === 'stage' ? [part] : []
  })
}

/** A loop of records that follow each other is ended by one that does not meet its condition. */
function checkEndless(
  parts: readonly Part[],
  always: (where: number) => boolean,
  within: number | undefined,
  plan: PlanContext,
): void {
  if (within !== undefined) return
  for (const part of parts) {
    if (part.kind === 'not' || part.until !== undefined) continue
    if (part.kind === 'group') checkEndless(part.parts, always, within, plan)
    const met =
      part.kind === 'stage'
        ? always(part.where)
        : stagesIn([part]).every(({ where }) => always(where))
    if (part.max < Number.POSITIVE_INFINITY || part.loop !== 'next' || !met) continue
    const message =
      'This stage is repeated without a limit and every record meets it, so that it would never end. Give it a condition, ' +
      '"until" or a highest number in "times", or set "within" for the pattern.'
    plan.report({ code: 'repetition-without-end', path: part.path, message })
  }
}

/** A negation that every record meets leaves no room for the stage behind it. */
function checkNegations(
  parts: readonly Part[],
  always: (where: number) => boolean,
  plan: PlanContext,
): void {
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'group') checkNegations(part.parts, always, plan)
    if (part.kind !== 'not' || !always(part.where)) continue
    const mandatory = parts.slice(index + 1).some((next) => next.kind !== 'not' && !next.optional)
    if (!mandatory) continue
    const message =
      `Every record meets "${part.name}", which must not come, so that no record is left for the stage behind it. Say with ` +
      '"where" what must not come; only at the end of a pattern may it be any record.'
    plan.report({ code: 'pattern-never-matches', path: part.path, message })
  }
}

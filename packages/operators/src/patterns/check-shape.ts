/** Finds what is wrong with the shape of a pattern, whatever its expressions say. */

import { durationText, namesText } from '@millrace/pipeline'
import { type Automaton, createAutomaton, OPTIONS_MAX, POSITIONS_MAX } from './automaton.ts'
import type { AfterMatch } from './pattern-config.ts'
import type { StagePart } from './pattern-shape.ts'
import { createShape, type GroupPart, type Part, type Path, repetition } from './pattern-shape.ts'
import type { StageConfig } from './stage-config.ts'

/** What the rules look at. */
interface Config {
  readonly pattern: readonly StageConfig[]
  readonly within?: number | undefined
  readonly afterMatch: AfterMatch
}

interface IssueContext {
  addIssue(issue: {
    code: 'custom'
    path: (string | number)[]
    message: string
    params: { code: string }
  }): void
}

type Report = (code: string, path: Path, message: string) => void

/** One cause is one problem: what the stages say is checked before what they make together. */
export function checkShape(config: Config, context: IssueContext): void {
  let problems = 0
  const report: Report = (code, path, message) => {
    problems++
    context.addIssue({ code: 'custom', path: [...path], message, params: { code } })
  }
  checkStages(config.pattern, ['pattern'], report)
  checkNames(config.pattern, report)
  if (problems > 0) return
  const { parts, stages, negations } = createShape(config.pattern)
  checkAfterMatch(config.afterMatch, stages, negations, report)
  checkOrder(parts, ['pattern'], report)
  checkBounds(parts, config.within, false, report)
  if (problems > 0) return
  const automaton = createAutomaton(parts)
  if (automaton === undefined) {
    const message =
      `The repetitions of this pattern multiply to more than ${POSITIONS_MAX} places or ${OPTIONS_MAX} ways between them, ` +
      'the limit. Lower the numbers in "times" of stages and of the groups they are in.'
    report('pattern-too-large', ['pattern'], message)
  } else checkAutomaton(automaton, config, report)
}

function checkStages(configs: readonly StageConfig[], path: Path, report: Report): void {
  for (const [index, config] of configs.entries()) {
    const place = [...path, index]
    if (config.not === true) checkNegation(config, place, report)
    else if (config.group !== undefined) checkGroup(config, place, report)
    else if (config.name === undefined) {
      const message =
        'This stage has no name, by which expressions could speak of its records. Add one, for instance "name": "a".'
      report('stage-without-name', [...place, 'name'], message)
    }
    checkRepetition(config, place, report)
  }
}

function checkNegation(config: StageConfig, path: Path, report: Report): void {
  const { group, times, oneOrMore, optional, greedy, until, loopContiguity } = config
  const others = { group, times, oneOrMore, optional, greedy, until, loopContiguity }
  for (const [field, value] of Object.entries(others)) {
    if (value === undefined || value === false) continue
    const message = `A stage with "not" takes no records, so "${field}" means nothing for it. Remove "${field}", or "not".`
    report('negation-with-field', [...path, field], message)
  }
  if (config.contiguity === 'followed-by-any') {
    const message =
      'A stage with "not" is next (the very next record must not meet it) or followed-by (no record before the next ' +
      'stage may). Choose one of the two.'
    report('negation-with-field', [...path, 'contiguity'], message)
  }
}

function checkGroup(config: StageConfig, path: Path, report: Report): void {
  if (config.group?.length === 0) {
    const message = 'A group needs at least one stage. Add one, or remove the group.'
    report('group-without-stages', [...path, 'group'], message)
  }
  if (config.where !== undefined) {
    const message = 'A group has no condition of its own. Move "where" to the stages in it.'
    report('group-with-field', [...path, 'where'], message)
  }
  if (config.greedy === true) {
    const message = 'Only a stage can be greedy, and this is a group. Remove "greedy".'
    report('group-with-field', [...path, 'greedy'], message)
  }
  checkStages(config.group ?? [], [...path, 'group'], report)
}

function checkRepetition(config: StageConfig, path: Path, report: Report): void {
  const { times, oneOrMore, until, greedy, loopContiguity, not } = config
  if (not === true) return
  const { min, max } = repetition(config)
  if (times !== undefined && oneOrMore === true) {
    const message = '"times" and "oneOrMore" both say how often. Remove one of them.'
    report('times-and-one-or-more', [...path, 'oneOrMore'], message)
  } else if (max === 0) {
    const message =
      'Times is 0, so that no record is ever taken. Choose at least 1, or remove the stage.'
    report('stage-never-matches', [...path, 'times'], message)
  } else if (max < min) {
    const message = `At least ${min} is more than at most ${max}. Exchange the two.`
    report('times-exchanged', [...path, 'times'], message)
  }
  const single = max === 1
  if (single && until !== undefined) {
    const message =
      '"until" ends a repetition, and this stage is not repeated. Remove it, or set "oneOrMore" or "times".'
    report('until-without-loop', [...path, 'until'], message)
  }
  if (single && loopContiguity !== undefined) {
    const message =
      '"loopContiguity" says how repetitions follow each other, and this stage is not repeated. Remove it, or set ' +
      '"oneOrMore" or "times".'
    report('loop-contiguity-without-loop', [...path, 'loopContiguity'], message)
  }
  if (greedy === true && config.group === undefined && min === max && config.optional !== true) {
    const message =
      `A greedy stage takes as many records as it can, and this one always takes ${min}. Remove "greedy", or let it ` +
      'take more with "oneOrMore" or "times", or none with "optional".'
    report('greedy-without-choice', [...path, 'greedy'], message)
  }
}

function checkNames(pattern: readonly StageConfig[], report: Report): void {
  const seen = new Set<string>()
  const walk = (configs: readonly StageConfig[], path: Path): void => {
    for (const [index, { name, group }] of configs.entries()) {
      if (name !== undefined && seen.has(name)) {
        const message = `Two stages are named "${name}". Give each its own name.`
        report('stage-name-twice', [...path, index, 'name'], message)
      }
      if (name !== undefined) seen.add(name)
      if (group !== undefined) walk(group, [...path, index, 'group'])
    }
  }
  walk(pattern, ['pattern'])
}

function checkAfterMatch(
  afterMatch: AfterMatch,
  stages: readonly string[],
  negations: readonly string[],
  report: Report,
): void {
  if (!('stage' in afterMatch) || stages.includes(afterMatch.stage)) return
  const { stage } = afterMatch
  const fact = negations.includes(stage)
    ? `Stage "${stage}" is a negation, which takes no records to skip to.`
    : `There is no stage "${stage}" to skip to.`
  const message = `${fact} Choose one of ${namesText(stages)}.`
  report('skip-to-unknown-stage', ['afterMatch', 'stage'], message)
}

/** Negations stand between records, and behind one that is surely there. */
function checkOrder(parts: readonly Part[], path: Path, report: Report): void {
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'group') checkGroupParts(part, report)
    if (part.kind !== 'not') continue
    const before = parts.slice(0, index).findLast(({ kind }) => kind !== 'not')
    const where = path.length === 1 ? 'pattern' : 'group'
    if (before === undefined || before.kind === 'not') {
      const message =
        `A ${where} begins with stage "${part.name}", a negation, and there is no record yet that something could ` +
        'follow. Put a stage before it.'
      report('negation-first', part.path, message)
    } else if (before.optional) {
      const message =
        `Stage "${part.name}" says what must not follow a stage that is optional, so that it may not be there. ` +
        'Make the stage before it mandatory; a second pattern can do without that stage.'
      report('negation-after-optional', part.path, message)
    }
  }
}

function checkGroupParts({ parts, path }: GroupPart, report: Report): void {
  if (parts.every((part) => part.kind === 'not' || part.optional)) {
    const message =
      'Every stage of this group is optional, so that a round of it might have no record. Make one of them mandatory, ' +
      'and the group optional.'
    report('group-may-be-empty', [...path, 'group'], message)
    return
  }
  checkOrder(parts, [...path, 'group'], report)
}

/** What repeats without end must be ended by something. */
function checkBounds(
  parts: readonly Part[],
  within: number | undefined,
  ends: boolean,
  report: Report,
): void {
  if (within !== undefined) return
  for (const part of parts) {
    if (part.kind === 'not') continue
    const ended = ends || part.until !== undefined
    if (part.max === Number.POSITIVE_INFINITY && !ended && part.loop !== 'next') {
      const message =
        'This stage is repeated without a limit, and nothing ends it: its records would be kept for ever. Set "within" ' +
        'for the pattern, or for the stage "until", a highest number in "times", or "loopContiguity": "next", with ' +
        'which the first record that does not meet the condition ends it.'
      report('repetition-without-end', part.path, message)
    }
    if (part.kind === 'group') checkBounds(part.parts, within, ended, report)
  }
}

function checkAutomaton(automaton: Automaton, { within }: Config, report: Report): void {
  if (automaton.positions[0]?.complete === true) {
    const message =
      'Every stage is optional, so that nothing at all would be a match. Make one of them mandatory.'
    report('pattern-may-be-empty', ['pattern'], message)
    return
  }
  for (const stage of automaton.greedyEnds) reportGreedyEnd(stage, report)
  if (automaton.endsWithNegation && within === undefined) {
    const message =
      'What must not follow stands at the end of this pattern, and without "within" nobody could ever tell that it has ' +
      `not come. Set "within", for instance "${durationText(600_000)}": the match then leaves when that time is over.`
    report('negation-without-within', ['within'], message)
  }
}

function reportGreedyEnd({ path }: StagePart, report: Report): void {
  const message =
    'No stage that must come stands behind this greedy one, so a match leaves with each record that it takes and nothing ' +
    'is left to be greedy for. Remove "greedy", or add a stage behind it.'
  report('greedy-at-the-end', [...path, 'greedy'], message)
}

/** The fields of a stage of a pattern, as documents write them. */

import { fields } from '@millrace/pipeline'
import * as z from 'zod'

/** How a record stands to the one before it in the match. */
export type Contiguity = 'next' | 'followed-by' | 'followed-by-any'

export interface StageConfig {
  readonly name?: string | undefined
  readonly where?: string | undefined
  readonly times?: number | { readonly min: number; readonly max?: number | undefined } | undefined
  readonly oneOrMore?: boolean | undefined
  readonly optional?: boolean | undefined
  readonly greedy?: boolean | undefined
  readonly until?: string | undefined
  readonly contiguity?: Contiguity | undefined
  readonly loopContiguity?: Contiguity | undefined
  readonly not?: boolean | undefined
  readonly group?: readonly StageConfig[] | undefined
}

/** What a stage may be repeated at most, unless it goes on for ever. */
export const TIMES_MAX = 1000

/** Groups inside each other. */
const NESTING_MAX = 3

const STAGES_MAX = 50

const NAME_LENGTH_MAX = 64

/** The stages of a pattern. */
export function stages(): z.ZodType<readonly StageConfig[]> {
  return stageList(NESTING_MAX)
    .min(1, 'A pattern needs at least one stage. Add one.')
    .meta({
      title: 'Pattern',
      description: 'The stages, in the order in which records must match them.',
      widget: 'pattern-stages',
      examples: [[{ name: 'a', where: "kind = 'start'" }, { name: 'b' }]],
    })
}

function group(nesting: number) {
  return stageList(nesting).meta({
    title: 'Group',
    description:
      'Stages that are repeated, or left out, together, in place of a stage. A group has no condition of its own.',
    widget: 'pattern-stages',
    examples: [[{ name: 'a', where: "kind = 'start'" }, { name: 'b' }]],
  })
}

function stageList(nesting: number) {
  const message = `A pattern may have ${STAGES_MAX} stages side by side. Divide it.`
  return z.array(stage(nesting)).max(STAGES_MAX, message)
}

function stage(nesting: number): z.ZodType<StageConfig> {
  const single = z.strictObject({
    name: stageName({
      title: 'Name',
      description: 'What expressions call the records of the stage. A group needs none.',
    }).optional(),
    where: fields
      .expression({
        title: 'Where',
        description:
          'What must be TRUE for a record, whose columns stand without a prefix. a.x is column x of the last record ' +
          'that stage a has so far, and SUM(a.x) ranges over all of them; so also for this stage itself.',
        example: 'price > a.price',
      })
      .optional(),
    times: times().optional(),
    oneOrMore: flag('One or more', 'The same as at least once, without a limit.'),
    optional: flag('Optional', 'Whether a match may do without this stage.'),
    greedy: flag(
      'Greedy',
      'Whether the stage takes every record that it can before the next stage has its turn.',
    ),
    until: fields
      .expression({
        title: 'Until',
        description: 'A record for which this is TRUE ends the repetition, and is not part of it.',
        example: "kind = 'stop'",
      })
      .optional(),
    contiguity: contiguity(
      'Contiguity',
      'How the record stands to the one before it in the match. Means nothing for the first stage.',
    ),
    loopContiguity: contiguity(
      'Contiguity in the loop',
      'The same between the repetitions of the stage.',
    ),
    not: flag('Not', 'Whether a record that meets the condition breaks the match off.'),
  })
  const any = nesting > 0 ? single.extend({ group: group(nesting - 1).optional() }) : single
  return any.meta({ title: 'Stage' })
}

/** Any text is a name; odd ones stand in backquotes in expressions. */
export function stageName(meta: { readonly title: string; readonly description?: string }) {
  const { title } = meta
  return z
    .string()
    .min(1, `${title} is empty. Give the stage a name, for instance "a".`)
    .max(NAME_LENGTH_MAX, `${title} is longer than ${NAME_LENGTH_MAX} characters. Shorten it.`)
    .meta({ ...meta, widget: 'stage-name', examples: ['a'] })
}

function times() {
  const range = z
    .strictObject({
      min: fields.count({
        title: 'At least',
        description: 'A match needs so many records of the stage.',
        max: TIMES_MAX,
      }),
      max: fields
        .count({ title: 'At most', description: 'Left out, there is no limit.', max: TIMES_MAX })
        .optional(),
    })
    .meta({ title: 'From to' })
  return z.union([fields.count({ title: 'Times', max: TIMES_MAX }), range]).meta({
    title: 'Times',
    description:
      'How often the stage is repeated: a number, or {"min": 2, "max": 5}. Once, if left out.',
    widget: 'times',
    examples: [3, { min: 2, max: 5 }],
  })
}

function contiguity(title: string, description: string) {
  return z
    .enum(['next', 'followed-by', 'followed-by-any'])
    .optional()
    .meta({
      title,
      description:
        `${description} next: the very next one. followed-by (if left out): the next that meets the condition, ` +
        'whatever lies between. followed-by-any: any later one that meets it.',
      widget: 'choice',
    })
}

function flag(title: string, description: string) {
  return z.boolean().optional().meta({ title, description, widget: 'switch' })
}

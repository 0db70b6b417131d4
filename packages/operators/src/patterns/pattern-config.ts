/** The config of a pattern: stages, how long they may take, what follows a match, what leaves. */

import { fields } from '@millrace/pipeline'
import * as z from 'zod'
import { checkShape } from './check-shape.ts'
import { stageName, stages } from './stage-config.ts'

/** Where the search goes on behind a match. */
export type AfterMatch =
  | { readonly skip: 'no-skip' | 'skip-to-next' | 'skip-past-last' }
  | { readonly skip: 'skip-to-first' | 'skip-to-last'; readonly stage: string }

const PLAIN = ['no-skip', 'skip-to-next', 'skip-past-last'] as const

function afterMatch() {
  const toStage = z
    .strictObject({
      skip: z.enum(['skip-to-first', 'skip-to-last']).meta({
        title: 'Skip',
        description: 'Whether the search goes on at the first or the last record of the stage.',
        widget: 'choice',
      }),
      stage: stageName({ title: 'Stage', description: 'The stage whose record to skip to.' }),
    })
    .meta({ title: 'Skip to a stage' })
  return z
    .union([z.enum(PLAIN).meta({ title: 'Skip' }), toStage])
    .meta({
      title: 'After a match',
      description:
        'Which other matches of the key still count. no-skip: all. skip-to-next: none that begins with the same record. ' +
        'skip-past-last: none that begins before the match has ended. {"skip": "skip-to-first", "stage": "b"} (or ' +
        'skip-to-last): none that begins before the first (last) record of that stage.',
      widget: 'after-match',
      examples: ['skip-past-last', { skip: 'skip-to-last', stage: 'b' }],
    })
    .transform((read): AfterMatch => (typeof read === 'string' ? { skip: read } : read))
}

export const patternConfig = z
  .strictObject({
    partitionBy: fields
      .columns({
        title: 'Partition by',
        description: 'Only records that agree in these columns can be in one match.',
      })
      .prefault([]),
    pattern: stages(),
    within: fields
      .duration({
        title: 'Within',
        description:
          'The last record of a match comes less than this after the first. What is not complete by then leaves by timeout.',
      })
      .optional(),
    afterMatch: afterMatch(),
    columns: fields.expressions({
      title: 'Columns',
      description:
        'What leaves for a match: a.x is column x of the last record of stage a, SUM(a.x) ranges over all its records. ' +
        'Columns that the pattern is partitioned by need no prefix.',
    }),
    onError: fields.onError(),
  })
  .superRefine(checkShape)

export type PatternConfig = z.output<typeof patternConfig>

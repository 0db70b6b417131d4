/** The fields that joins have in common, as `fields` has those of all operators. */

import { fields } from '@millrace/pipeline'
import * as z from 'zod'

const DESCRIPTIONS = {
  inner: 'matches (inner)',
  left: 'also left records that match nothing (left)',
  right: 'also right ones (right)',
  full: 'both (full)',
  semi: 'left records that match something, as they are (semi)',
  anti: 'left records that match nothing (anti)',
} as const

/** What a join may be asked for. */
export type JoinTypeName = keyof typeof DESCRIPTIONS

type SideNames = readonly [string, string]

/** Pairs of columns that must be equal, `[left, right]`. At least `min`. */
export function on(min: 0 | 1, [left, right]: SideNames = ['left', 'right']) {
  const pair = z.tuple([
    fields.column({ title: `${capital(left)} column` }),
    fields.column({ title: `${capital(right)} column` }),
  ])
  const meta = {
    title: 'On',
    description: `Pairs of a ${left} and a ${right} column that must be equal.`,
    widget: 'column-pairs',
    examples: [[['user', 'id']]],
  }
  if (min === 1) {
    const message =
      `On is empty, and a record must say whose partner it is. List pairs of a ${left} and a ${right} column, ` +
      'for instance ["user", "id"].'
    return z
      .array(pair)
      .refine((pairs) => pairs.length > 0, { message, params: { code: 'join-without-key' } })
      .meta(meta)
  }
  const description = `${meta.description} Without any, all records of a window match.`
  return z
    .array(pair)
    .prefault([])
    .meta({ ...meta, description })
}

export function where(example = 'left.amount > right.limit') {
  return fields
    .expression({
      title: 'Where',
      description: 'What else must be TRUE for two records to match.',
      example,
    })
    .optional()
}

export function type<const Name extends JoinTypeName>(names: readonly [Name, ...Name[]]) {
  return z
    .enum(names)
    .prefault('inner' as z.input<z.ZodEnum<{ [name in Name]: name }>>)
    .meta({
      title: 'Type',
      description: `Which records leave: ${names.map((name) => DESCRIPTIONS[name]).join(', ')}.`,
      widget: 'choice',
    })
}

/** The output; `from` says what its expressions may read. */
export function columns(from = 'left.x and right.x', [left, right]: SideNames = ['left', 'right']) {
  return fields
    .expressions({
      title: 'Columns',
      description: `The output, from ${from}. Left out, it is the ${left} columns and then the ${right} ones.`,
    })
    .optional()
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`
}

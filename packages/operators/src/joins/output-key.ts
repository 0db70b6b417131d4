/** Which columns identify a row of a join whose output is a table. */

import type { Column, StreamSchema } from '@millrace/pipeline'
import { copiedColumn } from '../projection.ts'
import { type JoinConfig, type JoinSchemas, outputScope } from './join-schema.ts'

/**
 * The key columns of the sides that tell rows apart, under their names in the output; those of a
 * stream are all of its columns. Where one of them does not leave as it came, all columns of the
 * output together.
 */
export function outputKey(
  config: JoinConfig,
  schemas: JoinSchemas,
  columns: readonly Column[],
  sides: readonly (0 | 1)[],
): readonly string[] {
  const scope = outputScope(config.type, schemas)
  const copies =
    config.columns?.map(({ name, value }) => ({ name, copied: copiedColumn(value, scope) })) ??
    scope.relations.flatMap((of, relation) =>
      of.columns.map(({ name }, index) => ({ name, copied: { relation, index } })),
    )
  const key: string[] = []
  for (const side of sides) {
    for (const index of keyIndexes(side === 0 ? schemas.left : schemas.right)) {
      const found = copies.find(({ copied }) => copied?.relation === side && copied.index === index)
      if (found === undefined) return columns.map(({ name }) => name)
      key.push(found.name)
    }
  }
  return key
}

/**
 * What a table may declare as its key where these columns tell the rows apart. In a full join a
 * left and a right row may stand alone with NULL in their own keys, and look the same by them:
 * there all columns are the key.
 */
export function declaredKey(
  { type }: JoinConfig,
  columns: readonly Column[],
  telling: readonly string[],
): readonly string[] {
  return type === 'full' ? columns.map(({ name }) => name) : telling
}

/** The places of the columns that identify a row of an input. */
export function keyIndexes({ columns, key }: StreamSchema): readonly number[] {
  if (key === undefined) return columns.map((_, index) => index)
  return key.map((name) => columns.findIndex((column) => column.name === name))
}

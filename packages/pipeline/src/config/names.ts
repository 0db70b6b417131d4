/** Fields that hold the name of a column. */

import * as z from 'zod'

export interface FieldOptions {
  readonly title: string
  readonly description?: string
}

export const NAME_LENGTH_MAX = 256

/**
 * A column that the operator makes. Any text is a name; odd ones stand in backquotes in
 * expressions.
 */
export function columnName(
  options: FieldOptions & { readonly example?: string } = { title: 'Column name' },
) {
  const { example = 'total', ...field } = options
  const { title } = field
  return z
    .string()
    .min(1, `${title} is empty. Give the column a name.`)
    .max(NAME_LENGTH_MAX, `${title} is longer than ${NAME_LENGTH_MAX} characters. Shorten it.`)
    .meta({ ...field, widget: 'column-name', examples: [example] })
}

/** A column of the records that come in. The operator checks that it is there. */
export function column(options: FieldOptions) {
  const { title } = options
  return z
    .string()
    .min(1, `${title} is empty. Name a column.`)
    .max(NAME_LENGTH_MAX, `${title} is longer than ${NAME_LENGTH_MAX} characters, the limit.`)
    .meta({ ...options, widget: 'column', examples: ['user'] })
}

/** Several columns of the records that come in, none of them twice. */
export function columns(options: FieldOptions & { readonly min?: number }) {
  const { min = 0, ...field } = options
  return z
    .array(column({ title: 'Column' }))
    .min(min, `${field.title} names no column and needs at least ${min}. Add one.`)
    .superRefine((names, context) => {
      const seen = new Set<string>()
      for (const [index, name] of names.entries()) {
        if (seen.has(name)) {
          context.addIssue({
            code: 'custom',
            message: `${field.title} names column "${name}" twice. Remove one of them.`,
            path: [index],
            params: { code: 'column-twice' },
          })
        }
        seen.add(name)
      }
    })
    .meta({ ...field, widget: 'columns', examples: [['user']] })
}

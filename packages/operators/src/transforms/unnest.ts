/** Makes a record of each element of a list. */

import { type Batch, defineOperator, process, type Unfinished } from '@millrace/engine'
import {
  columnIndex,
  EMPTY_ROW,
  fields,
  type PlanContext,
  type Row,
  type StreamSchema,
  typeText,
  type Value,
} from '@millrace/pipeline'
import * as z from 'zod'
import { checkColumn } from '../column-list.ts'
import { checkAppendInput } from '../input-kinds.ts'

const config = z.strictObject({
  column: fields.column({ title: 'Column', description: 'A column that holds a list.' }),
  as: fields
    .columnName({
      title: 'As',
      example: 'element',
      description:
        'A column for the element, behind the others. Left out, the element takes the place of the list.',
    })
    .optional(),
  keepEmpty: z.boolean().prefault(false).meta({
    title: 'Keep empty',
    description:
      'Whether a record whose list is empty or NULL leaves too, with NULL for the element.',
    widget: 'switch',
  }),
})

type UnnestConfig = z.output<typeof config>

function checkUnnest(
  { column, as }: UnnestConfig,
  input: StreamSchema,
  plan: PlanContext,
): StreamSchema {
  checkAppendInput('An unnest', 'in', input, plan)
  const found = checkColumn(column, ['column'], input, plan)
  const type = found?.type
  if (type !== undefined && type.kind !== 'list' && type.kind !== 'unknown') {
    const message =
      `Column "${column}" is ${typeText(type)}, and an unnest takes a list. Choose a list, or make one in a ` +
      'select: CAST a column of type any to list<T>, or SPLIT a text.'
    plan.report({ code: 'unnest-not-list', path: ['column'], message })
  }
  const element = { name: as ?? column, type: type?.kind === 'list' ? type.of : UNKNOWN }
  if (as === undefined) {
    return { ...input, columns: input.columns.map((other) => (other === found ? element : other)) }
  }
  if (columnIndex(input, as) >= 0) {
    const message = `Column "${as}" comes in already. Choose another name, or leave "as" out.`
    plan.report({ code: 'column-made-twice', path: ['as'], message })
  }
  return { ...input, columns: [...input.columns, element] }
}

const UNKNOWN = { kind: 'unknown' } as const

/** Rows that one record makes at once. A longer list is worked off in steps. */
const AT_ONCE_MAX = 1_024

export const unnest = defineOperator({
  id: 'unnest',
  category: 'transform',
  title: 'Unnest',
  icon: 'unnest',
  summary: 'Makes a record of each element of a list.',
  details:
    'Each element leaves with the other columns and the event time of its record, in the order of the list. With ' +
    '`as`, the element is a new column behind the others and the list stays; without, the element takes the place of ' +
    'the list. A record whose list is empty or NULL counts as filtered, unless `keepEmpty` lets it leave with NULL. ' +
    'Fields of an element that is a record are read as `item.price`.',
  config,
  inputs: ['in'],
  outputs: ['out'],
  outputSchemas: (settings, { in: input }, plan) => ({ out: checkUnnest(settings, input, plan) }),
  run: ({ column, as, keepEmpty }, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => {
      const { ledger, inputSchemas } = context
      const at = inputSchemas.in === undefined ? -1 : columnIndex(inputSchemas.in, column)
      const withElement = (row: Row, element: Value): Row =>
        as === undefined ? row.with(at, element) : [...row, element]
      function* inSteps(row: Row, list: readonly Value[], timeMs: number) {
        for (const element of list) {
          out.out.emit(withElement(row, element), timeMs)
          yield
        }
      }
      return {
        rows: (_input, { rows, times }: Batch, from, to): Unfinished | undefined => {
          for (let index = from; index < to; index++) {
            const row = rows[index] ?? EMPTY_ROW
            const timeMs = times?.[index] ?? 0
            const list = (row[at] ?? []) as readonly Value[]
            if (list.length === 0 && !keepEmpty) {
              ledger.filtered++
              continue
            }
            ledger.passed++
            if (list.length > AT_ONCE_MAX) {
              return { to: index + 1, work: inSteps(row, list, timeMs) }
            }
            if (list.length === 0) out.out.emit(withElement(row, null), timeMs)
            for (const element of list) out.out.emit(withElement(row, element), timeMs)
          }
          return undefined
        },
      }
    }),
  examples: [
    {
      title: 'A record for each tag',
      config: { column: 'tags', as: 'tag' },
      inputs: {
        in: {
          schema: { page: 'string', tags: 'list<string>' },
          elements: [
            { at: '2026-01-01T00:00:01Z', row: { page: '/', tags: ['new', 'home'] } },
            { at: '2026-01-01T00:00:02Z', row: { page: '/cart', tags: [] } },
          ],
        },
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:01Z', row: { page: '/', tags: ['new', 'home'], tag: 'new' } },
          { at: '2026-01-01T00:00:01Z', row: { page: '/', tags: ['new', 'home'], tag: 'home' } },
        ],
      },
    },
    {
      title: 'The element in place of the list; records without elements leave too',
      config: { column: 'items', keepEmpty: true },
      inputs: {
        in: {
          schema: { order: 'integer', items: 'list<string>' },
          elements: [
            { at: '2026-01-01T00:00:01Z', row: { order: 1, items: ['tea', 'cup'] } },
            { at: '2026-01-01T00:00:02Z', row: { order: 2, items: null } },
          ],
        },
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:01Z', row: { order: 1, items: 'tea' } },
          { at: '2026-01-01T00:00:01Z', row: { order: 1, items: 'cup' } },
          { at: '2026-01-01T00:00:02Z', row: { order: 2, items: null } },
        ],
      },
    },
  ],
})

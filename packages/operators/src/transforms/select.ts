/** Computes the columns of each record anew. */

import { defineOperator, process } from '@millrace/engine'
import {
  type Column,
  type ColumnRead,
  EMPTY_ROW,
  EvaluationError,
  fields,
  isTable,
  type PlanContext,
  type ResultWindow,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import * as z from 'zod'
import { columnsScope } from '../check-expression.ts'
import { checkColumn, copiedColumn, createProjection } from '../projection.ts'

const config = z.strictObject({
  columns: fields.expressions({
    title: 'Columns',
    description: 'The columns that leave, each with the expression that computes it.',
  }),
  keepOthers: z
    .boolean()
    .prefault(false)
    .meta({
      title: 'Keep others',
      description:
        'Whether the columns that come in leave too. One that is computed anew stays where it stood, new ones ' +
        'come behind.',
      widget: 'switch',
    }),
  onError: fields.onError(),
})

type SelectConfig = z.output<typeof config>

/** A column that leaves: `text` computes it, or it is the one at `index` that came in. */
interface Selected {
  readonly name: string
  readonly source: { readonly text: string } | ColumnRead
}

function selectedColumns(
  { columns, keepOthers }: SelectConfig,
  input: readonly Column[],
): readonly Selected[] {
  const computed = columns.map(({ name, value }) => ({ name, source: { text: value } }))
  if (!keepOthers) return computed
  const kept = input.map(({ name }, index): Selected => {
    const anew = computed.find((column) => column.name === name)
    return anew ?? { name, source: { relation: 0, index } }
  })
  const there = new Set(input.map(({ name }) => name))
  return [...kept, ...computed.filter(({ name }) => !there.has(name))]
}

function checkSelect(config: SelectConfig, input: StreamSchema, plan: PlanContext): StreamSchema {
  const scope = columnsScope(input.columns)
  const selected = selectedColumns(config, input.columns)
  const columns = selected.map(({ name, source }): Column => {
    if ('text' in source) {
      return { name, type: checkColumn(plan, ['columns', name], source.text, scope, { input }) }
    }
    return { name, type: input.columns[source.index]?.type ?? { kind: 'unknown' } }
  })
  const { window, ...rest } = input
  const stream =
    window === undefined ? rest : { ...rest, window: windowOf(selected, input, window) }
  if (input.changes === 'append') return { ...stream, columns }
  return { ...stream, columns, key: keyOf(selected, input, plan) }
}

/** The column in which a window's end leaves, where it leaves as it came. */
function windowOf(
  selected: readonly Selected[],
  { columns }: StreamSchema,
  { endColumn, latenessMs }: ResultWindow,
): ResultWindow {
  const scope = columnsScope(columns)
  const found = selected.find(({ source }) => {
    const copied = 'text' in source ? copiedColumn(source.text, scope) : source
    return copied !== undefined && columns[copied.index]?.name === endColumn
  })
  return { latenessMs, ...(found && { endColumn: found.name }) }
}

/**
 * The names under which the key columns leave; they must leave as they came for the output to be a
 * table.
 */
function keyOf(
  selected: readonly Selected[],
  { columns, key = [] }: StreamSchema,
  plan: PlanContext,
): readonly string[] {
  const scope = columnsScope(columns)
  const copies = selected.map(({ name, source }) => {
    const copied = 'text' in source ? copiedColumn(source.text, scope) : source
    return { name, from: copied === undefined ? undefined : columns[copied.index]?.name }
  })
  return key.map((name) => {
    const found = copies.filter(({ from }) => from === name)
    const copy = found.find((candidate) => candidate.name === name) ?? found[0]
    if (copy !== undefined) return copy.name
    const listed = key.map((column) => `"${column}"`).join(', ')
    const message =
      `The input is a table with the key ${listed}, and key column "${name}" does not leave as it came. ` +
      `Add the column "${name}": "${name}", or set "keepOthers" to true.`
    plan.report({ code: 'key-column-lost', path: ['columns'], message })
    return name
  })
}

export const select = defineOperator({
  id: 'select',
  category: 'transform',
  title: 'Select',
  icon: 'columns',
  summary: 'Computes the columns of each record anew.',
  details:
    'A record keeps its event time, and stays in its place. On a table, the columns of the key must leave as ' +
    'they came, under their name or another one, and no expression may read the clock. A record ' +
    'with an expression that has no value (a division by zero, say) goes to `errors` as it came.',
  config,
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (config, { in: input }, plan) => ({ out: checkSelect(config, input, plan) }),
  run: (config, inputs, context) =>
    process(
      inputs,
      context,
      { ports: ['out', 'errors'], onError: config.onError },
      ({ out, refuse }) => {
        const { ledger, inputSchemas } = context
        const columns = inputSchemas.in?.columns ?? []
        const scope = columnsScope(columns)
        const sources = selectedColumns(config, columns).map(({ source }) =>
          'text' in source ? source.text : source,
        )
        const project = createProjection(sources, scope, context)
        return {
          ...(isTable(inputSchemas.in)
            ? {}
            : { step: { kind: 'select', columns: sources, scope } }),
          rows: (input, { rows, times, changes }, from, to) => {
            for (let index = from; index < to; index++) {
              const row = rows[index] ?? EMPTY_ROW
              let made: Row
              try {
                made = project(row, EMPTY_ROW)
              } catch (error) {
                if (!(error instanceof EvaluationError)) throw error
                refuse(input, row, error)
                continue
              }
              ledger.passed++
              out.out.emitChange(changes?.[index] ?? '+I', made, times?.[index] ?? 0)
            }
          },
        }
      },
    ),
  examples: [
    {
      title: 'A total, and the name in capitals',
      config: { columns: { name: 'UPPER(name)', total: 'price * quantity' } },
      inputs: {
        in: {
          schema: { name: 'string', price: 'double', quantity: 'integer' },
          elements: [
            { at: '2026-01-01T00:00:01Z', row: { name: 'tea', price: 2.5, quantity: 4 } },
            { at: '2026-01-01T00:00:02Z', row: { name: 'cup', price: 7, quantity: null } },
          ],
        },
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:01Z', row: { name: 'TEA', total: 10 } },
          { at: '2026-01-01T00:00:02Z', row: { name: 'CUP', total: null } },
        ],
      },
    },
    {
      title: 'One column computed anew, the others as they are',
      config: { columns: { page: 'LOWER(page)', slow: 'ms > 100' }, keepOthers: true },
      inputs: {
        in: {
          schema: { page: 'string', ms: 'double' },
          elements: [{ at: '2026-01-01T00:00:01Z', row: { page: '/Cart', ms: 240 } }],
        },
      },
      outputs: {
        out: [{ at: '2026-01-01T00:00:01Z', row: { page: '/cart', ms: 240, slow: true } }],
      },
    },
  ],
})

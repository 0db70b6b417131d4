/** Brings streams with the same columns together into one. */

import { defineOperator, process } from '@millrace/engine'
import {
  appendStream,
  type Column,
  columnIndex,
  didYouMean,
  EMPTY_ROW,
  type PlanContext,
  type Row,
  type StreamSchema,
  sameType,
  typeText,
  type Value,
} from '@millrace/pipeline'
import * as z from 'zod'

/** Edges are spoken of by their number, in the order in which they are followed. */
function checkEdge(edge: StreamSchema, number: number, first: StreamSchema, plan: PlanContext) {
  const report = (code: string, message: string) => plan.report({ code, port: 'in', message })
  if (edge.changes !== 'append') {
    const message =
      `Edge ${number} is a table (${edge.changes}), whose rows replace each other, and a union takes append ` +
      'streams only. Bring the streams together before the operator that makes the table.'
    report('union-of-table', message)
    return
  }
  for (const { name, type } of first.columns) {
    const other = edge.columns[columnIndex(edge, name)]
    if (other === undefined) {
      const hint = didYouMean(name, namesOnlyIn(edge, first)).replace('Did you mean', 'Is it')
      const message =
        `Edge ${number} has no column "${name}", which edge 1 has.${hint} ` +
        'Give the edges the same columns with a select.'
      report('union-column-missing', message)
    } else if (!fits(type, other.type)) {
      const message =
        `Column "${name}" is ${typeText(type)} on edge 1 and ${typeText(other.type)} on edge ${number}. ` +
        'CAST one of them in a select.'
      report('union-column-type', message)
    }
  }
  for (const name of namesOnlyIn(edge, first)) {
    const message =
      `Edge ${number} has a column "${name}", which edge 1 has not. ` +
      'Give the edges the same columns with a select.'
    report('union-column-extra', message)
  }
}

function fits(a: Column['type'], b: Column['type']): boolean {
  return a.kind === 'unknown' || b.kind === 'unknown' || sameType(a, b)
}

function namesOnlyIn(edge: StreamSchema, other: StreamSchema): readonly string[] {
  return edge.columns.map(({ name }) => name).filter((name) => columnIndex(other, name) < 0)
}

/** How rows of an edge become rows of the first one; undefined where they are. */
function createReorder(edge: StreamSchema, first: StreamSchema): ((row: Row) => Row) | undefined {
  const indexes = first.columns.map(({ name }) => columnIndex(edge, name))
  if (indexes.every((index, at) => index === at)) return undefined
  return (row) => indexes.map((index): Value => row[index] ?? null)
}

export const union = defineOperator({
  id: 'union',
  category: 'transform',
  title: 'Union',
  icon: 'merge',
  summary: 'Brings streams with the same columns together into one.',
  details:
    'All edges must have columns of the same names and types; the order is that of the first edge, by the id ' +
    'of the node that it comes from. Records leave in the order in which they arrive, duplicates included. ' +
    'The watermark is the lowest of all edges, so a silent edge holds it back unless it is idle.',
  config: z.strictObject({}),
  inputs: ['in'],
  manyInput: 'in',
  outputs: ['out'],
  outputSchemas: (_config, { in: first }, plan) => {
    const edges = plan.channels('in')
    for (const [index, edge] of edges.entries()) checkEdge(edge, index + 1, first, plan)
    const timed = edges.every(({ eventTime }) => eventTime)
    const { window } = first
    const alike = edges.every(
      (edge) =>
        edge.window?.endColumn === window?.endColumn &&
        edge.window?.latenessMs === window?.latenessMs,
    )
    const out = appendStream(first.columns, timed)
    return { out: window !== undefined && alike ? { ...out, window } : out }
  },
  run: (_config, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => {
      const edges = context.channels('in')
      const reorders = edges.map((edge) => createReorder(edge, edges[0] ?? edge))
      return {
        rows: (input, { rows, times }, from, to) => {
          const reorder = reorders[input]
          context.ledger.passed += to - from
          for (let index = from; index < to; index++) {
            const row = rows[index] ?? EMPTY_ROW
            out.out.emit(reorder === undefined ? row : reorder(row), times?.[index] ?? 0)
          }
        },
      }
    }),
  examples: [
    {
      title: 'Clicks of two sites; the second names its columns in another order',
      config: {},
      inputs: {
        in: [
          {
            schema: { user: 'string', page: 'string' },
            elements: [
              { at: '2026-01-01T00:00:01Z', row: { user: 'ada', page: '/' } },
              { at: '2026-01-01T00:00:03Z', row: { user: 'ada', page: '/cart' } },
            ],
          },
          {
            schema: { page: 'string', user: 'string' },
            elements: [{ at: '2026-01-01T00:00:02Z', row: { page: '/help', user: 'bob' } }],
          },
        ],
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:01Z', row: { user: 'ada', page: '/' } },
          { at: '2026-01-01T00:00:02Z', row: { user: 'bob', page: '/help' } },
          { at: '2026-01-01T00:00:03Z', row: { user: 'ada', page: '/cart' } },
        ],
      },
    },
  ],
})

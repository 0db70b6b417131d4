/**
 * Pipelines whose output must not depend on how records were put into batches: one source parts
 * into two sides that meet again in a join, or each side has a source of its own.
 */

import { defineOperator } from '@millrace/engine'
import { appendStream, INTEGER, type Row, STRING, type Value } from '@millrace/pipeline'
import * as z from 'zod'

/** A record: its time, its side, then the values of a, b, v and n. */
export type SideRow = readonly [timeMs: number, side: string, ...values: Value[]]

/** The records as they are, with their side as a column. */
export const recordSource = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'record-source',
  category: 'source',
  config: z.strictObject({ rows: z.array(z.array(z.unknown())), delayMs: z.int() }),
  inputs: [],
  outputs: ['out', 'errors'],
  outputSchemas: () => ({
    out: appendStream(
      [
        { name: 'side', type: STRING },
        { name: 'a', type: STRING },
        ...['b', 'v', 'n'].map((name) => ({ name, type: INTEGER })),
      ],
      true,
    ),
  }),
  read: ({ rows, delayMs }) => {
    let left = rows
    return {
      bounded: true,
      watermark: { maxOutOfOrdernessMs: delayMs, intervalMs: 1 },
      read: (rowsMax) => {
        const chunk = left.slice(0, rowsMax)
        left = left.slice(rowsMax)
        if (chunk.length === 0) return undefined
        return {
          rows: chunk.map((values) => values.slice(1) as Row),
          times: chunk.map(([at]) => Number(at)),
          rejects: [],
        }
      },
      close: async () => {},
    }
  },
})

/** The node of the join is called `join`. */
export interface Sides {
  readonly rows: readonly SideRow[]
  readonly delayMs: number
  readonly operator: string
  readonly ports: readonly [string, string]
  readonly config: object
}

export function twoSources({ rows, delayMs, operator, ports: [first, second], config }: Sides) {
  const source = (name: string) => ({
    operator: 'record-source',
    config: { rows: rows.filter(([, side]) => side === name), delayMs },
  })
  return {
    format: 'millrace/1',
    name: 'Two sources',
    nodes: {
      lefts: source('left'),
      rights: source('right'),
      join: { operator, config },
    },
    edges: [
      { from: 'lefts', to: `join.${first}` },
      { from: 'rights', to: `join.${second}` },
    ],
  }
}

export function diamond({
  rows,
  delayMs,
  operator,
  ports: [first, second],
  config,
}: Sides): object {
  return {
    format: 'millrace/1',
    name: 'Diamond',
    nodes: {
      source: { operator: 'record-source', config: { rows, delayMs } },
      lefts: { operator: 'filter', config: { where: "side = 'left'" } },
      rights: { operator: 'filter', config: { where: "side = 'right'" } },
      join: { operator, config },
    },
    edges: [
      { from: 'source', to: 'lefts' },
      { from: 'source', to: 'rights' },
      { from: 'lefts', to: `join.${first}` },
      { from: 'rights', to: `join.${second}` },
    ],
  }
}

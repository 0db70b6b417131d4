/** Keeps the latest rows, for looking at them. */

import { type Change, defineOperator, process, type State, type StateValue } from '@millrace/engine'
import { EMPTY_ROW, fields, type Row } from '@millrace/pipeline'
import * as z from 'zod'

const ROWS_MAX = 100_000

const config = z.strictObject({
  rows: fields
    .count({
      title: 'Rows',
      description: 'How many of the latest rows are kept. Those before them are let go.',
      min: 1,
      max: ROWS_MAX,
      unit: 'rows',
    })
    .prefault(1000),
})

export interface InspectedRow {
  readonly row: Row
  /** Undefined where the input has no event time. */
  readonly timeMs: number | undefined
  readonly change: Change
  /** How many rows came before it. */
  readonly number: number
}

/** The latest rows, in a circle: the next one takes the place of the oldest. */
interface Ring {
  readonly rows: InspectedRow[]
  /** How many rows have come. */
  count: number
}

const RING = 'ring'

/** What an inspect-sink keeps in its state: the newest `limit` rows, the oldest of them first. */
export function readInspected(
  state: State,
  limit = Number.POSITIVE_INFINITY,
): readonly InspectedRow[] {
  const { rows, count } = ringOf(state).get()
  const length = Math.min(limit, rows.length)
  // The place after the newest row is that of the oldest, in a circle that may be longer.
  const first = count - length
  const newest: InspectedRow[] = []
  for (let number = first; number < count; number++) {
    const row = rows[number % rows.length]
    if (row !== undefined) newest.push(row)
  }
  return newest
}

function ringOf(state: State): StateValue<Ring> {
  return state.value<Ring>(RING, { rows: [], count: 0 })
}

export const inspectSink = defineOperator({
  id: 'inspect-sink',
  category: 'sink',
  title: 'Inspect',
  icon: 'eye',
  summary: 'Keeps the latest rows, for looking at them.',
  details:
    'The page shows them while the job runs and after it. Of a table, the changes are kept as they came. Every ' +
    'row counts as passed on: it has been seen, whether it is still kept or not.',
  config,
  inputs: ['in'],
  upsertInputs: ['in'],
  outputs: [],
  outputSchemas: () => ({}),
  inspectRows: (state, limit) => ({
    rows: readInspected(state, limit).map(({ row }) => row),
    total: ringOf(state).get().count,
  }),
  run: ({ rows: rowsMax }, inputs, context) =>
    process<'in', never>(inputs, context, { ports: [] }, () => {
      const state = ringOf(context.state)
      return {
        rows: (_input, { rows, times, changes }, from, to) => {
          const ring = state.get()
          context.ledger.passed += to - from
          // Rows that would be replaced by others of the same batch need not come in at all.
          const first = Math.max(from, to - rowsMax)
          ring.count += first - from
          for (let index = first; index < to; index++) {
            ring.rows[ring.count % rowsMax] = {
              row: rows[index] ?? EMPTY_ROW,
              timeMs: times?.[index],
              change: changes?.[index] ?? '+I',
              number: ring.count++,
            }
          }
          state.set(ring)
        },
      }
    }),
  examples: [
    {
      title: 'The last hundred readings',
      config: { rows: 100 },
      inputs: {
        in: {
          schema: { celsius: 'double' },
          elements: [{ at: '2026-01-01T00:00:00Z', row: { celsius: 20.5 } }],
        },
      },
      outputs: {},
    },
  ],
})

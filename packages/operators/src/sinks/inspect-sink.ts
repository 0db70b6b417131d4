/** Keeps the latest rows, for looking at them. */

import {
  type Change,
  defineOperator,
  type MigrationScene,
  process,
  type SettingChange,
  type State,
  type StateTable,
  type StateValue,
} from '@millrace/engine'
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

/** A circle is in one namespace. */
const ALL = 0

/** The latest rows, in a circle: the next one takes the place of the oldest. */
interface Ring {
  /** By place, from 0. */
  readonly rows: StateTable<InspectedRow>
  /** How many rows have come. */
  readonly count: StateValue<number>
  /**
   * How many places there are, where that has changed since the first row; 0 where it has not. Then
   * all places are taken, or the first so many as rows have come.
   */
  readonly places: StateValue<number>
}

function ringOf(state: State): Ring {
  return {
    rows: state.table('ring'),
    count: state.value('count', 0),
    places: state.value('places', 0),
  }
}

/** What an inspect-sink keeps in its state: the newest `limit` rows, the oldest of them first. */
export function readInspected(
  state: State,
  limit = Number.POSITIVE_INFINITY,
): readonly InspectedRow[] {
  const { rows, count, places } = ringOf(state)
  const kept = rows.count(ALL)
  const size = places.get() || kept
  const end = count.get()
  const newest: InspectedRow[] = []
  for (let number = end - Math.min(limit, kept); number < end; number++) {
    const row = rows.get(ALL, number % size)
    if (row !== undefined) newest.push(row)
  }
  return newest
}

/** In a circle of another size, rows stand at other places. */
function carryRows({ before, now }: SettingChange) {
  const size = Number(now)
  return {
    summary: `The latest ${size} rows are kept, and not ${before}.`,
    apply: ({ state }: MigrationScene) => {
      const { rows, places } = ringOf(state)
      const latest = readInspected(state, size)
      rows.drop(ALL)
      for (const one of latest) rows.put(ALL, one.number % size, one)
      places.set(size)
    },
  }
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
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'Its rows are part of the job: they go back to the checkpoint with it, or begin anew with it.',
  },
  config,
  carriedSettings: new Map([['rows', carryRows]]),
  inputs: ['in'],
  upsertInputs: ['in'],
  outputs: [],
  outputSchemas: () => ({}),
  inspectRows: (state, limit) => {
    const kept = readInspected(state, limit)
    return {
      rows: kept.map(({ row }) => row),
      changes: kept.map(({ change }) => change),
      total: ringOf(state).count.get(),
    }
  },
  run: ({ rows: rowsMax }, inputs, context) =>
    process<'in', never>(inputs, context, { ports: [] }, () => {
      const ring = ringOf(context.state)
      return {
        rows: (_input, { rows, times, changes }, from, to) => {
          context.ledger.passed += to - from
          // Rows that would be replaced by others of the same batch need not come in at all.
          const first = Math.max(from, to - rowsMax)
          let number = ring.count.get() + first - from
          for (let index = first; index < to; index++) {
            ring.rows.put(ALL, number % rowsMax, {
              row: rows[index] ?? EMPTY_ROW,
              timeMs: times?.[index],
              change: changes?.[index] ?? '+I',
              number: number++,
            })
          }
          ring.count.set(number)
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

/** Lets through the records for which a condition is TRUE. */

import { defineOperator, type Emit, type Handler, process, type RunContext } from '@millrace/engine'
import {
  compileExpression,
  EMPTY_ROW,
  EvaluationError,
  fields,
  isTable,
  type Row,
} from '@millrace/pipeline'
import * as z from 'zod'
import { checkCondition, columnsScope } from '../check-expression.ts'
import { UpdatePairs } from '../update-pairs.ts'

const config = z.strictObject({
  where: fields.expression({
    title: 'Where',
    description: 'What must be TRUE for a record to pass. With FALSE or NULL it is filtered out.',
    example: 'ms > 100',
  }),
  onError: fields.onError(),
})

/** The rows of a table that pass: an update may let a row in, or put it out. */
function createTableFilter(
  passes: (row: Row) => boolean,
  { out, refuse }: Emit<'out' | 'errors'>,
  context: RunContext,
): Handler {
  const { ledger } = context
  const judge = (row: Row | undefined): boolean => {
    if (row === undefined) return false
    try {
      const passed = passes(row)
      if (passed) ledger.passed++
      else ledger.filtered++
      return passed
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      refuse(0, row, error)
      return false
    }
  }
  const pairs = new UpdatePairs(context, (before, beforeMs, after, afterMs) => {
    const was = judge(before)
    const is = judge(after)
    if (before !== undefined && was) out.out.emitChange(is ? '-U' : '-D', before, beforeMs)
    if (after !== undefined && is) out.out.emitChange(was ? '+U' : '+I', after, afterMs)
  })
  return { rows: (_input, batch, from, to) => pairs.rows(batch, from, to) }
}

export const filter = defineOperator({
  id: 'filter',
  category: 'transform',
  title: 'Filter',
  icon: 'funnel',
  summary: 'Lets through the records for which a condition is TRUE.',
  details:
    'A record for which the condition is FALSE or NULL is left out and counted as filtered. Nothing else ' +
    'about a record changes: columns, event time and order stay as they are.\n\n' +
    'Of a table, the rows for which the condition is TRUE are a table too: where an update makes it TRUE, the row ' +
    'comes (`+I`), and where it makes it no longer TRUE, the row goes (`-D`). There, no condition may read the clock.',
  config,
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: ({ where }, { in: input }, plan) => {
    checkCondition(plan, ['where'], where, columnsScope(input.columns), input)
    return { out: input }
  },
  run: ({ where, onError }, inputs, context) =>
    process(inputs, context, { ports: ['out', 'errors'], onError }, (emit) => {
      const { out, refuse } = emit
      const { ledger, inputSchemas } = context
      const scope = columnsScope(inputSchemas.in?.columns ?? [])
      const { evaluate } = compileExpression(where, scope, context)
      if (isTable(inputSchemas.in)) {
        return createTableFilter((row) => evaluate(row, EMPTY_ROW) === true, emit, context)
      }
      return {
        step: { kind: 'filter', where, scope },
        rows: (input, { rows, times }, from, to) => {
          for (let index = from; index < to; index++) {
            const row = rows[index] ?? EMPTY_ROW
            let passes: boolean
            try {
              passes = evaluate(row, EMPTY_ROW) === true
            } catch (error) {
              if (!(error instanceof EvaluationError)) throw error
              refuse(input, row, error)
              continue
            }
            if (passes) {
              ledger.passed++
              out.out.emit(row, times?.[index] ?? 0)
            } else ledger.filtered++
          }
        },
      }
    }),
  examples: [
    {
      title: 'Slow requests only',
      config: { where: 'ms > 100' },
      inputs: {
        in: {
          schema: { page: 'string', ms: 'double' },
          elements: [
            { at: '2026-01-01T00:00:01Z', row: { page: '/', ms: 80 } },
            { at: '2026-01-01T00:00:02Z', row: { page: '/cart', ms: 240 } },
            { at: '2026-01-01T00:00:03Z', row: { page: '/', ms: null } },
          ],
        },
      },
      outputs: { out: [{ at: '2026-01-01T00:00:02Z', row: { page: '/cart', ms: 240 } }] },
    },
    {
      title: 'Of a table, an update puts a row out and lets it in again',
      config: { where: 'stock > 0' },
      inputs: {
        in: {
          schema: { item: 'string', stock: 'integer' },
          eventTime: false,
          table: { changes: 'retract', key: ['item'] },
          elements: [
            { change: '+I', row: { item: 'tea', stock: 1 } },
            { change: '-U', row: { item: 'tea', stock: 1 } },
            { change: '+U', row: { item: 'tea', stock: 0 } },
            { change: '-U', row: { item: 'tea', stock: 0 } },
            { change: '+U', row: { item: 'tea', stock: 9 } },
          ],
        },
      },
      outputs: {
        out: [
          { change: '+I', row: { item: 'tea', stock: 1 } },
          { change: '-D', row: { item: 'tea', stock: 1 } },
          { change: '+I', row: { item: 'tea', stock: 9 } },
        ],
      },
    },
  ],
})

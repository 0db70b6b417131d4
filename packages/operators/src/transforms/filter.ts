/** Lets through the records for which a condition is TRUE. */

import { defineOperator, process } from '@millrace/engine'
import { compileExpression, EMPTY_ROW, EvaluationError, fields } from '@millrace/pipeline'
import * as z from 'zod'
import { checkCondition, columnsScope } from '../check-expression.ts'

const config = z.strictObject({
  where: fields.expression({ title: 'Where', example: 'ms > 100' }),
  onError: fields.onError(),
})

export const filter = defineOperator({
  id: 'filter',
  category: 'transform',
  title: 'Filter',
  icon: 'funnel',
  summary: 'Lets through the records for which a condition is TRUE.',
  details:
    'A record for which the condition is FALSE or NULL is left out and counted as filtered. Nothing else ' +
    'about a record changes: columns, event time and order stay as they are. On a table, no ' +
    'condition may read the clock.',
  config,
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: ({ where }, { in: input }, plan) => {
    checkCondition(plan, ['where'], where, columnsScope(input.columns), input)
    return { out: input }
  },
  run: ({ where, onError }, inputs, context) =>
    process(inputs, context, { ports: ['out', 'errors'], onError }, ({ out, refuse }) => {
      const { ledger, inputSchemas } = context
      const scope = columnsScope(inputSchemas.in?.columns ?? [])
      const { evaluate } = compileExpression(where, scope, context)
      return {
        rows: (input, batch, from, to) => {
          const { rows, times, changes } = batch
          for (let index = from; index < to; index++) {
            const row = rows[index] ?? EMPTY_ROW
            let passes: boolean
            try {
              passes = evaluate(row, EMPTY_ROW) === true
            } catch (error) {
              if (!(error instanceof EvaluationError)) throw error
              refuse(input, row, error.message)
              continue
            }
            if (passes) {
              ledger.passed++
              out.out.emitChange(changes?.[index] ?? '+I', row, times?.[index] ?? 0)
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
  ],
})

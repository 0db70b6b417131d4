/** Sends each record out by the first of several ports whose condition is TRUE. */

import {
  defineOperator,
  type Emit,
  type Handler,
  type OutputPort,
  process,
  type RunContext,
} from '@millrace/engine'
import {
  compileExpression,
  EMPTY_ROW,
  EvaluationError,
  fields,
  isTable,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import * as z from 'zod'
import { checkCondition, columnsScope } from '../check-expression.ts'
import { UpdatePairs } from '../update-pairs.ts'

/** Ports that are there already, and the input, which an edge would be confused with. */
const TAKEN: readonly string[] = ['in', 'other', 'errors']
const ROUTES_MAX = 100

const port = z
  .string()
  .superRefine((name, context) => {
    const report = (code: string, message: string) =>
      context.addIssue({ code: 'custom', message, params: { code } })
    if (TAKEN.includes(name)) {
      report('port-taken', `Port "${name}" is there already. Choose another name for the route.`)
    } else if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
      const message =
        `"${name}" cannot name a port. Write up to 64 lower-case letters, digits and "-", and begin ` +
        'with a letter, for instance "slow".'
      report('bad-port-name', message)
    }
  })
  .meta({
    title: 'Port',
    description: 'The output by which the records of this route leave.',
    widget: 'port-name',
    examples: ['slow'],
  })

const route = z.strictObject({
  port,
  where: fields.expression({
    title: 'Where',
    description: 'What must be TRUE for a record to leave by this port.',
    example: 'ms > 100',
  }),
})

const config = z.strictObject({
  routes: z
    .array(route)
    .min(1, 'Routes has no route and needs at least 1. Add one.')
    .max(ROUTES_MAX, `Routes may have ${ROUTES_MAX} routes. Put several splits behind each other.`)
    .superRefine((routes, context) => {
      for (const [index, { port }] of routes.entries()) {
        const before = routes.findIndex((other) => other.port === port)
        if (before === index) continue
        context.addIssue({
          code: 'custom',
          path: [index, 'port'],
          message:
            `Port "${port}" is the port of route ${before + 1} too. Rename one of them, or join the ` +
            'conditions with OR.',
          params: { code: 'port-twice' },
        })
      }
    })
    .meta({
      title: 'Routes',
      description: 'Tried in this order; a record leaves by the first whose condition is TRUE.',
      widget: 'routes',
      examples: [[{ port: 'slow', where: 'ms > 100' }]],
    }),
  onError: fields.onError(),
})

/** An update may take a row from one port to another. */
function createTableSplit(
  target: (row: Row) => OutputPort,
  refuse: Emit<string>['refuse'],
  context: RunContext,
): Handler {
  const judge = (row: Row | undefined): OutputPort | undefined => {
    if (row === undefined) return undefined
    try {
      const port = target(row)
      context.ledger.passed++
      return port
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      refuse(0, row, error)
      return undefined
    }
  }
  const pairs = new UpdatePairs(context, (before, beforeMs, after, afterMs) => {
    const from = judge(before)
    const to = judge(after)
    if (before !== undefined) from?.emitChange(from === to ? '-U' : '-D', before, beforeMs)
    if (after !== undefined) to?.emitChange(from === to ? '+U' : '+I', after, afterMs)
  })
  return { rows: (_input, batch, from, to) => pairs.rows(batch, from, to) }
}

export const split = defineOperator({
  id: 'split',
  category: 'transform',
  title: 'Split',
  icon: 'split',
  summary: 'Sends each record out by the first of several ports whose condition is TRUE.',
  details:
    'A record for which no condition is TRUE leaves by `other`, so each record leaves exactly once. A condition ' +
    'is evaluated only where those before it are not TRUE. A record with a condition that has no value goes to ' +
    '`errors`. Records keep their columns and event time.\n\n' +
    'Of a table, each port has a table: an update that takes a row from one to another deletes it (`-D`) at the one ' +
    'and inserts it (`+I`) at the other. There, no condition may read the clock.',
  config,
  inputs: ['in'],
  outputs: ['other', 'errors'],
  outputPorts: ({ routes }) => routes.map(({ port }) => port),
  outputSchemas: ({ routes }, { in: input }, plan) => {
    const scope = columnsScope(input.columns)
    for (const [index, { where }] of routes.entries()) {
      checkCondition(plan, ['routes', index, 'where'], where, scope, input)
    }
    const routed = Object.fromEntries(
      routes.map(({ port }): [string, StreamSchema] => [port, input]),
    )
    return { ...routed, other: input }
  },
  run: ({ routes, onError }, inputs, context) => {
    const ports = [...routes.map((route) => route.port), 'other', 'errors']
    const settings = { ports, onError }
    return process<'in', string>(inputs, context, settings, ({ out, refuse }) => {
      const { ledger, inputSchemas } = context
      const scope = columnsScope(inputSchemas.in?.columns ?? [])
      const conditions = routes.map(
        ({ where }) => compileExpression(where, scope, context).evaluate,
      )
      const [targets, other] = toTargets(ports, out)
      const target = (row: Row): OutputPort => {
        for (let index = 0; index < conditions.length; index++) {
          if (conditions[index]?.(row, EMPTY_ROW) === true) return targets[index] ?? other
        }
        return other
      }
      if (isTable(inputSchemas.in)) return createTableSplit(target, refuse, context)
      return {
        rows: (input, { rows, times }, from, to) => {
          for (let index = from; index < to; index++) {
            const row = rows[index] ?? EMPTY_ROW
            let port: OutputPort
            try {
              port = target(row)
            } catch (error) {
              if (!(error instanceof EvaluationError)) throw error
              refuse(input, row, error)
              continue
            }
            ledger.passed++
            port.emit(row, times?.[index] ?? 0)
          }
        },
      }
    })
  },
  examples: [
    {
      title: 'Slow and failed requests apart from the others',
      config: {
        routes: [
          { port: 'failed', where: 'status >= 500' },
          { port: 'slow', where: 'ms > 100' },
        ],
      },
      inputs: {
        in: {
          schema: { page: 'string', status: 'integer', ms: 'double' },
          elements: [
            { at: '2026-01-01T00:00:01Z', row: { page: '/', status: 200, ms: 80 } },
            { at: '2026-01-01T00:00:02Z', row: { page: '/cart', status: 503, ms: 900 } },
            { at: '2026-01-01T00:00:03Z', row: { page: '/help', status: 200, ms: 240 } },
          ],
        },
      },
      outputs: {
        failed: [{ at: '2026-01-01T00:00:02Z', row: { page: '/cart', status: 503, ms: 900 } }],
        slow: [{ at: '2026-01-01T00:00:03Z', row: { page: '/help', status: 200, ms: 240 } }],
        other: [{ at: '2026-01-01T00:00:01Z', row: { page: '/', status: 200, ms: 80 } }],
      },
    },
    {
      title: 'Of a table, an update takes a row from one port to the other',
      config: { routes: [{ port: 'sold-out', where: 'stock = 0' }] },
      inputs: {
        in: {
          schema: { item: 'string', stock: 'integer' },
          eventTime: false,
          table: { changes: 'retract', key: ['item'] },
          elements: [
            { change: '+I', row: { item: 'tea', stock: 1 } },
            { change: '-U', row: { item: 'tea', stock: 1 } },
            { change: '+U', row: { item: 'tea', stock: 0 } },
          ],
        },
      },
      outputs: {
        'sold-out': [{ change: '+I', row: { item: 'tea', stock: 0 } }],
        other: [
          { change: '+I', row: { item: 'tea', stock: 1 } },
          { change: '-D', row: { item: 'tea', stock: 1 } },
        ],
      },
    },
  ],
})

function toTargets(
  ports: readonly string[],
  out: { readonly [port: string]: OutputPort },
): readonly [readonly OutputPort[], OutputPort] {
  const { other } = out
  if (other === undefined) throw new Error('A split has a port "other".')
  return [ports.map((name) => out[name] ?? other), other]
}

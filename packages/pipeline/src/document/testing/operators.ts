/** A small vocabulary for the tests of the document: one operator for each way of being wired. */

import * as z from 'zod'
import * as fields from '../../config/fields.ts'
import type { OperatorDescription, Registry } from '../../operator.ts'
import { appendStream, columnIndex } from '../../schema.ts'
import { INTEGER } from '../../type.ts'

function describe<Config, In extends string, Out extends string>(
  operator: Omit<OperatorDescription<Config, In, Out>, 'title' | 'icon' | 'summary' | 'examples'>,
): OperatorDescription<Config, In, Out> {
  return {
    title: operator.id,
    icon: 'box',
    summary: `Tests ${operator.id}.`,
    examples: [],
    ...operator,
  }
}

const fileSource = describe({
  id: 'file-source',
  category: 'source',
  config: z.strictObject({
    path: fields.path(),
    format: z.enum(['jsonl', 'csv']).meta({ title: 'Format' }),
    schema: fields.schema(),
    eventTime: fields.eventTime().optional(),
    watermark: fields.watermark(),
    onError: fields.onError(),
  }),
  inputs: [],
  outputs: ['out', 'errors'],
  outputSchemas: ({ schema, eventTime }) => ({
    out: appendStream(schema, eventTime !== undefined),
  }),
})

const filter = describe({
  id: 'filter',
  category: 'transform',
  config: z.strictObject({
    where: fields.expression({ title: 'Where' }),
    onError: fields.onError(),
  }),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas({ where }, { in: input }, plan) {
    const [column = ''] = where.split(' ')
    if (columnIndex(input, column) < 0) {
      plan.report({
        code: 'unknown-column',
        path: ['where'],
        message: `Column "${column}" does not exist.`,
      })
    }
    return { out: input }
  },
})

const tumblingWindow = describe({
  id: 'tumbling-window',
  category: 'window',
  config: z.strictObject({
    size: fields.duration({ title: 'Size' }),
    groupBy: fields.columns({ title: 'Group by' }).prefault([]),
    aggregates: fields.aggregates(),
    early: z.boolean().prefault(false).meta({ title: 'Early' }),
    onError: fields.onError(),
  }),
  inputs: ['in'],
  outputs: ['out', 'late', 'errors'],
  outputSchemas({ groupBy, aggregates, early }, { in: input }, plan) {
    const groups = groupBy.flatMap((name, index) => {
      const found = input.columns[columnIndex(input, name)]
      if (found !== undefined) return [found]
      const message = `Column "${name}" does not exist.`
      plan.report({ code: 'unknown-column', path: ['groupBy', index], message })
      return []
    })
    const made = aggregates.map(({ name }) => ({ name, type: INTEGER }))
    const out = appendStream([...groups, ...made], true)
    return { out: early ? { ...out, changes: 'retract' } : out, late: input }
  },
})

const groupAggregate = describe({
  id: 'group-aggregate',
  category: 'table',
  config: z.strictObject({ aggregates: fields.aggregates() }),
  inputs: ['in'],
  outputs: ['out'],
  outputSchemas: ({ aggregates }) => ({
    out: {
      columns: aggregates.map(({ name }) => ({ name, type: INTEGER })),
      eventTime: false,
      changes: 'retract',
    },
  }),
})

const assignTime = describe({
  id: 'assign-time',
  category: 'transform',
  config: z.strictObject({ eventTime: fields.eventTime() }),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (_, { in: input }) => ({ out: { ...input, eventTime: true } }),
})

const union = describe({
  id: 'union',
  category: 'transform',
  config: z.strictObject({}),
  inputs: ['in'],
  manyInput: 'in',
  outputs: ['out'],
  outputSchemas: (_, { in: input }, plan) => ({
    out: { ...input, eventTime: plan.channels('in').every(({ eventTime }) => eventTime) },
  }),
})

const split = describe({
  id: 'split',
  category: 'transform',
  config: z.strictObject({ routes: fields.expressions({ title: 'Routes' }) }),
  inputs: ['in'],
  outputs: ['other', 'errors'],
  outputPorts: ({ routes }) => routes.map(({ name }) => name),
  outputSchemas: ({ routes }, { in: input }) => {
    const routed = Object.fromEntries(routes.map(({ name }) => [name, input]))
    return { ...routed, other: input }
  },
})

const windowJoin = describe({
  id: 'window-join',
  category: 'join',
  config: z.strictObject({ size: fields.duration({ title: 'Size' }) }),
  inputs: ['left', 'right'],
  outputs: ['out', 'late'],
  outputSchemas: (_, { left, right }) => ({
    out: appendStream([...left.columns, ...right.columns], true),
    late: left,
  }),
})

const fileSink = describe({
  id: 'file-sink',
  category: 'sink',
  config: z.strictObject({ path: fields.path() }),
  inputs: ['in'],
  outputs: [],
  exclusiveResources: ({ path }) => [`File "${path}"`],
  outputSchemas: () => ({}),
})

export const testRegistry: Registry = new Map<string, OperatorDescription>(
  [
    fileSource,
    filter,
    tumblingWindow,
    groupAggregate,
    assignTime,
    union,
    split,
    windowJoin,
    fileSink,
  ].map((operator) => [operator.id, operator]),
)

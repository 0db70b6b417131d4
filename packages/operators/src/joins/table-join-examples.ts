/** Shows what a table join does: in the docs, and as tests. */

import type { Example, ExampleStream } from '@millrace/pipeline'

const orders: ExampleStream = {
  schema: { id: 'integer', user: 'string', amount: 'double' },
  eventTime: false,
  table: { changes: 'retract', key: ['id'] },
  elements: [
    { change: '+I', row: { id: 1, user: 'ada', amount: 20 } },
    { change: '+I', row: { id: 2, user: 'bob', amount: 5 } },
    { change: '-D', row: { id: 1, user: 'ada', amount: 20 } },
  ],
}

const users: ExampleStream = {
  schema: { name: 'string', city: 'string' },
  eventTime: false,
  table: { changes: 'retract', key: ['name'] },
  elements: [
    { change: '+I', row: { name: 'ada', city: 'London' } },
    { change: '-U', row: { name: 'ada', city: 'London' } },
    { change: '+U', row: { name: 'ada', city: 'Paris' } },
  ],
}

const config = {
  on: [['user', 'name']],
  columns: { id: 'left.id', user: 'left.user', city: 'right.city' },
}

export const tableJoinExamples: readonly Example[] = [
  {
    title: 'Orders with the city of their user, as it is now',
    config,
    inputs: { left: orders, right: users },
    outputs: {
      out: [
        { change: '+I', row: { id: 1, user: 'ada', city: 'London' } },
        { change: '-D', row: { id: 1, user: 'ada', city: 'London' } },
      ],
    },
  },
  {
    title: 'All orders: what stands alone is taken back when its partner comes',
    config: { ...config, type: 'left' },
    inputs: {
      left: { ...orders, elements: orders.elements.slice(0, 1) },
      right: users,
    },
    outputs: {
      out: [
        { change: '+I', row: { id: 1, user: 'ada', city: null } },
        { change: '-U', row: { id: 1, user: 'ada', city: null } },
        { change: '+U', row: { id: 1, user: 'ada', city: 'London' } },
        { change: '-U', row: { id: 1, user: 'ada', city: 'London' } },
        { change: '+U', row: { id: 1, user: 'ada', city: 'Paris' } },
      ],
    },
  },
  {
    title: 'Streams as tables: equal rows are rows of their own',
    config: { on: [['item', 'of']] },
    inputs: {
      left: {
        schema: { item: 'string' },
        elements: [
          { at: 1, row: { item: 'tea' } },
          { at: 1, row: { item: 'tea' } },
        ],
      },
      right: {
        schema: { of: 'string', price: 'double' },
        elements: [{ at: 2, row: { of: 'tea', price: 2.5 } }],
      },
    },
    outputs: {
      out: [
        { change: '+I', row: { item: 'tea', of: 'tea', price: 2.5 } },
        { change: '+I', row: { item: 'tea', of: 'tea', price: 2.5 } },
      ],
    },
  },
]

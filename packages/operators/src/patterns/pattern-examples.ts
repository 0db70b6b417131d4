/** Shows what a pattern finds: in the docs, and as tests. */

import type { Example, ExampleStream } from '@millrace/pipeline'

const logins: ExampleStream = {
  schema: { user: 'string', event: 'string', ip: 'string' },
  elements: [
    { at: '2026-01-01T10:00:00Z', row: { user: 'ada', event: 'failed', ip: '10.0.0.1' } },
    { at: '2026-01-01T10:00:20Z', row: { user: 'bob', event: 'failed', ip: '10.0.0.7' } },
    { at: '2026-01-01T10:00:10Z', row: { user: 'ada', event: 'failed', ip: '10.0.0.1' } },
    { at: '2026-01-01T10:00:30Z', row: { user: 'ada', event: 'failed', ip: '10.0.0.2' } },
    { at: '2026-01-01T10:00:40Z', row: { user: 'ada', event: 'ok', ip: '10.0.0.2' } },
    { at: '2026-01-01T10:00:50Z', row: { user: 'bob', event: 'ok', ip: '10.0.0.7' } },
  ],
}

const prices: ExampleStream = {
  schema: { symbol: 'string', price: 'double' },
  elements: [12, 17, 13, 9, 11, 15].map((price, index) => ({
    at: `2026-01-01T09:00:0${index}Z`,
    row: { symbol: 'ACME', price },
  })),
}

const orders: ExampleStream = {
  schema: { id: 'string', state: 'string' },
  elements: [
    { at: '2026-01-01T08:00:00Z', row: { id: 'a', state: 'placed' } },
    { at: '2026-01-01T08:05:00Z', row: { id: 'b', state: 'placed' } },
    { at: '2026-01-01T08:20:00Z', row: { id: 'a', state: 'paid' } },
    { watermark: '2026-01-01T09:00:00Z' },
    { at: '2026-01-01T08:30:00Z', row: { id: 'b', state: 'paid' } },
  ],
}

export const patternExamples: readonly Example[] = [
  {
    title: 'Three failed logins and then a good one, within a minute',
    config: {
      partitionBy: ['user'],
      pattern: [
        { name: 'failed', where: "event = 'failed'", times: 3, loopContiguity: 'next' },
        { name: 'ok', where: "event = 'ok'", contiguity: 'next' },
      ],
      within: '1m',
      afterMatch: 'skip-past-last',
      columns: {
        user: 'user',
        ip: 'ok.ip',
        addresses: 'COUNT(DISTINCT failed.ip)',
        since: 'FIRST_VALUE(failed.ip)',
      },
    },
    inputs: { in: logins },
    outputs: {
      out: [
        {
          at: '2026-01-01T10:00:40Z',
          row: { user: 'ada', ip: '10.0.0.2', addresses: 2, since: '10.0.0.1' },
        },
      ],
    },
  },
  {
    title: 'A price that falls and rises again: conditions see what came before',
    config: {
      partitionBy: ['symbol'],
      pattern: [
        { name: 'top' },
        {
          name: 'down',
          where: 'price < COALESCE(down.price, top.price)',
          oneOrMore: true,
          greedy: true,
          contiguity: 'next',
          loopContiguity: 'next',
        },
        {
          name: 'up',
          where: 'price > COALESCE(up.price, down.price)',
          oneOrMore: true,
          contiguity: 'next',
          loopContiguity: 'next',
        },
        { name: 'above', where: 'price >= top.price - 2', contiguity: 'next' },
      ],
      afterMatch: 'skip-past-last',
      columns: {
        symbol: 'symbol',
        from: 'top.price',
        lowest: 'MIN(down.price)',
        to: 'above.price',
        steps: 'COUNT(*)',
      },
    },
    inputs: { in: prices },
    outputs: {
      out: [
        {
          at: '2026-01-01T09:00:05Z',
          row: { symbol: 'ACME', from: 17, lowest: 9, to: 15, steps: 5 },
        },
      ],
    },
  },
  {
    title: 'Orders and their payments; what is not paid in half an hour leaves by timeout',
    config: {
      partitionBy: ['id'],
      pattern: [
        { name: 'placed', where: "state = 'placed'" },
        { name: 'paid', where: "state = 'paid'" },
      ],
      within: '30m',
      afterMatch: 'no-skip',
      columns: { id: 'id', placed: 'placed.state', paid: 'paid.state' },
    },
    inputs: { in: orders },
    outputs: {
      out: [
        { at: '2026-01-01T08:20:00Z', row: { id: 'a', placed: 'placed', paid: 'paid' } },
        { watermark: '2026-01-01T09:00:00Z' },
      ],
      timeout: [
        { at: '2026-01-01T08:34:59.999Z', row: { id: 'b', placed: 'placed', paid: null } },
        { watermark: '2026-01-01T09:00:00Z' },
      ],
    },
  },
  {
    title: 'Orders that nobody paid for in half an hour; a payment behind the watermark is late',
    config: {
      partitionBy: ['id'],
      pattern: [
        { name: 'placed', where: "state = 'placed'" },
        { name: 'paid', where: "state = 'paid'", not: true },
      ],
      within: '30m',
      afterMatch: 'no-skip',
      columns: { id: 'id', state: 'placed.state' },
    },
    inputs: { in: orders },
    outputs: {
      out: [
        { at: '2026-01-01T08:34:59.999Z', row: { id: 'b', state: 'placed' } },
        { watermark: '2026-01-01T09:00:00Z' },
      ],
      late: [
        { watermark: '2026-01-01T09:00:00Z' },
        { at: '2026-01-01T08:30:00Z', row: { id: 'b', state: 'paid' } },
      ],
    },
  },
  {
    title: 'Results of windows that fire again are matched once they can change no more',
    config: {
      partitionBy: ['page'],
      pattern: [
        { name: 'low', where: 'views < 2' },
        { name: 'high', where: 'views >= 2', contiguity: 'next' },
      ],
      afterMatch: 'no-skip',
      columns: { page: 'page', views: 'high.views' },
    },
    inputs: {
      in: {
        schema: { page: 'string', window_end: 'timestamp', views: 'integer' },
        table: { changes: 'retract', key: ['page', 'window_end'] },
        window: { endColumn: 'window_end', latenessMs: 60_000 },
        elements: [
          {
            at: '2026-01-01T10:00:59.999Z',
            row: { page: '/', window_end: '2026-01-01T10:01:00Z', views: 1 },
          },
          {
            at: '2026-01-01T10:01:59.999Z',
            row: { page: '/', window_end: '2026-01-01T10:02:00Z', views: 1 },
          },
          {
            change: '-U',
            at: '2026-01-01T10:01:59.999Z',
            row: { page: '/', window_end: '2026-01-01T10:02:00Z', views: 1 },
          },
          {
            change: '+U',
            at: '2026-01-01T10:01:59.999Z',
            row: { page: '/', window_end: '2026-01-01T10:02:00Z', views: 2 },
          },
        ],
      },
    },
    outputs: {
      out: [{ at: '2026-01-01T10:01:59.999Z', row: { page: '/', views: 2 } }],
    },
  },
]

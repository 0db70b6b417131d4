/** Pipelines that journeys begin with. */

/** Records that follow the clock without end, counted per page and second. */
export function pagesPerSecond(name = 'Pages per second') {
  return {
    format: 'millrace/1',
    name,
    nodes: {
      visits: {
        operator: 'generator-source',
        title: 'Visits',
        config: {
          columns: {
            page: { type: 'choice', values: ['home', 'cart', 'search'] },
            ms: { type: 'uniform', min: 0, max: 300, decimals: 0 },
          },
          rate: 50,
          watermark: { maxOutOfOrderness: '1s' },
        },
      },
      slow: { operator: 'filter', title: 'Slow', config: { where: 'ms > 100' } },
      'per-page': {
        operator: 'tumbling-window',
        title: 'Per page',
        config: { size: '1s', groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } },
      },
      results: { operator: 'view-sink', title: 'Results', config: {} },
    },
    edges: [
      { from: 'visits', to: 'slow' },
      { from: 'slow', to: 'per-page' },
      { from: 'per-page', to: 'results' },
    ],
    layout: { visits: [0, 0], slow: [300, 0], 'per-page': [600, 0], results: [900, 0] },
  }
}

/** A bounded run whose result is the same each time. */
export function countedVisits(name = 'Counted visits') {
  const { nodes, ...rest } = pagesPerSecond(name)
  const { config, ...visits } = nodes.visits
  return {
    ...rest,
    name,
    nodes: { ...nodes, visits: { ...visits, config: { ...config, count: 500, seed: 7 } } },
  }
}

/** Mistakes that are easily made: a column, a size, and an input without an edge. */
export function pipelineWithProblems(name = 'Slow pages per minute') {
  const { nodes, ...rest } = pagesPerSecond(name)
  return {
    ...rest,
    nodes: {
      ...nodes,
      slow: { operator: 'filter', title: 'Slow pages', config: { where: 'mss > 100' } },
      'per-page': {
        operator: 'hopping-window',
        title: 'Last minute',
        config: { size: '1m', slide: '0s', groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } },
      },
      late: { operator: 'view-sink', title: 'Late visits', config: {} },
    },
    layout: { ...rest.layout, late: [900, 150] },
  }
}

/** Logins of two users, and a pattern over them that is still empty. */
export function loginsWithPattern(config: object = {}) {
  const source = {
    operator: 'file-source',
    title: 'Logins',
    config: {
      path: 'logins.jsonl',
      format: 'jsonl',
      schema: { at: 'timestamp', user: 'string', event: 'string', ip: 'string' },
      eventTime: 'at',
      watermark: { maxOutOfOrderness: '0s' },
    },
  }
  return {
    format: 'millrace/1',
    name: 'Logins',
    nodes: {
      logins: source,
      pattern: { operator: 'pattern', title: 'Break-ins', config },
      found: { operator: 'view-sink', title: 'Found', config: {} },
    },
    edges: [
      { from: 'logins', to: 'pattern' },
      { from: 'pattern', to: 'found' },
    ],
    layout: { logins: [0, 0], pattern: [300, 0], found: [600, 0] },
  }
}

/** Ada fails three times in a row and is in; Bob fails twice. */
export const LOGINS = [
  ['ada', 'failed', '10.0.0.1'],
  ['bob', 'failed', '10.0.0.7'],
  ['ada', 'failed', '10.0.0.1'],
  ['ada', 'failed', '10.0.0.2'],
  ['bob', 'failed', '10.0.0.7'],
  ['ada', 'ok', '10.0.0.2'],
  ['bob', 'ok', '10.0.0.8'],
]
  .map(([user, event, ip], index) =>
    JSON.stringify({ at: `2026-01-01T10:00:0${index}Z`, user, event, ip }),
  )
  .join('\n')

/** One writes a topic, another one reads it. */
export function ordersThroughTopics(): readonly object[] {
  const document = (name: string, nodes: object) => ({
    ...{ format: 'millrace/1', name, nodes },
    edges: [{ from: 'from', to: 'into' }],
    layout: { from: [0, 0], into: [300, 0] },
  })
  const columns = {
    customer: { type: 'choice', values: ['ada', 'bob', 'cem', 'dee', 'eva', 'fay'] },
    item: { type: 'choice', values: ['tea', 'milk', 'bread', 'rice'] },
    price: { type: 'uniform', min: 1, max: 20, decimals: 2 },
  }
  const schema = { customer: 'string', item: 'string', price: 'double' }
  const source = (operator: string, title: string, config: object) => ({ operator, title, config })
  return [
    document('Shop floor', {
      from: source('generator-source', 'Tills', { columns, rate: 60 }),
      into: source('topic-sink', 'Orders', { topic: 'orders', key: ['customer'] }),
    }),
    document('Orders by item', {
      from: source('topic-source', 'Orders', { topic: 'orders', schema }),
      into: source('topic-sink', 'By item', { topic: 'items', key: ['item'] }),
    }),
  ]
}

/** Visits counted per page, for ever or up to a number; a checkpoint every second. */
export function visitsPerPage(name: string, source: object = {}) {
  const { page, ms } = {
    page: { type: 'choice', values: ['home', 'cart', 'search'] },
    ms: { type: 'uniform', min: 0, max: 300, decimals: 0 },
  } as const
  return {
    ...{ format: 'millrace/1', name, settings: { checkpointInterval: '1s' } },
    nodes: {
      visits: {
        operator: 'generator-source',
        title: 'Visits',
        config: { columns: { page, ms }, rate: 60, seed: 7, ...source },
      },
      slow: { operator: 'filter', title: 'Slow', config: { where: 'ms >= 0' } },
      'per-page': {
        operator: 'group-aggregate',
        title: 'Per page',
        config: { groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } },
      },
      results: { operator: 'view-sink', title: 'Results', config: {} },
    },
    edges: [
      { from: 'visits', to: 'slow' },
      { from: 'slow', to: 'per-page' },
      { from: 'per-page', to: 'results' },
    ],
    layout: { visits: [0, 0], slow: [300, 0], 'per-page': [600, 0], results: [900, 0] },
  }
}

/** Payments of a topic in euros: a rate of 0 cannot be divided by. A checkpoint every second. */
export function paymentsInEuros(topic: string, name = 'Payments in euros') {
  const schema = { at: 'timestamp', payer: 'string', amount: 'double', rate: 'double' }
  return {
    ...{ format: 'millrace/1', name, settings: { checkpointInterval: '1s' } },
    nodes: {
      payments: { operator: 'topic-source', title: 'Payments', config: { topic, schema } },
      euros: {
        operator: 'select',
        title: 'In euros',
        config: { columns: { euros: 'ROUND(amount / rate, 2)' }, keepOthers: true },
      },
      large: { operator: 'filter', title: 'Large', config: { where: 'euros >= 1' } },
      results: { operator: 'view-sink', title: 'Results', config: {} },
    },
    edges: [
      { from: 'payments', to: 'euros' },
      { from: 'euros', to: 'large' },
      { from: 'large', to: 'results' },
    ],
    layout: { payments: [0, 0], euros: [260, 0], large: [520, 0], results: [780, 0] },
  }
}

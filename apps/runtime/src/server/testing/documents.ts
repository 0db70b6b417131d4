/** Pipelines for tests, as JSON. */

/** Numbers, one a millisecond of event time, through a filter to nowhere. */
export function numbers(
  count: number,
  source: Record<string, unknown> = {},
  name = 'Numbers',
): Record<string, unknown> {
  const rows = Array.from({ length: count }, (_, index) => [index, index % 7])
  return {
    format: 'millrace/1',
    name,
    nodes: {
      numbers: { operator: 'list-source', config: { rows, ...source } },
      odd: { operator: 'keep', config: { divisor: 2, remainder: 1 } },
      sink: { operator: 'inspect-sink' },
    },
    edges: [
      { from: 'numbers', to: 'odd' },
      { from: 'odd', to: 'sink' },
    ],
  }
}

/** Goes on for as long as a test takes. */
export function endless(name?: string): Record<string, unknown> {
  return numbers(700, { everyMs: 5, chunkRows: 3, roundMs: 700 }, name)
}

/** Counts of `count` records by their page; their sum says how many have been counted. */
export function counts(
  count: number,
  source: Record<string, unknown> = {},
  name = 'Counts',
): Record<string, unknown> {
  const columns = { page: { type: 'choice', values: ['home', 'cart', 'search'] } }
  return {
    format: 'millrace/1',
    name,
    nodes: {
      visits: { operator: 'generator-source', config: { columns, count, ...source } },
      'per-page': {
        operator: 'group-aggregate',
        config: { groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } },
      },
      results: { operator: 'view-sink', config: {} },
    },
    edges: [
      { from: 'visits', to: 'per-page' },
      { from: 'per-page', to: 'results' },
    ],
    settings: { checkpointInterval: '1s' },
  }
}

export function windows(): Record<string, unknown> {
  const document = endless('Windows')
  return {
    ...document,
    nodes: {
      ...(document.nodes as object),
      windows: {
        operator: 'tumbling-window',
        config: { size: '20ms', groupBy: ['n'], aggregates: { count: 'COUNT(*)' } },
      },
    },
    edges: [...(document.edges as object[]), { from: 'numbers', to: 'windows' }],
  }
}

/** One record reaches a sink that takes its process down. */
export function bomb(kind: 'kill' | 'loop' | 'buffers'): Record<string, unknown> {
  return {
    format: 'millrace/1',
    name: 'Bomb',
    nodes: {
      numbers: { operator: 'list-source', config: { rows: [[0, 0]] } },
      bomb: { operator: 'bomb', config: { kind } },
    },
    edges: [{ from: 'numbers', to: 'bomb' }],
  }
}

/** Fails as for want of something outside, until there is the file `path`. */
export function flaky(path: string): Record<string, unknown> {
  return {
    format: 'millrace/1',
    name: 'Flaky',
    nodes: {
      numbers: { operator: 'list-source', config: { rows: [[0, 0]] } },
      flaky: { operator: 'flaky', config: { path } },
    },
    edges: [{ from: 'numbers', to: 'flaky' }],
  }
}

/** Copies records of one file to another, and goes on for as long as a test may take. */
export function copying(from: string, to: string, name = 'Copy'): Record<string, unknown> {
  const schema = { n: 'integer' }
  const source = { path: from, format: 'jsonl', schema, rate: 1 }
  return {
    format: 'millrace/1',
    name,
    nodes: {
      in: { operator: 'file-source', config: source },
      out: { operator: 'file-sink', config: { path: to, format: 'jsonl' } },
    },
    edges: [{ from: 'in', to: 'out' }],
  }
}

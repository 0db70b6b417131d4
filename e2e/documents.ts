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

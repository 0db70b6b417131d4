/** What is tidied up has no edges that cross needlessly, and room for what a running node shows. */

import { describe, expect, test } from 'vitest'
import { registry } from '../operators/registry.ts'
import { type Analysis, analyse } from './analysis.ts'
import { layOut } from './lay-out.ts'
import { runningHeight } from './node-shape.ts'
import { settle } from './settle.ts'
import { crossings } from './testing/crossings.ts'
import { pipelineOf } from './testing/fakes.ts'

const NONE: ReadonlySet<string> = new Set()

/** Nodes by operator; edges as the document writes them. */
function drawn(nodes: Readonly<Record<string, string>>, edges: readonly string[]): Analysis {
  const document = {
    format: 'millrace/1',
    name: 'Drawn',
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([id, operator]) => [id, { operator, config: {} }]),
    ),
    edges: edges.map((edge) => {
      const [from, to] = edge.split(' ')
      return { from, to }
    }),
  }
  return analyse(pipelineOf(JSON.stringify(document)), registry)
}

const ROUTES = {
  operator: 'split',
  config: { routes: ['slow', 'broken', 'big'].map((port) => ({ port, where: 'TRUE' })) },
}

/** Names are such that their order is another one than that of the ports. */
const DRAWN: readonly (readonly [string, Analysis])[] = [
  [
    'a join whose right side is named first',
    drawn({ a: 'generator-source', b: 'generator-source', join: 'window-join' }, [
      'b join.left',
      'a join.right',
    ]),
  ],
  [
    'a window with late records and errors',
    drawn(
      { source: 'generator-source', window: 'tumbling-window', a: 'view-sink', b: 'view-sink' },
      ['source window', 'window b', 'window.late a'],
    ),
  ],
  [
    'a pattern with all that leaves it',
    drawn(
      {
        source: 'generator-source',
        pattern: 'pattern',
        a: 'view-sink',
        b: 'view-sink',
        c: 'view-sink',
        d: 'view-sink',
      },
      ['source pattern', 'pattern d', 'pattern.timeout c', 'pattern.late b', 'pattern.errors a'],
    ),
  ],
  [
    'three sources that feed three joins',
    drawn(
      {
        x: 'generator-source',
        y: 'generator-source',
        z: 'generator-source',
        first: 'window-join',
        second: 'window-join',
      },
      ['z first.left', 'y first.right', 'y second.left', 'x second.right'],
    ),
  ],
  [
    'an edge that passes a column',
    drawn({ s: 'generator-source', filter: 'filter', join: 'window-join' }, [
      's filter',
      'filter join.right',
      's join.left',
    ]),
  ],
  [
    'a split with a route for each sink',
    analyse(
      pipelineOf(
        JSON.stringify({
          format: 'millrace/1',
          name: 'Routes',
          nodes: {
            source: { operator: 'generator-source', config: {} },
            split: ROUTES,
            a: { operator: 'view-sink', config: {} },
            b: { operator: 'view-sink', config: {} },
            c: { operator: 'view-sink', config: {} },
            d: { operator: 'view-sink', config: {} },
          },
          edges: [
            { from: 'source', to: 'split' },
            { from: 'split.slow', to: 'd' },
            { from: 'split.broken', to: 'c' },
            { from: 'split.big', to: 'b' },
            { from: 'split.other', to: 'a' },
          ],
        }),
      ),
      registry,
    ),
  ],
]

describe.each(DRAWN)('%s', (_, analysis) => {
  const places = layOut(analysis, NONE)

  test('has no edges that cross, and none behind a node', () => {
    expect(crossings(analysis, places)).toEqual([])
  })

  test('leaves 24 pixels below each node as high as it is once it runs', () => {
    const nodes = [...places].map(([id, [x, y]]) => ({ id, x, y }))
    for (const { id, x, y } of nodes) {
      const view = analysis.nodes.get(id)
      if (view === undefined) throw new Error(`There is no node "${id}".`)
      const below = nodes.filter((other) => other.x === x && other.y > y).map((other) => other.y)
      expect(Math.min(...below)).toBeGreaterThanOrEqual(y + runningHeight(view) + 24)
    }
  })

  test('is laid out the same from wherever its nodes stood', () => {
    const settled = settle(analysis.pipeline, analysis)
    const once = analyse({ ...settled, layout: places }, registry)
    expect(layOut(once, NONE)).toEqual(places)
  })
})

const EXAMPLES = import.meta.glob<string>('../../../../examples/**/pipeline.json', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** What leaves the source above comes to the join below: that is how they are connected. */
const FORCED: Readonly<Record<string, readonly string[]>> = {
  'nexmark/q3': ['category-10.out>sellers.left × nearby.out>sellers.right'],
  'nexmark/q20': ['site.auction>category-10.in × site.bid>with-auction.left'],
}

test.each(Object.entries(EXAMPLES))('%s has no needless crossing', (path, text) => {
  const name = path.replace(/.*\/examples\/|\/pipeline\.json$/g, '')
  const analysis = analyse(pipelineOf(text), registry)
  expect(crossings(analysis, layOut(analysis, NONE))).toEqual(FORCED[name] ?? [])
})

test('a pipeline of hundreds of nodes is laid out', () => {
  const [columns, rows] = [10, 30]
  const ids = Array.from({ length: columns * rows }, (_, index) => `n-${index}`)
  const edges = ids.slice(rows).flatMap((id, index) => {
    const before = index - (index % rows)
    return [
      `n-${before + ((index * 7) % rows)} ${id}.left`,
      `n-${before + ((index * 11) % rows)} ${id}.right`,
    ]
  })
  const places = layOut(
    drawn(Object.fromEntries(ids.map((id) => [id, 'window-join'])), edges),
    NONE,
  )
  expect(places.size).toBe(columns * rows)
  expect([...places.values()].flat().every(Number.isFinite)).toBe(true)
})

test('edges that lead back have a layout, too, though no job runs them', () => {
  const analysis = drawn({ a: 'union', b: 'union', c: 'filter' }, ['a b', 'b c', 'c a'])
  expect([...layOut(analysis, NONE).keys()]).toEqual(['a', 'b', 'c'])
})

test('only what is selected moves, and stays where it was as a whole', () => {
  const analysis = drawn(
    { a: 'generator-source', b: 'generator-source', join: 'window-join', out: 'view-sink' },
    ['b join.left', 'a join.right', 'join out'],
  )
  const layout = new Map([
    ['a', [80, 400]],
    ['b', [160, 800]],
  ] as const)
  const placed = { ...analysis, pipeline: { ...analysis.pipeline, layout } }
  expect([...layOut(placed, new Set(['a', 'b']))].map(([id, [x]]) => [id, x])).toEqual([
    ['a', 80],
    ['b', 80],
  ])
})

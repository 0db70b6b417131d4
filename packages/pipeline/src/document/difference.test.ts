/** What is said of an edit, edit by edit, and that no edit goes unnoticed. */

import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../value.ts'
import {
  changesWork,
  comparePipelines,
  isLayoutOnly,
  type PipelineDifference,
} from './difference.ts'
import { differenceSentence } from './difference-words.ts'
import type { Pipeline, PipelineNode } from './format.ts'
import { parseDocument } from './parse.ts'
import { testRegistry } from './testing/operators.ts'
import { createRandom, type Random, randomPipeline } from './testing/random.ts'
import { writeDocument } from './write.ts'

const CLICKS: PipelineNode = {
  operator: 'file-source',
  title: 'Clicks',
  config: {
    path: 'clicks.jsonl',
    format: 'jsonl',
    schema: { at: 'timestamp', ms: 'double' },
    eventTime: 'at',
  },
}
const WINDOW: PipelineNode = {
  operator: 'tumbling-window',
  title: 'Per minute',
  config: { size: '10s', aggregates: { n: 'COUNT(*)' } },
}
const OUT: PipelineNode = { operator: 'file-sink', config: { path: 'out.jsonl' } }

const BEFORE: Pipeline = {
  name: 'Clicks',
  nodes: new Map([
    ['clicks', CLICKS],
    ['window', WINDOW],
    ['out', OUT],
  ]),
  edges: [
    { from: 'clicks', to: 'window' },
    { from: 'window', to: 'out' },
  ],
  settings: {},
  layout: new Map([
    ['clicks', [0, 0]],
    ['out', [400, 0]],
  ]),
  notes: [],
}

function withNode(id: string, node: PipelineNode, base = BEFORE): Pipeline {
  return { ...base, nodes: new Map([...base.nodes, [id, node]]) }
}

function withConfig(id: string, config: JsonObject): Pipeline {
  const node = BEFORE.nodes.get(id)
  if (node === undefined) throw new Error(`There is no node "${id}".`)
  return withNode(id, { ...node, config: { ...node.config, ...config } })
}

function without(id: string): Pipeline {
  const left = [...BEFORE.nodes].filter(([other]) => other !== id)
  const edges = BEFORE.edges.filter(({ from, to }) => from !== id && to !== id)
  return { ...BEFORE, nodes: new Map(left), edges }
}

function compare(after: Pipeline, before = BEFORE): PipelineDifference {
  return comparePipelines(before, after, testRegistry)
}

const FILTER: PipelineNode = { operator: 'filter', config: { where: 'ms > 20' } }
const FILTERED: Pipeline = {
  ...withNode('slow', FILTER),
  edges: [
    { from: 'clicks', to: 'slow' },
    { from: 'slow', to: 'window' },
    { from: 'window', to: 'out' },
  ],
}

describe('in one sentence', () => {
  test.each<[edit: string, after: Pipeline, sentence: string]>([
    ['a setting', withConfig('window', { size: '20s' }), 'Per minute: Size 10s → 20s'],
    ['a default left', withConfig('window', { early: true }), 'Per minute: Early off → on'],
    [
      'an entry',
      withConfig('window', { aggregates: { n: 'COUNT(*)', sum: 'SUM(ms)' } }),
      'Per minute: Aggregates, sum SUM(ms) added',
    ],
    [
      'entries in another order',
      withConfig('clicks', { schema: { ms: 'double', at: 'timestamp' } }),
      'Clicks: Schema at, ms → ms, at',
    ],
    [
      'three settings',
      withConfig('clicks', { path: 'b.jsonl', format: 'csv', onError: 'fail' }),
      'Clicks: Path clicks.jsonl → b.jsonl, Format jsonl → csv and 1 more',
    ],
    ['a node taken out', without('out'), 'file-sink removed'],
    ['a title', withNode('out', { ...OUT, title: 'Out' }), 'Out: was called "file-sink"'],
    ['a node between two others', FILTERED, 'filter added; Clicks → Per minute disconnected'],
    [
      'an edge',
      { ...BEFORE, edges: [...BEFORE.edges, { from: 'window.late', to: 'out' }] },
      'Per minute, late → file-sink connected',
    ],
    [
      'the interval',
      { ...BEFORE, settings: { checkpointInterval: '1m' } },
      'Pipeline: Checkpoint interval 10s → 1m',
    ],
    ['the name', { ...BEFORE, name: 'Views' }, 'No longer called "Clicks"'],
    [
      'a moved node and a note',
      {
        ...BEFORE,
        layout: new Map([
          ['clicks', [0, 8]],
          ['out', [400, 0]],
        ]),
        notes: [{ text: 'Slow', at: [0, 0], size: [10, 10] }],
      },
      'Only the drawing: 1 node moved, 1 note changed',
    ],
    ['nothing', BEFORE, ''],
    [
      'another operator under the same id',
      withNode('window', { operator: 'union', title: 'Both', config: {} }),
      'Both added; Per minute removed',
    ],
  ])('%s', (_, after, sentence) => {
    expect(differenceSentence(compare(after))).toBe(sentence)
  })

  test('what does not fit is counted', () => {
    const many = Array.from({ length: 8 }, (_, n) => [`sink-${n}`, { ...OUT }] as const)
    const after = { ...BEFORE, nodes: new Map([...BEFORE.nodes, ...many]) }
    const sentence = differenceSentence(compare(after))
    const shown = [0, 1, 2, 3].map((n) => `file-sink (sink-${n})`).join(', ')
    expect(sentence).toBe(`${shown} and 4 more added`)
  })
})

test('a default that is written out and a port that is the only one are no difference', () => {
  const after: Pipeline = {
    ...withConfig('window', { early: false, groupBy: [] }),
    edges: [
      { from: 'window.out', to: 'out.in' },
      { from: 'clicks.out', to: 'window.in' },
    ],
  }
  const difference = compare(after)
  expect(differenceSentence(difference)).toBe('')
  expect(changesWork(difference)).toBe(false)
})

test('an edge that comes with a node is told from one that is drawn between two old ones', () => {
  expect(compare(FILTERED).edges).toEqual([
    { kind: 'added', from: 'Clicks', to: 'filter', follows: true },
    { kind: 'added', from: 'filter', to: 'Per minute', follows: true },
    { kind: 'removed', from: 'Clicks', to: 'Per minute', follows: false },
  ])
})

test('of a long text the part is shown that differs', () => {
  const long = `ms > 1${' AND ms > 1'.repeat(200)}`
  const before = withNode('slow', { ...FILTER, config: { where: `${long} AND ms > 30` } })
  const after = withNode('slow', { ...FILTER, config: { where: `${long} AND ms > 40` } })
  const [setting] = compare(after, before).nodes[0]?.settings ?? []
  expect(setting?.before).toMatch(/^….*AND ms > 30$/)
  expect(setting?.after).toMatch(/^….*AND ms > 40$/)
  expect(setting?.after?.length).toBeLessThan(250)
})

test.each([0, 1, 2, 3, 4, 5, 6, 7])(
  'the same pipeline, written and read again, has no difference (seed %i)',
  (seed) => {
    const random = createRandom(seed)
    for (let round = 0; round < 20; round++) {
      const pipeline = randomPipeline(random)
      const again = parseDocument(writeDocument(pipeline)).pipeline
      if (again === undefined) continue
      const difference = comparePipelines(pipeline, again, new Map())
      expect(differenceSentence(difference)).toBe('')
      expect(isLayoutOnly(difference)).toBe(false)
    }
  },
)

/** Edits of which each one has to be seen, with whether a job does something else then. */
const EDITS: readonly {
  readonly works: boolean
  edit(pipeline: Pipeline, random: Random): Pipeline | undefined
}[] = [
  {
    works: true,
    edit: (pipeline, random) => {
      const [id, node] = pick(pipeline.nodes, random) ?? []
      if (id === undefined || node === undefined) return undefined
      const config = { ...node.config, planted: random.below(1000) }
      return withNode(id, { ...node, config }, pipeline)
    },
  },
  {
    works: true,
    edit: (pipeline) => withNode('planted', { operator: 'planted', config: {} }, pipeline),
  },
  {
    works: true,
    edit: (pipeline, random) => {
      const [id] = pick(pipeline.nodes, random) ?? []
      const nodes = new Map([...pipeline.nodes].filter(([other]) => other !== id))
      return id === undefined ? undefined : { ...pipeline, nodes }
    },
  },
  {
    works: true,
    edit: (pipeline) => {
      return { ...pipeline, edges: [...pipeline.edges, { from: 'planted', to: 'planted' }] }
    },
  },
  { works: false, edit: (pipeline) => ({ ...pipeline, name: `${pipeline.name}, planted` }) },
  {
    works: false,
    edit: (pipeline, random) => {
      const [id, node] = pick(pipeline.nodes, random) ?? []
      if (id === undefined || node === undefined) return undefined
      return withNode(id, { ...node, title: `${node.title}, planted` }, pipeline)
    },
  },
]

test.each([10, 11, 12, 13, 14, 15, 16, 17])(
  'every planted edit is seen, and whether it changes what runs (seed %i)',
  (seed) => {
    const random = createRandom(seed)
    for (let round = 0; round < 40; round++) {
      const pipeline = randomPipeline(random)
      const { works, edit } = random.pick(EDITS)
      const edited = edit(pipeline, random)
      if (edited === undefined) continue
      for (const [before, after] of [
        [pipeline, edited],
        [edited, pipeline],
      ] as const) {
        const difference = comparePipelines(before, after, new Map())
        expect(differenceSentence(difference)).not.toBe('')
        expect(changesWork(difference)).toBe(works)
      }
    }
  },
)

function pick<T>(nodes: ReadonlyMap<string, T>, random: Random): readonly [string, T] | undefined {
  return nodes.size === 0 ? undefined : random.pick([...nodes])
}

/** Random edits of a random pipeline, as somebody makes them between two starts of its job. */

import type { OperatorDefinition } from '../../packages/engine/src/index.ts'
import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'
import {
  type Checked,
  check,
  type PipelineDocument,
  type PipelineNode,
  type RandomPipeline,
} from './random-pipeline.ts'
import { TEMPLATES } from './templates.ts'

type Catalogue = ReadonlyMap<string, OperatorDefinition>

export interface Edited {
  readonly pipeline: RandomPipeline
  readonly checked: Checked
}

const TRIES = 6

/** Undefined where no edit that was tried fits. The sources that are there stay as they are. */
export function editedPipeline(
  random: SeededRandom,
  pipeline: RandomPipeline,
  before: Checked,
  catalogue: Catalogue,
): Edited | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    const make = random.pick(EDITS)
    const document = make(random, pipeline.document, before)
    const checked = document && check(document, catalogue)
    if (document !== undefined && checked !== undefined) {
      return { pipeline: { ...pipeline, document }, checked }
    }
  }
  return undefined
}

/** A node means something else. */
function otherSettings(
  random: SeededRandom,
  document: PipelineDocument,
  before: Checked,
): PipelineDocument | undefined {
  const all = Object.entries(document.nodes)
  const transforms = all.filter(([, { operator }]) => !/-(source|sink)$/.test(operator))
  if (transforms.length === 0) return undefined
  const [id, node] = random.pick(transforms)
  const template = TEMPLATES.find(({ operator }) => operator === node.operator)
  const inputs = (template?.ports ?? []).map((port) => {
    const edge = document.edges.find(({ to }) => to === `${id}.${port}`)
    const [above = '', out = ''] = edge?.from.split('.') ?? []
    return before.nodes.get(above)?.outputSchemas[out]
  })
  const known = inputs.filter((schema) => schema !== undefined)
  const made = known.length === inputs.length ? template?.make(random, known) : undefined
  // What depends on the clock cannot be compared.
  if (made === undefined || made.goesByClock === true) return undefined
  if (JSON.stringify(made.config) === JSON.stringify(node.config)) return undefined
  return withNode(document, id, { ...node, config: made.config })
}

/** Something else is made of what leaves a node. */
function anotherBranch(
  random: SeededRandom,
  document: PipelineDocument,
  before: Checked,
): PipelineDocument | undefined {
  const ends = [...before.nodes].flatMap(([id, { outputSchemas }]) =>
    Object.keys(outputSchemas).map((port) => `${id}.${port}`),
  )
  if (ends.length === 0) return undefined
  const from = random.pick(ends)
  const sink = { operator: 'file-sink', config: { path: 'sink-new.jsonl', format: 'jsonl' } }
  const edges = [
    { from, to: 'count-new' },
    { from: 'count-new', to: 'sink-new' },
  ]
  const config = { size: 3, slide: 2, groupBy: [], aggregates: { count: 'COUNT(*)' } }
  const counted = withNode(document, 'count-new', { operator: 'count-window', config })
  return { ...withNode(counted, 'sink-new', sink), edges: [...document.edges, ...edges] }
}

/** Of what a sink keeps, more or fewer rows: its state is carried over. */
function otherView(random: SeededRandom, document: PipelineDocument): PipelineDocument | undefined {
  const views = Object.entries(document.nodes).filter(([, one]) => one.operator === 'view-sink')
  if (views.length === 0) return undefined
  const [id, node] = random.pick(views)
  return withNode(document, id, { ...node, config: { limit: random.pick([3, 500]) } })
}

/** A node is taken out, with all that it feeds. */
function oneLess(random: SeededRandom, document: PipelineDocument): PipelineDocument | undefined {
  const all = Object.entries(document.nodes)
  const others = all.filter(([, { operator }]) => !operator.endsWith('-source'))
  if (others.length < 2) return undefined
  const gone = new Set([random.pick(others)[0]])
  for (const id of gone) {
    for (const { from, to } of document.edges) if (nodeOf(from) === id) gone.add(nodeOf(to))
  }
  return {
    ...document,
    nodes: Object.fromEntries(all.filter(([id]) => !gone.has(id))),
    edges: document.edges.filter(
      ({ from, to }) => !gone.has(nodeOf(from)) && !gone.has(nodeOf(to)),
    ),
  }
}

/** What reads a file gets the records of another source as well. */
function anotherSource(
  random: SeededRandom,
  document: PipelineDocument,
): PipelineDocument | undefined {
  const isFile = (end: string) => document.nodes[nodeOf(end)]?.operator === 'file-source'
  const found = document.edges.filter(({ from }) => from.endsWith('.out') && isFile(from))
  const source = Object.values(document.nodes).find(({ operator }) => operator === 'file-source')
  if (found.length === 0 || source === undefined) return undefined
  const edge = random.pick(found)
  const joined = withNode(document, 'union-new', { operator: 'union', config: {} })
  const edges = [
    { from: edge.from, to: 'union-new' },
    { from: 'source-new', to: 'union-new' },
    { from: 'union-new.out', to: edge.to },
  ]
  return {
    ...withNode(joined, 'source-new', source),
    edges: [...document.edges.filter((one) => one !== edge), ...edges],
  }
}

const EDITS = [
  ...[otherSettings, otherSettings, anotherBranch, anotherBranch],
  ...[otherView, oneLess, anotherSource],
]

function nodeOf(end: string): string {
  return end.split('.')[0] ?? end
}

function withNode(document: PipelineDocument, id: string, node: PipelineNode): PipelineDocument {
  return { ...document, nodes: { ...document.nodes, [id]: node } }
}

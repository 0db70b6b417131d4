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

/** Undefined where no edit that was tried fits. Sources stay as they are. */
export function editedPipeline(
  random: SeededRandom,
  pipeline: RandomPipeline,
  before: Checked,
  catalogue: Catalogue,
): Edited | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    const make = random.pick([otherSettings, otherSettings, anotherBranch, otherView])
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

function withNode(document: PipelineDocument, id: string, node: PipelineNode): PipelineDocument {
  return { ...document, nodes: { ...document.nodes, [id]: node } }
}

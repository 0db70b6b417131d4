/**
 * What differs between two documents, in the words of the form that people fill in: nodes by their
 * titles, settings by those of their fields.
 *
 * Nodes are the same by id, as they are for what a job has kept. What means the same is no
 * difference: a default that is written out, an edge that names the only port, the order of nodes.
 * Where things lie on the canvas is told apart from what a job does.
 */

import { type FieldSchema, fieldsOf } from '../config/form-fields.ts'
import type { Registry } from '../operator.ts'
import { canonicalText } from '../value.ts'
import type { Pipeline, PipelineEdge, PipelineNode } from './format.ts'
import { type SettingDifference, settingDifferences } from './setting-difference.ts'

export type { SettingDifference } from './setting-difference.ts'

export interface PipelineDifference {
  /** What the pipeline was called, where it is called otherwise now. */
  readonly nameBefore: string | null
  /** Those that changed by id, then those that were added, then those that were removed. */
  readonly nodes: readonly NodeDifference[]
  readonly edges: readonly EdgeDifference[]
  /** Of the pipeline as a whole. */
  readonly settings: readonly SettingDifference[]
  /** How many nodes lie elsewhere on the canvas. */
  readonly moved: number
  /** How many notes were added, removed or changed. */
  readonly notes: number
}

export interface NodeDifference {
  readonly nodeId: string
  /** As it is called now; of a removed one, as it was called. */
  readonly title: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** What it was called, where it is called otherwise now. */
  readonly titleBefore: string | null
  /** Of `changed`. */
  readonly settings: readonly SettingDifference[]
}

export interface EdgeDifference {
  readonly kind: 'added' | 'removed'
  /** `Per minute, late`. */
  readonly from: string
  readonly to: string
  /** Whether it came or went with a node at one of its ends. */
  readonly follows: boolean
}

export function comparePipelines(
  before: Pipeline,
  after: Pipeline,
  registry: Registry,
): PipelineDifference {
  const titles = { before: titlesOf(before, registry), after: titlesOf(after, registry) }
  return {
    nameBefore: before.name === after.name ? null : before.name,
    nodes: nodeDifferences(before, after, titles, registry),
    edges: edgeDifferences(before, after, titles, registry),
    settings: pipelineSettings(before, after),
    moved: countMoved(before, after),
    notes: countNotes(before, after),
  }
}

/** Whether a job does something else. */
export function changesWork({ nodes, edges, settings }: PipelineDifference): boolean {
  const works = nodes.some(({ kind, settings: own }) => kind !== 'changed' || own.length > 0)
  return works || edges.length > 0 || settings.length > 0
}

/** Whether nothing but the drawing differs. */
export function isLayoutOnly(difference: PipelineDifference): boolean {
  const { nameBefore, nodes, moved, notes } = difference
  const drawn = moved > 0 || notes > 0
  return drawn && nameBefore === null && nodes.length === 0 && !changesWork(difference)
}

interface Titles {
  readonly before: ReadonlyMap<string, string>
  readonly after: ReadonlyMap<string, string>
}

/** By id; where two nodes are called the same, the id stands behind. */
function titlesOf({ nodes }: Pipeline, registry: Registry): ReadonlyMap<string, string> {
  const plain = new Map(
    [...nodes].map(([id, { operator, title }]) => {
      return [id, title ?? registry.get(operator)?.title ?? id]
    }),
  )
  const counts = new Map<string, number>()
  for (const title of plain.values()) counts.set(title, (counts.get(title) ?? 0) + 1)
  return new Map(
    [...plain].map(([id, title]) => [id, counts.get(title) === 1 ? title : `${title} (${id})`]),
  )
}

function nodeDifferences(
  before: Pipeline,
  after: Pipeline,
  titles: Titles,
  registry: Registry,
): readonly NodeDifference[] {
  const changed: NodeDifference[] = []
  const added: NodeDifference[] = []
  const removed: NodeDifference[] = []
  const bare = { titleBefore: null, settings: [] }
  const remove = (nodeId: string): void => {
    const title = titles.before.get(nodeId) ?? nodeId
    removed.push({ nodeId, title, kind: 'removed', ...bare })
  }
  for (const [nodeId, node] of sortedById(after.nodes)) {
    const old = before.nodes.get(nodeId)
    const title = titles.after.get(nodeId) ?? nodeId
    // Another operator under an old id is another node: nothing of it goes on.
    if (old?.operator !== node.operator) {
      added.push({ nodeId, title, kind: 'added', ...bare })
      if (old !== undefined) remove(nodeId)
      continue
    }
    const settings = settingDifferences(old.config, node.config, rootOf(node, registry))
    const titleBefore = old.title === node.title ? null : (titles.before.get(nodeId) ?? nodeId)
    if (settings.length === 0 && titleBefore === null) continue
    changed.push({ nodeId, title, kind: 'changed', titleBefore, settings })
  }
  for (const [nodeId] of sortedById(before.nodes)) if (!after.nodes.has(nodeId)) remove(nodeId)
  return [...changed, ...added, ...removed]
}

function rootOf({ operator }: PipelineNode, registry: Registry): FieldSchema {
  const known = registry.get(operator)
  if (known === undefined) return {}
  const fields = fieldsOf(known)
  return { properties: Object.fromEntries(fields.map(({ name, schema }) => [name, schema])) }
}

function edgeDifferences(
  before: Pipeline,
  after: Pipeline,
  titles: Titles,
  registry: Registry,
): readonly EdgeDifference[] {
  const old = new Map(before.edges.map((edge) => [edgeKey(edge, before, registry), edge]))
  const next = new Map(after.edges.map((edge) => [edgeKey(edge, after, registry), edge]))
  const inBoth = (end: string): boolean => {
    const id = endOf(end).node
    return before.nodes.get(id)?.operator === after.nodes.get(id)?.operator
  }
  const follows = ({ from, to }: PipelineEdge): boolean => !inBoth(from) || !inBoth(to)
  const added = [...next].flatMap(([key, edge]): readonly EdgeDifference[] => {
    if (old.has(key)) return []
    const ends = edgeWords(edge, after, titles.after, registry)
    return [{ kind: 'added', ...ends, follows: follows(edge) }]
  })
  const removed = [...old].flatMap(([key, edge]): readonly EdgeDifference[] => {
    if (next.has(key)) return []
    const ends = edgeWords(edge, before, titles.before, registry)
    return [{ kind: 'removed', ...ends, follows: follows(edge) }]
  })
  return [...added, ...removed]
}

function edgeKey({ from, to }: PipelineEdge, pipeline: Pipeline, registry: Registry): string {
  const source = namedEnd(from, 'outputs', pipeline, registry)
  const target = namedEnd(to, 'inputs', pipeline, registry)
  return JSON.stringify([source.node, source.port, target.node, target.port])
}

function edgeWords(
  { from, to }: PipelineEdge,
  pipeline: Pipeline,
  titles: ReadonlyMap<string, string>,
  registry: Registry,
): { readonly from: string; readonly to: string } {
  const words = (end: string, side: 'inputs' | 'outputs'): string => {
    const { node, port } = namedEnd(end, side, pipeline, registry)
    const title = titles.get(node) ?? node
    return port === undefined ? title : `${title}, ${port}`
  }
  return { from: words(from, 'outputs'), to: words(to, 'inputs') }
}

interface End {
  readonly node: string
  readonly port?: string | undefined
}

/** The port only where the end could name another one. */
function namedEnd(
  end: string,
  side: 'inputs' | 'outputs',
  { nodes }: Pipeline,
  registry: Registry,
): End {
  const { node, port } = endOf(end)
  const ports = registry.get(nodes.get(node)?.operator ?? '')?.[side] ?? []
  const usual = side === 'inputs' ? 'in' : 'out'
  const [only] = ports
  const isPlain = port === usual || (ports.length === 1 && port === only)
  return { node, port: isPlain ? undefined : port }
}

function endOf(end: string): End {
  const dot = end.indexOf('.')
  return dot === -1 ? { node: end } : { node: end.slice(0, dot), port: end.slice(dot + 1) }
}

const PIPELINE_FIELDS: FieldSchema = {
  properties: {
    checkpointInterval: { title: 'Checkpoint interval', default: '10s' },
    stateLimit: { title: 'State limit' },
  },
}

function pipelineSettings(before: Pipeline, after: Pipeline): readonly SettingDifference[] {
  return settingDifferences({ ...before.settings }, { ...after.settings }, PIPELINE_FIELDS)
}

function countMoved(before: Pipeline, after: Pipeline): number {
  return [...after.layout].filter(([id, [x, y]]) => {
    const old = before.layout.get(id)
    return old !== undefined && (old[0] !== x || old[1] !== y)
  }).length
}

/** Notes have no id: what is in one list and not in the other counts, a changed one once. */
function countNotes(before: Pipeline, after: Pipeline): number {
  const key = (note: Pipeline['notes'][number]): string => {
    return canonicalText([note.text, note.at, note.size])
  }
  const left = before.notes.map(key)
  let gained = 0
  for (const note of after.notes) {
    const index = left.indexOf(key(note))
    if (index === -1) gained++
    else left.splice(index, 1)
  }
  return Math.max(gained, left.length)
}

function sortedById<T>(nodes: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...nodes].sort(([a], [b]) => (a < b ? -1 : 1))
}

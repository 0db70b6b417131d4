/**
 * The changes there are: each takes a pipeline and gives another one. Nothing here knows of the
 * screen.
 */

import {
  type JsonObject,
  type Note,
  type Pipeline,
  type PipelineEdge,
  type Point,
  toNodeId,
  type Value,
} from '@millrace/pipeline'
import type { EdgeView, NodeView } from './analysis.ts'
import { type EdgePlaces, sameEdge, writeEnd } from './edge-ends.ts'
import type { Selection } from './selection.ts'

/** Nodes stand on this grid when they are placed or tidied up. */
export const GRID = 8
export const NODE_WIDTH = 212
export const NODE_HEIGHT = 78
const NOTE_SIZE: Point = [208, 88]
const NOTE_SIZE_MIN: Point = [96, 40]

export interface Added {
  readonly pipeline: Pipeline
  readonly id: string
}

/** A node with an id of its own, made from the operator's name. */
export function addNode(
  pipeline: Pipeline,
  node: { readonly operator: string; readonly config?: JsonObject; readonly title?: string },
  at: Point,
): Added {
  const id = freeId(toNodeId(node.operator), (taken) => pipeline.nodes.has(taken))
  const { operator, config = {}, title } = node
  const added = title === undefined ? { operator, config } : { operator, title, config }
  return {
    id,
    pipeline: {
      ...pipeline,
      nodes: new Map([...pipeline.nodes, [id, added]]),
      layout: new Map([...pipeline.layout, [id, onGrid(at)]]),
    },
  }
}

export function connect(
  pipeline: Pipeline,
  nodes: ReadonlyMap<string, Pick<NodeView, 'inputs' | 'outputs'>>,
  places: EdgePlaces,
): Pipeline {
  const edge = edgeBetween(nodes, places)
  if (pipeline.edges.some((other) => sameEdge(other, edge))) return pipeline
  return { ...pipeline, edges: [...pipeline.edges, edge] }
}

function edgeBetween(
  nodes: ReadonlyMap<string, Pick<NodeView, 'inputs' | 'outputs'>>,
  { from, to }: EdgePlaces,
): PipelineEdge {
  const outputs = (nodes.get(from.node)?.outputs ?? []).map(({ name }) => name)
  const inputs = (nodes.get(to.node)?.inputs ?? []).map(({ name }) => name)
  return { from: writeEnd(from, outputs, 'from'), to: writeEnd(to, inputs, 'to') }
}

/** Gives an edge other ends; it keeps its place in the document's list. */
export function reconnect(
  pipeline: Pipeline,
  nodes: ReadonlyMap<string, Pick<NodeView, 'inputs' | 'outputs'>>,
  { index }: Pick<EdgeView, 'index'>,
  places: EdgePlaces,
): Pipeline {
  const edge = edgeBetween(nodes, places)
  if (pipeline.edges.some((other) => sameEdge(other, edge))) return pipeline
  return { ...pipeline, edges: pipeline.edges.with(index, edge) }
}

/** What led to one input of a node leads to the other one, and the other way round. */
export function swapInputs(
  pipeline: Pipeline,
  edges: ReadonlyMap<string, EdgeView>,
  node: string,
  [first, second]: readonly [string, string],
): Pipeline {
  let swapped = pipeline.edges
  for (const { to, index } of edges.values()) {
    const old = pipeline.edges[index]
    if (to.node !== node || old === undefined) continue
    if (to.port !== first && to.port !== second) continue
    swapped = swapped.with(index, { ...old, to: `${node}.${to.port === first ? second : first}` })
  }
  if (swapped === pipeline.edges) return pipeline
  return swapPairs({ ...pipeline, edges: swapped }, edges, node, [first, second])
}

/**
 * The pairs of a join's condition name a column of each input, so that they are swapped with them.
 * Where they would not fit then, they stay: they may have been written for the inputs as they
 * should have been.
 */
function swapPairs(
  pipeline: Pipeline,
  edges: ReadonlyMap<string, EdgeView>,
  node: string,
  [first, second]: readonly [string, string],
): Pipeline {
  const old = pipeline.nodes.get(node)
  const pairs = old?.config.on
  if (old === undefined || !isListOfPairs(pairs)) return pipeline
  const columnsOf = (port: string): ReadonlySet<string> => {
    const into = [...edges.values()].filter(({ to }) => to.node === node && to.port === port)
    return new Set(into.flatMap(({ schema }) => schema?.columns.map(({ name }) => name) ?? []))
  }
  const [ofFirst, ofSecond] = [columnsOf(first), columnsOf(second)]
  // The columns are those of the inputs before they were swapped.
  if (!pairs.every(([a, b]) => ofFirst.has(a) && ofSecond.has(b))) return pipeline
  const on = pairs.map(([a, b]) => [b, a])
  const swapped = { ...old, config: { ...old.config, on } }
  return { ...pipeline, nodes: new Map(pipeline.nodes).set(node, swapped) }
}

function isListOfPairs(value: unknown): value is readonly (readonly [string, string])[] {
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((name) => typeof name === 'string')
  return Array.isArray(value) && value.every(isPair)
}

/** Puts a node into an edge: what flowed from a to b then flows from a through the node to b. */
export function splice(
  pipeline: Pipeline,
  edge: EdgeView,
  node: { readonly id: string; readonly input: string; readonly output: string },
): Pipeline {
  const old = pipeline.edges[edge.index]
  if (old === undefined) return pipeline
  const into: PipelineEdge = { from: old.from, to: endText(node.id, node.input, 'in') }
  const outOf: PipelineEdge = { from: endText(node.id, node.output, 'out'), to: old.to }
  const edges = pipeline.edges.flatMap((other, index) =>
    index === edge.index ? [into, outOf] : [other],
  )
  return { ...pipeline, edges }
}

/** Without what is selected; edges of removed nodes go with them. */
export function remove(
  pipeline: Pipeline,
  { nodes, edges, notes }: Selection,
  views: ReadonlyMap<string, EdgeView>,
): Pipeline {
  const gone = new Set([...edges].flatMap((id) => views.get(id)?.index ?? []))
  return {
    ...pipeline,
    nodes: withoutKeys(pipeline.nodes, nodes),
    layout: withoutKeys(pipeline.layout, nodes),
    edges: pipeline.edges.filter(
      ({ from, to }, index) =>
        !gone.has(index) && !nodes.has(nodeOfEnd(from)) && !nodes.has(nodeOfEnd(to)),
    ),
    notes: pipeline.notes.filter((_, index) => !notes.has(index)),
  }
}

/** Of an edge that is nowhere drawn, since a node at its end is missing. */
export function removeEdgeAt(pipeline: Pipeline, index: number): Pipeline {
  return { ...pipeline, edges: pipeline.edges.filter((_, other) => other !== index) }
}

/** Removes a node and joins what fed it with what it fed. */
export function removeAndRejoin(pipeline: Pipeline, nodeId: string): Pipeline {
  const before = pipeline.edges.filter(({ to }) => nodeOfEnd(to) === nodeId)
  const after = pipeline.edges.filter(({ from }) => from === nodeId || from === `${nodeId}.out`)
  const [only] = before
  const joined =
    before.length === 1 && only !== undefined
      ? after.map(({ to }): PipelineEdge => ({ from: only.from, to }))
      : []
  const bare = remove(
    pipeline,
    { nodes: new Set([nodeId]), edges: new Set(), notes: new Set() },
    new Map(),
  )
  return { ...bare, edges: [...bare.edges, ...joined] }
}

/** Sets what stands at a path of a node's config; `undefined` takes it out. Empty objects stay. */
export function setConfig(
  pipeline: Pipeline,
  nodeId: string,
  path: readonly (string | number)[],
  value: Value | undefined,
): Pipeline {
  const node = pipeline.nodes.get(nodeId)
  if (node === undefined) return pipeline
  const config = setAt(node.config, path, value)
  if (config === node.config || !isObject(config)) return pipeline
  return { ...pipeline, nodes: new Map(pipeline.nodes).set(nodeId, { ...node, config }) }
}

export function setTitle(pipeline: Pipeline, nodeId: string, text: string): Pipeline {
  const node = pipeline.nodes.get(nodeId)
  const title = text.trim()
  if (node === undefined || (node.title ?? '') === title) return pipeline
  const { title: _, ...rest } = node
  const renamed = title === '' ? rest : { operator: node.operator, title, config: node.config }
  return { ...pipeline, nodes: new Map(pipeline.nodes).set(nodeId, renamed) }
}

export function renamePipeline(pipeline: Pipeline, text: string): Pipeline {
  const name = text.trim()
  return name === '' || name === pipeline.name ? pipeline : { ...pipeline, name }
}

/** An empty text takes the setting out. */
export function setSetting(
  pipeline: Pipeline,
  name: keyof Pipeline['settings'],
  text: string,
): Pipeline {
  const { [name]: before = '', ...rest } = pipeline.settings
  if (before === text) return pipeline
  return { ...pipeline, settings: text === '' ? rest : { ...rest, [name]: text } }
}

/** Where nodes and notes now stand; the same pipeline where none has moved. */
export function place(
  pipeline: Pipeline,
  nodes: ReadonlyMap<string, Point>,
  notes: ReadonlyMap<number, Point> = new Map(),
): Pipeline {
  const layout = new Map(pipeline.layout)
  let moved = false
  for (const [id, at] of nodes) {
    const before = layout.get(id)
    if (!pipeline.nodes.has(id) || (before !== undefined && samePoint(before, at))) continue
    layout.set(id, rounded(at))
    moved = true
  }
  const placed = pipeline.notes.map((note, index) => {
    const at = notes.get(index)
    if (at === undefined || samePoint(note.at, at)) return note
    moved = true
    return { ...note, at: rounded(at) }
  })
  return moved ? { ...pipeline, layout, notes: placed } : pipeline
}

export function addNote(pipeline: Pipeline, at: Point): Pipeline {
  const note: Note = { text: '', at: onGrid(at), size: NOTE_SIZE }
  return { ...pipeline, notes: [...pipeline.notes, note] }
}

export function changeNote(
  pipeline: Pipeline,
  index: number,
  change: { readonly text?: string; readonly at?: Point; readonly size?: Point },
): Pipeline {
  const note = pipeline.notes[index]
  if (note === undefined) return pipeline
  const { text = note.text, at = note.at, size = note.size } = change
  const [width, height] = size
  const changed: Note = {
    text,
    at: rounded(at),
    size: rounded([Math.max(width, NOTE_SIZE_MIN[0]), Math.max(height, NOTE_SIZE_MIN[1])]),
  }
  const same =
    changed.text === note.text &&
    samePoint(changed.at, note.at) &&
    samePoint(changed.size, note.size)
  if (same) return pipeline
  return { ...pipeline, notes: pipeline.notes.map((other) => (other === note ? changed : other)) }
}

export function nodeOfEnd(end: string): string {
  return end.split('.', 1)[0] ?? end
}

/** `filter`, `filter-2`, `filter-3`. */
export function freeId(wanted: string, isTaken: (id: string) => boolean): string {
  if (!isTaken(wanted)) return wanted
  const stem = wanted.replace(/-[0-9]+$/, '')
  for (let number = 2; ; number++) {
    const id = `${stem}-${number}`
    if (!isTaken(id)) return id
  }
}

export function onGrid([x, y]: Point): Point {
  return [Math.round(x / GRID) * GRID, Math.round(y / GRID) * GRID]
}

/** The value with another one at a path; lists close the gap that a removed entry leaves. */
export function setAt(
  root: Value | undefined,
  path: readonly (string | number)[],
  value: Value | undefined,
): Value | undefined {
  const [first, ...rest] = path
  if (first === undefined) return value
  if (typeof first === 'number') {
    const list = Array.isArray(root) ? (root as readonly Value[]) : []
    const item = setAt(list[first], rest, value)
    if (item === undefined) return list.filter((_, index) => index !== first)
    return Object.assign([...list], { [first]: item })
  }
  const entries: [string, Value][] = isObject(root) ? Object.entries(root) : []
  const index = entries.findIndex(([name]) => name === first)
  const item = setAt(entries[index]?.[1], rest, value)
  if (index < 0) return item === undefined ? root : fromEntries([...entries, [first, item]])
  if (item === entries[index]?.[1]) return root
  if (item === undefined) return fromEntries(entries.filter((_, other) => other !== index))
  return fromEntries(entries.map((entry, other) => (other === index ? [first, item] : entry)))
}

/** Own properties whatever their names: `__proto__` too is a column that a user may name. */
function fromEntries(entries: readonly (readonly [string, Value])[]): JsonObject {
  return Object.fromEntries(entries)
}

function isObject(value: Value | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function withoutKeys<T>(
  map: ReadonlyMap<string, T>,
  keys: ReadonlySet<string>,
): ReadonlyMap<string, T> {
  return keys.size === 0 ? map : new Map([...map].filter(([key]) => !keys.has(key)))
}

function endText(node: string, port: string, named: string): string {
  return port === named ? node : `${node}.${port}`
}

function samePoint(a: Point, b: Point): boolean {
  return Math.round(a[0]) === Math.round(b[0]) && Math.round(a[1]) === Math.round(b[1])
}

function rounded([x, y]: Point): Point {
  return [Math.round(x), Math.round(y)]
}

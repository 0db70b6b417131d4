/**
 * What is copied: nodes, the edges between them and notes, as a document of its own on the
 * clipboard.
 */

import {
  type ParsedDocument,
  type Pipeline,
  type Point,
  parseDocument,
  writeDocument,
} from '@millrace/pipeline'
import { freeId, nodeOfEnd } from './commands.ts'
import { type Selection, selectionOf } from './selection.ts'

/**
 * A document that holds only what is selected; undefined where that is nothing that can be copied.
 */
export function copyText(pipeline: Pipeline, { nodes, notes }: Selection): string | undefined {
  const kept = new Map([...pipeline.nodes].filter(([id]) => nodes.has(id)))
  const keptNotes = pipeline.notes.filter((_, index) => notes.has(index))
  if (kept.size + keptNotes.length === 0) return undefined
  return writeDocument({
    name: pipeline.name,
    nodes: kept,
    edges: pipeline.edges.filter(
      ({ from, to }) => kept.has(nodeOfEnd(from)) && kept.has(nodeOfEnd(to)),
    ),
    settings: {},
    layout: new Map([...pipeline.layout].filter(([id]) => kept.has(id))),
    notes: keptNotes,
  })
}

export interface Pasted {
  readonly pipeline: Pipeline
  readonly selection: Selection
  readonly nodeCount: number
}

/**
 * Adds a copied document with new ids. Its upper left corner comes to `at`, or a little beside it.
 */
export function paste(
  pipeline: Pipeline,
  fragment: Pipeline,
  at: { readonly corner: Point } | { readonly beside: Point },
): Pasted {
  const ids = new Map<string, string>()
  const taken = new Set(pipeline.nodes.keys())
  for (const id of fragment.nodes.keys()) {
    const free = freeId(id, (other) => taken.has(other))
    taken.add(free)
    ids.set(id, free)
  }
  const [dx, dy] = 'beside' in at ? at.beside : offsetTo(at.corner, fragment)
  const moved = ([x, y]: Point): Point => [x + dx, y + dy]
  const end = (text: string): string => {
    const id = nodeOfEnd(text)
    return `${ids.get(id) ?? id}${text.slice(id.length)}`
  }
  const named = (id: string): string => ids.get(id) ?? id
  return {
    pipeline: {
      ...pipeline,
      nodes: new Map([
        ...pipeline.nodes,
        ...[...fragment.nodes].map(([id, node]) => [named(id), node] as const),
      ]),
      edges: [
        ...pipeline.edges,
        ...fragment.edges.map(({ from, to }) => ({ from: end(from), to: end(to) })),
      ],
      layout: new Map([
        ...pipeline.layout,
        ...[...fragment.layout].map(([id, point]) => [named(id), moved(point)] as const),
      ]),
      notes: [
        ...pipeline.notes,
        ...fragment.notes.map((note) => ({ ...note, at: moved(note.at) })),
      ],
    },
    selection: selectionOf({
      nodes: ids.values(),
      notes: fragment.notes.map((_, index) => pipeline.notes.length + index),
    }),
    nodeCount: ids.size,
  }
}

/** The document on a clipboard; undefined for any other text. */
export function readFragment(text: string): ParsedDocument {
  return text.trimStart().startsWith('{') ? parseDocument(text) : { problems: [] }
}

function offsetTo([x, y]: Point, { layout, notes }: Pipeline): Point {
  const points = [...layout.values(), ...notes.map((note) => note.at)]
  if (points.length === 0) return [x, y]
  const left = Math.min(...points.map((point) => point[0]))
  const top = Math.min(...points.map((point) => point[1]))
  return [Math.round(x - left), Math.round(y - top)]
}

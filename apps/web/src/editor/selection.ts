/** What is selected: nodes and edges by id, notes by their place in the document. */

import type { Pipeline } from '@millrace/pipeline'

export interface Selection {
  readonly nodes: ReadonlySet<string>
  readonly edges: ReadonlySet<string>
  readonly notes: ReadonlySet<number>
}

export const NOTHING: Selection = { nodes: new Set(), edges: new Set(), notes: new Set() }

export function selectionOf(parts: {
  readonly nodes?: Iterable<string>
  readonly edges?: Iterable<string>
  readonly notes?: Iterable<number>
}): Selection {
  return {
    nodes: new Set(parts.nodes),
    edges: new Set(parts.edges),
    notes: new Set(parts.notes),
  }
}

export function isEmpty({ nodes, edges, notes }: Selection): boolean {
  return nodes.size + edges.size + notes.size === 0
}

export function sameSelection(a: Selection, b: Selection): boolean {
  return sameSet(a.nodes, b.nodes) && sameSet(a.edges, b.edges) && sameSet(a.notes, b.notes)
}

/** Without what is no longer there; the same object where all of it is. */
export function prune(
  selection: Selection,
  pipeline: Pipeline,
  edgeIds: ReadonlyMap<string, unknown>,
): Selection {
  const pruned = selectionOf({
    nodes: [...selection.nodes].filter((id) => pipeline.nodes.has(id)),
    edges: [...selection.edges].filter((id) => edgeIds.has(id)),
    notes: [...selection.notes].filter((index) => index < pipeline.notes.length),
  })
  return sameSelection(selection, pruned) ? selection : pruned
}

/** The one node that the inspector and the drawer speak of; undefined for none and for several. */
export function soleNode({ nodes, edges, notes }: Selection): string | undefined {
  const [only] = nodes
  return nodes.size === 1 && edges.size + notes.size === 0 ? only : undefined
}

export function soleEdge({ nodes, edges, notes }: Selection): string | undefined {
  const [only] = edges
  return edges.size === 1 && nodes.size + notes.size === 0 ? only : undefined
}

function sameSet<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item))
}

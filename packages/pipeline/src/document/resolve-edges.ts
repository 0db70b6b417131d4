/** Finds the port that each end of an edge names, and what arrives at each input. */

import { namesText } from '../problem.ts'
import type { Pipeline } from './format.ts'
import type { PlacedNode } from './placed-node.ts'
import type { Report } from './report.ts'

export interface PortPlace {
  readonly node: string
  readonly port: string
}

export interface CheckedEdge {
  readonly from: PortPlace
  readonly to: PortPlace
}

/** What an edge brings to an input. */
export interface Arrival {
  /** As the document names it. */
  readonly text: string
  /** Absent if the output could not be found. */
  readonly from?: PortPlace
}

export interface ResolvedEdges {
  /** Those with both ends found, by (node, port) of where they go, then of where they come from. */
  readonly edges: readonly CheckedEdge[]
  /** Between nodes that exist, whether or not the ports were found. */
  readonly links: readonly { readonly from: string; readonly to: string }[]
  /** Input ports by node, each with what arrives in the order in which edges are followed. */
  readonly arrivals: ReadonlyMap<string, ReadonlyMap<string, readonly Arrival[]>>
  /**
   * Nodes that an edge with an unknown end was probably meant for: that they lack an edge is known.
   */
  readonly strays: ReadonlySet<string>
}

type Nodes = ReadonlyMap<string, PlacedNode>
type Side = 'from' | 'to'

/** An end whose node exists; `port` is absent if it could not be found. */
interface End {
  readonly node: string
  readonly port?: string
}

export function resolveEdges(pipeline: Pipeline, nodes: Nodes, report: Report): ResolvedEdges {
  const resolver = new Resolver(nodes, report)
  for (const [index, { from, to }] of pipeline.edges.entries()) {
    resolver.resolve(index, from, to)
  }
  return resolver.result()
}

class Resolver {
  readonly #nodes: Nodes
  readonly #report: Report
  readonly #edges: CheckedEdge[] = []
  readonly #links: { from: string; to: string }[] = []
  readonly #arrivals = new Map<string, Map<string, Arrival[]>>()
  readonly #strays = new Set<string>()
  /** The index of the first edge, by its ends. */
  readonly #first = new Map<string, number>()

  constructor(nodes: Nodes, report: Report) {
    this.#nodes = nodes
    this.#report = report
  }

  resolve(index: number, fromText: string, toText: string): void {
    const from = this.#end(index, 'from', fromText)
    const to = this.#end(index, 'to', toText)
    if (this.#isRepeated(index, from, to, `"${fromText}" to "${toText}"`)) return
    if (from !== undefined && to !== undefined) {
      this.#links.push({ from: from.node, to: to.node })
    }
    if (to === undefined) return
    if (to.port === undefined) {
      this.#strays.add(to.node)
      return
    }
    const source = isPlace(from) ? from : undefined
    this.#arrive(
      { node: to.node, port: to.port },
      { text: fromText, ...(source && { from: source }) },
    )
    if (source !== undefined) {
      this.#edges.push({ from: source, to: { node: to.node, port: to.port } })
    }
  }

  result(): ResolvedEdges {
    this.#edges.sort((a, b) => comparePlaces(a.to, b.to) || comparePlaces(a.from, b.from))
    for (const ports of this.#arrivals.values()) {
      for (const arrivals of ports.values()) arrivals.sort(compareArrivals)
    }
    return {
      edges: this.#edges,
      links: this.#links,
      arrivals: this.#arrivals,
      strays: this.#strays,
    }
  }

  #arrive(to: PortPlace, arrival: Arrival): void {
    const ports = this.#arrivals.get(to.node) ?? new Map<string, Arrival[]>()
    this.#arrivals.set(to.node, ports)
    const arrivals = ports.get(to.port) ?? []
    ports.set(to.port, arrivals)
    arrivals.push(arrival)
  }

  #isRepeated(index: number, from: End | undefined, to: End | undefined, text: string): boolean {
    if (!isPlace(from) || !isPlace(to)) return false
    const key = `${from.node}.${from.port} ${to.node}.${to.port}`
    const first = this.#first.get(key)
    if (first === undefined) {
      this.#first.set(key, index)
      return false
    }
    const message = `The edge from ${text} stands twice, as edges ${first} and ${index}. Remove one.`
    this.#report.add({ code: 'duplicate-edge', path: ['edges', index], message })
    return true
  }

  #end(index: number, side: Side, text: string): End | undefined {
    const dot = text.indexOf('.')
    const id = dot < 0 ? text : text.slice(0, dot)
    const node = this.#nodes.get(id)
    if (node === undefined) {
      this.#unknownNode(index, side, id)
      return undefined
    }
    const ports = side === 'from' ? node.outputs : node.operator?.inputs
    if (ports === undefined) return { node: id }
    const name = dot < 0 ? defaultPort(ports, side) : text.slice(dot + 1)
    if (name !== undefined && ports.includes(name)) return { node: id, port: name }
    const message = this.#portMessage(node, side, ports, name)
    const code = name === undefined && ports.length > 0 ? 'edge-needs-port' : 'unknown-port'
    this.#report.add({ code, path: ['edges', index, side], message })
    return { node: id }
  }

  #unknownNode(index: number, side: Side, id: string): void {
    const meant = this.#report.nearest(id, this.#nodes.keys())
    if (meant !== undefined && side === 'to') this.#strays.add(meant)
    const advice =
      meant === undefined ? 'Add the node, or remove the edge.' : `Did you mean "${meant}"?`
    const role = side === 'from' ? 'from which this edge comes' : 'to which this edge goes'
    const message = `No node has the id "${cut(id)}", ${role}. ${advice}`
    this.#report.add({ code: 'unknown-node', path: ['edges', index, side], message })
  }

  #portMessage({ id, operator }: PlacedNode, side: Side, ports: readonly string[], name?: string) {
    const word = side === 'from' ? 'output' : 'input'
    const [first] = ports
    if (first === undefined) {
      const category = operator === undefined ? '' : `: it is a ${operator.category}`
      return `Node "${id}" has no ${word}s${category}. Remove the edge.`
    }
    const known = `Its ${ports.length === 1 ? `${word} is` : `${word}s are`} ${namesText(ports)}.`
    if (name === undefined) {
      return (
        `Node "${id}" has no ${word} that is meant by its id alone. ${known} Write, for ` +
        `instance, "${id}.${first}".`
      )
    }
    const advice = this.#report.advice(name, ports, known)
    return `Node "${id}" has no ${word} "${cut(name)}".${advice}`
  }
}

/** The only port, or the one named `out` or `in`. `errors` is not counted. */
function defaultPort(ports: readonly string[], side: Side): string | undefined {
  const named = side === 'from' ? 'out' : 'in'
  if (ports.includes(named)) return named
  const [only, ...others] = ports.filter((port) => side === 'to' || port !== 'errors')
  return others.length === 0 ? only : undefined
}

function isPlace(end: End | undefined): end is PortPlace {
  return end?.port !== undefined
}

function comparePlaces(a: PortPlace, b: PortPlace): number {
  return compareTexts(a.node, b.node) || compareTexts(a.port, b.port)
}

function compareArrivals(a: Arrival, b: Arrival): number {
  if (a.from === undefined || b.from === undefined) return compareTexts(a.text, b.text)
  return comparePlaces(a.from, b.from)
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/**
 * Reads and writes the ends of edges: `node` stands for its only port, or the one named `in` or
 * `out`.
 */

import type { PipelineEdge, PortPlace } from '@millrace/pipeline'

export type Side = 'from' | 'to'

/** An edge with both ports named. */
export interface EdgePlaces {
  readonly from: PortPlace
  readonly to: PortPlace
}

/** Names an edge by what it joins, so that it is the same edge after undo and reload. */
export function edgeIdOf({ from, to }: EdgePlaces): string {
  return `${from.node}.${from.port}>${to.node}.${to.port}`
}

/** The places that an edge's id names; undefined for other texts. */
export function edgePlacesOf(id: string): EdgePlaces | undefined {
  const match = /^([^.]+)\.(.+)>([a-z][a-z0-9-]*)\.(.+)$/.exec(id)
  if (match === null) return undefined
  const [, fromNode = '', fromPort = '', toNode = '', toPort = ''] = match
  return { from: { node: fromNode, port: fromPort }, to: { node: toNode, port: toPort } }
}

/** The port that stands for the node alone. */
export function defaultPort(ports: readonly string[], side: Side): string | undefined {
  const named = side === 'from' ? 'out' : 'in'
  if (ports.includes(named)) return named
  const [only, ...others] = ports.filter((port) => side === 'to' || port !== 'errors')
  return others.length === 0 ? only : undefined
}

/**
 * Where no port can be told, the conventional one: the edge is then drawn to a port that is
 * missing.
 */
export function readEnd(text: string, ports: readonly string[], side: Side): PortPlace {
  const dot = text.indexOf('.')
  if (dot >= 0) return { node: text.slice(0, dot), port: text.slice(dot + 1) }
  return { node: text, port: defaultPort(ports, side) ?? (side === 'from' ? 'out' : 'in') }
}

/** The shortest text that means the place. */
export function writeEnd(place: PortPlace, ports: readonly string[], side: Side): string {
  return defaultPort(ports, side) === place.port ? place.node : `${place.node}.${place.port}`
}

export function sameEdge(a: PipelineEdge, b: PipelineEdge): boolean {
  return a.from === b.from && a.to === b.to
}

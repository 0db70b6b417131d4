/** Which ports may be joined, and what is said where they may not. */

import { expect, test } from 'vitest'
import { registry } from '../operators/registry.ts'
import { analyse } from './analysis.ts'
import { addNode } from './commands.ts'
import {
  fittingEdge,
  fittingOperators,
  fittingPorts,
  refuseConnection,
  upstreamOf,
} from './connect.ts'
import { edgeIdOf, edgePlacesOf, readEnd, writeEnd } from './edge-ends.ts'
import { pipelineOf, QUAKES } from './testing/fakes.ts'

const quakes = analyse(pipelineOf(QUAKES), registry)
const at = (node: string, port: string) => ({ node, port })

test.each([
  ['quakes', 'out', 'per-day', 'in', 'input-taken'],
  ['quakes', 'out', 'strong', 'in', 'duplicate-edge'],
  ['strong', 'out', 'strong', 'in', 'cycle'],
  ['quakes', 'nowhere', 'strong', 'in', 'unknown-port'],
])('%s.%s to %s.%s is refused as %s', (node, port, toNode, toPort, code) => {
  const edge = { from: at(node, port), to: at(toNode, toPort) }
  const refused = refuseConnection(quakes, registry, edge)
  expect(refused?.code).toBe(code)
  expect(refused?.message).toMatch(/^[A-Z"].*\.$/)
})

test('an input that has its edge says from where, by the title of that node', () => {
  const edge = { from: at('quakes', 'out'), to: at('per-day', 'in') }
  expect(refuseConnection(quakes, registry, edge)?.message).toBe(
    'Input "in" of "Per day" takes one edge, and has one from "Filter". Delete that one ' +
      'first, or bring both together in a union.',
  )
})

test('an edge that would close a circle is refused', () => {
  const { pipeline } = quakes
  const open = { ...pipeline, edges: pipeline.edges.filter(({ to }) => to !== 'strong') }
  const edge = { from: at('per-day', 'out'), to: at('strong', 'in') }
  expect(refuseConnection(analyse(open, registry), registry, edge)?.code).toBe('cycle')
})

test('only free inputs of other nodes fit, and a config that the form can mend forbids nothing', () => {
  const { pipeline } = quakes
  const open = analyse(
    { ...pipeline, edges: pipeline.edges.filter(({ to }) => to !== 'out') },
    registry,
  )
  expect(fittingPorts(open, registry, at('per-day', 'out'), 'from')).toEqual([at('out', 'in')])
  expect(fittingPorts(open, registry, at('out', 'in'), 'to').map(({ port }) => port)).toContain(
    'late',
  )
})

test('an edge dropped on the empty canvas offers operators that take it', () => {
  const fitting = fittingOperators(quakes, registry, at('quakes', 'out'), 'from')
  expect(fitting.get('filter')).toBe('in')
  expect(fitting.has('dataset-source')).toBe(false)
  expect(fitting.get('window-join')).toBe('left')
})

test.each([
  ['filter', 'quakes', { port: 'out', input: 'in' }],
  // Errors and late records have ways of their own, which somebody chooses.
  ['view-sink', 'per-day', { port: 'out', input: 'in' }],
  ['window-join', 'quakes', { port: 'out', input: 'left' }],
  ['generator-source', 'quakes', undefined],
  ['filter', 'out', undefined],
  ['filter', 'nobody', undefined],
])('a new %s takes what leaves %s where it fits', (operator, node, expected) => {
  const added = addNode(quakes.pipeline, { operator }, [0, 0])
  const edge = fittingEdge(analyse(added.pipeline, registry), registry, node, added.id)
  expect(edge).toEqual(
    expected && { from: at(node, expected.port), to: at(added.id, expected.input) },
  )
})

test('of several outputs the one that leads nowhere is taken first', () => {
  const split = (edges: string) =>
    pipelineOf(`{
      "format": "millrace/1",
      "name": "Split",
      "nodes": {
        "quakes": { "operator": "dataset-source", "config": { "name": "earthquakes" } },
        "sides": {
          "operator": "split",
          "config": { "routes": [{ "port": "strong", "where": "magnitude > 4" }] }
        },
        "kept": { "operator": "view-sink", "config": {} }
      },
      "edges": [{ "from": "quakes", "to": "sides" }${edges}]
    }`)
  const taken = (edges: string) => {
    const added = addNode(split(edges), { operator: 'filter' }, [0, 0])
    return fittingEdge(analyse(added.pipeline, registry), registry, 'sides', added.id)?.from.port
  }
  expect(taken('')).toBe('strong')
  expect(taken(', { "from": "sides.strong", "to": "kept" }')).toBe('other')
})

test('only what lies upstream is tried', () => {
  expect([...upstreamOf(quakes.pipeline, ['per-day']).nodes.keys()].sort()).toEqual([
    'per-day',
    'quakes',
    'strong',
  ])
})

test('an end names its port only where it must', () => {
  expect(writeEnd(at('a', 'out'), ['out', 'late', 'errors'], 'from')).toBe('a')
  expect(writeEnd(at('a', 'late'), ['out', 'late', 'errors'], 'from')).toBe('a.late')
  expect(writeEnd(at('a', 'left'), ['left', 'right'], 'to')).toBe('a.left')
  expect(readEnd('a', ['other', 'errors'], 'from')).toEqual(at('a', 'other'))
  const edge = { from: at('a', 'late'), to: at('b', 'in') }
  expect(edgePlacesOf(edgeIdOf(edge))).toEqual(edge)
})

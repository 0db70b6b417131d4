/** What the checker refuses, in which words, and what it works out. */

import { expect, test } from 'vitest'
import type { OperatorDescription } from '../operator.ts'
import { problemLine } from '../problem.ts'
import { ERRORS_SCHEMA } from '../schema.ts'
import type { JsonObject } from '../value.ts'
import { checkPipeline } from './check.ts'
import type { Pipeline, PipelineNode } from './format.ts'
import { testRegistry } from './testing/operators.ts'

const SOURCE = {
  operator: 'file-source',
  config: {
    path: 'a.jsonl',
    format: 'jsonl',
    schema: { at: 'timestamp', user: 'string', ms: 'double' },
    eventTime: 'at',
  },
}
const { eventTime, ...UNTIMED_CONFIG } = SOURCE.config
const UNTIMED = { operator: 'file-source', config: UNTIMED_CONFIG }
const WINDOW = {
  operator: 'tumbling-window',
  config: { size: '1m', aggregates: { n: 'COUNT(*)' } },
}
const EARLY = { ...WINDOW, config: { ...WINDOW.config, early: true } }
const UNION = { operator: 'union', config: {} }
const JOIN = { operator: 'window-join', config: { size: '1m' } }
const FILTER = { operator: 'filter', config: { where: 'ms > 1' } }

const DEAD_LETTER = { where: 'n > 1', onError: 'dead-letter' }

function sink(path: string): PipelineNode {
  return { operator: 'file-sink', config: { path } }
}

/** Edges as `from > to`. */
function pipeline(
  nodes: { readonly [id: string]: PipelineNode },
  edges: readonly string[] = [],
  parts: Partial<Pipeline> = {},
): Pipeline {
  return {
    name: 'Test',
    nodes: new Map(Object.entries(nodes)),
    edges: edges.map((edge) => {
      const [from = '', to = ''] = edge.split(' > ')
      return { from, to }
    }),
    settings: {},
    layout: new Map(),
    notes: [],
    ...parts,
  }
}

function lines(...parts: Parameters<typeof pipeline>): readonly string[] {
  return checkPipeline(pipeline(...parts), testRegistry).problems.map(problemLine)
}

test('schemas flow along the edges, and errors ports have theirs', () => {
  const { problems, nodes, edges, order, settings } = checkPipeline(
    pipeline(
      { b: { ...SOURCE, title: 'Clicks' }, a: WINDOW, out: sink('x'), late: sink('y') },
      ['a > out', 'a.late > late', 'b.out > a.in'],
      { settings: { checkpointInterval: '10s' } },
    ),
    testRegistry,
  )
  expect(problems).toEqual([])
  expect(order).toEqual(['b', 'a', 'late', 'out'])
  expect(edges).toEqual([
    { from: { node: 'b', port: 'out' }, to: { node: 'a', port: 'in' } },
    { from: { node: 'a', port: 'late' }, to: { node: 'late', port: 'in' } },
    { from: { node: 'a', port: 'out' }, to: { node: 'out', port: 'in' } },
  ])
  expect(settings).toEqual({ checkpointIntervalMs: 10_000 })
  const source = nodes.get('b')
  const window = nodes.get('a')
  expect(source).toMatchObject({ id: 'b', title: 'Clicks', outputs: ['out', 'errors'] })
  expect(source?.outputSchemas).toEqual({
    out: {
      columns: [
        { name: 'at', type: { kind: 'timestamp' } },
        { name: 'user', type: { kind: 'string' } },
        { name: 'ms', type: { kind: 'double' } },
      ],
      eventTime: true,
      changes: 'append',
    },
    errors: ERRORS_SCHEMA,
  })
  expect(window).toMatchObject({ title: 'a', config: { size: 60_000, groupBy: [] } })
  expect(window?.inputSchemas).toEqual({ in: source?.outputSchemas.out })
  expect(window?.outputSchemas.late).toEqual(source?.outputSchemas.out)
  expect(nodes.get('out')?.inputSchemas).toEqual({ in: window?.outputSchemas.out })
})

test('an input that takes many edges has a channel for each, by node and port', () => {
  const { problems, nodes } = checkPipeline(
    pipeline({ b: SOURCE, a: SOURCE, c: { ...FILTER }, all: UNION }, [
      'c > all',
      'b > all',
      'b > c',
      'a > all',
    ]),
    testRegistry,
  )
  expect(problems).toEqual([])
  const channels = nodes.get('all')?.channels.get('in') ?? []
  expect(channels.map(({ from }) => from)).toEqual([
    { node: 'a', port: 'out' },
    { node: 'b', port: 'out' },
    { node: 'c', port: 'out' },
  ])
  expect(channels[0]?.schema.eventTime).toBe(true)
})

test('the ports of a node can depend on its config', () => {
  const routes = { fast: 'ms < 1', __proto__x: 'TRUE', constructor: 'TRUE' }
  const split = { operator: 'split', config: { routes } }
  const { problems, nodes } = checkPipeline(
    pipeline({ a: SOURCE, s: split, o: sink('o'), p: sink('p') }, [
      'a > s',
      's.fast > o',
      's.constructor > p',
    ]),
    testRegistry,
  )
  expect(problems).toEqual([])
  expect(nodes.get('s')?.outputs).toEqual(['fast', '__proto__x', 'constructor', 'other', 'errors'])
  expect(nodes.get('p')?.inputSchemas).toEqual({ in: nodes.get('a')?.outputSchemas.out })
})

test.each<[string, Parameters<typeof pipeline>, readonly string[]]>([
  [
    'no nodes',
    [{}],
    ['empty-pipeline nodes The pipeline has no nodes. Add a source to begin with.'],
  ],
  [
    'an id that the document could not hold',
    [{ 'A B': SOURCE }],
    [
      'bad-node-id nodes.A B "A B" is not a node id. An id has 1 to 64 lower-case letters, ' +
        'digits and "-", and begins with a letter. Choose, for instance, "a-b".',
    ],
  ],
  [
    'an unknown operator',
    [{ a: { operator: 'file-sorce', title: 'Clicks', config: {} } }],
    ['unknown-operator a "Clicks": "file-sorce" is not an operator. Did you mean "file-source"?'],
  ],
  [
    'an operator like none',
    [{ a: { operator: 'constructor', config: {} } }],
    [
      'unknown-operator a "constructor" is not an operator. Operators are assign-time, ' +
        'file-sink, ' +
        'file-source, filter, group-aggregate, split, tumbling-window, union, window-join.',
    ],
  ],
  [
    'a config that is refused',
    [{ a: { ...SOURCE, title: 'Clicks', config: { ...SOURCE.config, pth: 'x' } } }],
    [
      'unknown-field a.pth "Clicks": Field "pth" is not known to operator "file-source". Did ' +
        'you mean "path"?',
    ],
  ],
  [
    'an edge from a node that does not exist',
    [{ clicks: SOURCE, out: sink('x') }, ['cliks > out']],
    [
      'unknown-node edges.0.from No node has the id "cliks", from which this edge comes. Did ' +
        'you mean "clicks"?',
    ],
  ],
  [
    'an edge to a node that does not exist',
    [{ a: SOURCE, out: sink('x') }, ['a > oot']],
    [
      'unknown-node edges.0.to No node has the id "oot", to which this edge goes. Did you mean ' +
        '"out"?',
    ],
  ],
  [
    'an edge to a node like none',
    [{ a: SOURCE }, ['a > constructor.in']],
    [
      'unknown-node edges.0.to No node has the id "constructor", to which this edge goes. Add ' +
        'the node, or remove the edge.',
    ],
  ],
  [
    'an output that does not exist',
    [{ a: SOURCE, w: WINDOW, o: sink('x') }, ['a > w', 'w.lat > o']],
    ['unknown-port edges.1.from Node "w" has no output "lat". Did you mean "late"?'],
  ],
  [
    'an output like none',
    [{ a: SOURCE, o: sink('x') }, ['a.constructor > o']],
    [
      'unknown-port edges.0.from Node "a" has no output "constructor". Its outputs are "out" ' +
        'and "errors".',
    ],
  ],
  [
    'an input that does not exist, without a word about the one that is missing for it',
    [{ a: SOURCE, b: SOURCE, j: JOIN }, ['a > j.left', 'b > j.rigth']],
    ['unknown-port edges.1.to Node "j" has no input "rigth". Did you mean "right"?'],
  ],
  [
    'an input that must be named',
    [{ a: SOURCE, j: JOIN }, ['a > j']],
    [
      'edge-needs-port edges.0.to Node "j" has no input that is meant by its id alone. Its ' +
        'inputs are "left" and "right". Write, for instance, "j.left".',
    ],
  ],
  [
    'an edge into a source',
    [{ a: SOURCE, b: SOURCE }, ['a > b']],
    ['unknown-port edges.0.to Node "b" has no inputs: it is a source. Remove the edge.'],
  ],
  [
    'an edge out of a sink',
    [{ a: SOURCE, o: sink('x'), p: sink('y') }, ['a > o', 'o > p']],
    ['unknown-port edges.1.from Node "o" has no outputs: it is a sink. Remove the edge.'],
  ],
  [
    'an edge drawn twice, in whatever words',
    [{ a: SOURCE, o: sink('x') }, ['a > o', 'a.out > o.in']],
    [
      'duplicate-edge edges.1 The edge from "a.out" to "o.in" stands twice, as edges 0 and ' +
        '1. Remove one.',
    ],
  ],
  [
    'two edges into one input',
    [{ a: SOURCE, b: SOURCE, o: { ...sink('x'), title: 'Out' } }, ['b > o', 'a > o']],
    [
      'input-taken o.in "Out": Input "in" takes one edge and has 2, from "a" and "b". Put a ' +
        'union before it, or remove the others.',
    ],
  ],
  [
    'an input without an edge',
    [{ j: JOIN, a: SOURCE, u: UNION }, ['a > j.right']],
    [
      'input-not-connected j.left Input "left" is not connected. Draw an edge to it from an ' +
        'output.',
      'input-not-connected u.in Input "in" is not connected. Draw an edge to it from an output.',
    ],
  ],
  [
    'a cycle, without a word about what follows it',
    [
      {
        s: SOURCE,
        u: UNION,
        f: FILTER,
        g: { ...FILTER, config: { where: 'nothing' } },
        o: sink('x'),
      },
      ['s > u', 'u > f', 'f > u', 'f > g', 'g > o'],
    ],
    ['cycle f Records would run in a circle: "f" -> "u" -> "f". Remove one of these edges.'],
  ],
  [
    'a node that feeds itself',
    [{ u: { ...UNION, title: 'All' } }, ['u > u']],
    ['cycle u "All": Records would run in a circle: "All" -> "All". Remove one of these edges.'],
  ],
  [
    'a dead letter on a table',
    [{ a: SOURCE, w: EARLY, f: { ...FILTER, config: DEAD_LETTER } }, ['a > w', 'w > f']],
    [
      'dead-letter-on-table f.onError On error is "dead-letter", and input "in" is a table, ' +
        'from which no single row can be taken away. Set "onError" to "fail".',
    ],
  ],
  [
    'two sinks on one file',
    [{ a: SOURCE, o: sink('x'), p: sink('x'), q: sink('y') }, ['a > o', 'a > p', 'a > q']],
    [
      'resource-claimed-twice p File "x" belongs to node "o" already, and only one node can ' +
        'have it. Change one of them.',
    ],
  ],
  [
    'a layout of a node that does not exist',
    [{ clicks: SOURCE }, [], { layout: new Map([['click', [0, 0]]]) }],
    [
      'layout-unknown-node layout.click The layout places "click", and no node has this id. ' +
        'Did you mean "clicks"?',
    ],
  ],
  [
    'names that are read as others, since characters in them turn the text around',
    [{ a: { ...SOURCE, title: 'In\u202etuo\u202c\u202e' } }, [], { name: 'A\u2066b' }],
    [
      'unseen-characters name The name of the pipeline has U+2066, which is not seen and changes ' +
        'how it is read. Take it out.',
      'unseen-characters a.title "In\\u202etuo\\u202c\\u202e": The title has U+202E, U+202C, which ' +
        'is not seen and changes how it is read. Take it out.',
    ],
  ],
  [
    'a checkpoint interval that is none',
    [{ a: SOURCE }, [], { settings: { checkpointInterval: '0s' } }],
    [
      'bad-duration settings.checkpointInterval Checkpoint interval is 0s and must be longer ' +
        'than 0s.',
    ],
  ],
  [
    'a checkpoint interval that cannot be read',
    [{ a: SOURCE }, [], { settings: { checkpointInterval: '1mo' } }],
    [
      'bad-duration settings.checkpointInterval Checkpoint interval: "1mo" counts months, whose length depends on ' +
        'where they lie. Count days, for instance "30d".',
    ],
  ],
  [
    'a state limit under which hardly a record fits',
    [{ a: SOURCE }, [], { settings: { stateLimit: '512B' } }],
    ['bad-size settings.stateLimit State limit is 512B and must be at least 1KB.'],
  ],
  [
    'a state limit that cannot be read',
    [{ a: SOURCE }, [], { settings: { stateLimit: '512' } }],
    [
      'bad-size settings.stateLimit State limit: "512" has no unit. Write a whole number and a unit, for ' +
        'instance "512B", "16KB", "64MB" or "1GB".',
    ],
  ],
  [
    'a source without event time that meets another',
    [{ a: UNTIMED, b: SOURCE, f: FILTER, j: JOIN }, ['a > f', 'f > j.left', 'b > j.right']],
    [
      'needs-event-time j What comes from "f" has no event time, and here it meets records of ' +
        'source "b". Put an assign-time between "f" and this node.',
    ],
  ],
  [
    'two sources without event time that meet',
    [
      { a: { ...UNTIMED, title: 'Doors' }, b: UNTIMED, u: { ...UNION, title: 'All' } },
      ['a > u', 'b > u'],
    ],
    [
      'needs-event-time u "All": What comes from "Doors" has no event time, and here it meets ' +
        'records of source "b". Put an assign-time between "Doors" and this node.',
      'needs-event-time u "All": What comes from "b" has no event time, and here it meets ' +
        'records of source "Doors". Put an assign-time between "b" and this node.',
    ],
  ],
])('%s is refused', (_, parts, expected) => {
  expect(lines(...parts)).toEqual(expected)
})

test('sources may meet once they have event time, in one path or in several', () => {
  const time = { operator: 'assign-time', config: { eventTime: 'at' } }
  expect(lines({ a: UNTIMED, b: SOURCE, t: time, u: UNION }, ['a > t', 't > u', 'b > u'])).toEqual(
    [],
  )
  expect(lines({ a: UNTIMED, f: FILTER, u: UNION }, ['a > f', 'f > u', 'a > u'])).toEqual([])
})

test('streams of refused records may meet, though they have no event time', () => {
  expect(
    lines({ a: SOURCE, b: UNTIMED, u: UNION, o: sink('x') }, [
      'a.errors > u',
      'b.errors > u',
      'u > o',
    ]),
  ).toEqual([])
})

test('a table made in the order of event time may meet another source', () => {
  const table = { operator: 'group-aggregate', config: { aggregates: { n: 'COUNT(*)' } } }
  expect(
    lines({ a: SOURCE, b: SOURCE, g: table, j: JOIN }, ['a > g', 'g > j.left', 'b > j.right']),
  ).toEqual([])
  expect(
    lines({ a: UNTIMED, b: SOURCE, g: table, j: JOIN }, ['a > g', 'g > j.left', 'b > j.right']),
  ).toEqual([
    'needs-event-time j What comes from "g" has no event time, and here it meets records of ' +
      'source "b". Put an assign-time between "g" and this node.',
  ])
})

test('where nothing is said of errors, they fail the job on a table and are set aside elsewhere', () => {
  const nodes = {
    a: SOURCE,
    f: FILTER,
    w: EARLY,
    g: { ...FILTER, config: { where: 'n > 1' } },
  }
  const checked = checkPipeline(pipeline(nodes, ['a > f', 'f > w', 'w > g']), testRegistry)
  expect(checked.problems).toEqual([])
  expect(checked.nodes.get('f')?.config).toEqual({ where: 'ms > 1', onError: 'dead-letter' })
  expect(checked.nodes.get('g')?.config).toEqual({ where: 'n > 1', onError: 'fail' })
})

test('that a source has no event time is said where it meets another, and not below', () => {
  const time = { operator: 'assign-time', config: { eventTime: 'at' } }
  const nodes = { a: SOURCE, b: UNTIMED, c: UNTIMED, u: UNION, v: UNION, t: time, o: sink('x') }
  const edges = ['a > u', 'b > u', 'u > t', 't > o']
  const meeting =
    'needs-event-time u What comes from "b" has no event time, and here it meets records of ' +
    'source "a". Put an assign-time between "b" and this node.'
  const { c, v, ...first } = nodes
  expect(lines(first, edges)).toEqual([meeting])
  expect(lines(nodes, ['a > u', 'b > u', 'u > v', 'c > v', 'v > t', 't > o'])).toEqual([
    meeting,
    'needs-event-time v What comes from "c" has no event time, and here it meets records of ' +
      'source "a". Put an assign-time between "c" and this node.',
  ])
})

test('one cause is one problem: what follows from it is not reported', () => {
  const wrong: JsonObject = { size: '1m', aggregates: { n: 'COUNT(*)' }, groupBy: ['usr'] }
  const nodes = {
    a: SOURCE,
    w: { ...WINDOW, config: wrong },
    f: { operator: 'filter', config: { where: 'usr = 1' } },
    o: sink('x'),
  }
  expect(lines(nodes, ['a > w', 'w > f', 'f > o'])).toEqual([
    'unknown-column w.groupBy.0 Column "usr" does not exist.',
  ])
})

test('a figure that is wrong hides neither the rest of its config nor what leaves the node', () => {
  const wrong: JsonObject = { size: '1', aggregates: { n: 'COUNT(*)' }, groupBy: ['usr'] }
  const source: JsonObject = { ...SOURCE.config, path: '', watermark: { interval: '0s' } }
  const nodes = {
    a: { ...SOURCE, config: source },
    w: { ...WINDOW, config: wrong },
    v: { ...WINDOW, config: { ...wrong, groupBy: ['user'] } },
    f: { operator: 'filter', config: { where: 'usr' } },
  }
  const checked = checkPipeline(pipeline(nodes, ['a > v', 'a > w', 'v > f']), testRegistry)
  expect(checked.problems.map(problemLine)).toEqual([
    'empty-field a.path Path is empty. Name a file, for instance "clicks.jsonl".',
    'bad-duration a.watermark.interval Interval is 0s and must be longer than 0s. Choose at ' +
      'least "1ms".',
    expect.stringContaining('bad-duration v.size '),
    expect.stringContaining('bad-duration w.size '),
    'unknown-column f.where Column "usr" does not exist.',
    'unknown-column w.groupBy.0 Column "usr" does not exist.',
  ])
  expect([...checked.nodes.keys()]).toEqual(['f'])
  const made = checked.outputSchemas.get('v')?.['out']
  expect(made?.columns.map(({ name }) => name)).toEqual(['user', 'n'])
})

test('a node below a problem is still checked for what is its own', () => {
  const nodes = {
    a: { operator: 'x', config: {} },
    f: { operator: 'filter', config: { were: 'x' } },
  }
  expect(lines(nodes, ['a.z > f'])).toEqual([
    expect.stringContaining('unknown-operator a '),
    'unknown-field f.were Field "were" is not known to operator "filter". Did you mean "where"?',
  ])
})

test('after a problem an output that passes its input on is still known', () => {
  const nodes = {
    a: SOURCE,
    f: { operator: 'filter', config: { where: 'nothing' } },
    g: { operator: 'filter', config: { where: 'never' } },
  }
  expect(lines(nodes, ['a > f', 'f > g'])).toEqual([
    'unknown-column f.where Column "nothing" does not exist.',
    'unknown-column g.where Column "never" does not exist.',
  ])
})

test('the errors port of a node is known even if its config was refused', () => {
  const { nodes } = checkPipeline(
    pipeline({ a: { operator: 'file-source', config: {} }, o: sink('x') }, ['a.errors > o']),
    testRegistry,
  )
  expect(nodes.has('a')).toBe(false)
  expect(nodes.get('o')?.inputSchemas).toEqual({ in: ERRORS_SCHEMA })
})

test('an output named constructor is not mistaken for one that every object has', () => {
  const forgetful: OperatorDescription = {
    ...(testRegistry.get('file-source') as OperatorDescription),
    outputs: ['constructor'],
    outputSchemas: () => ({}),
  }
  const check = () => checkPipeline(pipeline({ a: SOURCE }), new Map([['file-source', forgetful]]))
  expect(check).toThrow('Operator "file-source" gave no schema for its output "constructor".')
})

test('10,000 edges to unknown nodes are refused in reasonable work', () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => `node-number-${index}`)
  const nodes = Object.fromEntries(ids.map((id) => [id, SOURCE]))
  const edges = Array.from({ length: 10_000 }, (_, index) => `node-numbr-${index} > nodes-${index}`)
  const found = lines(nodes, edges)
  expect(found).toHaveLength(3001)
  expect(found.at(-1)).toBe(
    'more-problems There are 17000 more problems. Mend the first ones, then look again.',
  )
  expect(found.filter((line) => line.includes('Did you mean')).length).toBeLessThanOrEqual(50)
})

/** What a document must be to be read, as its writer is told. */

import { expect, test } from 'vitest'
import { problemLine } from '../problem.ts'
import { DOCUMENT_LENGTH_MAX, parseDocument } from './parse.ts'

const HEAD = '"format": "millrace/1", "name": "Test"'

test('what a document leaves out is empty', () => {
  expect(parseDocument(`{ ${HEAD}, "nodes": { "a": { "operator": "union" } } }`)).toEqual({
    pipeline: {
      name: 'Test',
      nodes: new Map([['a', { operator: 'union', config: {} }]]),
      edges: [],
      settings: {},
      layout: new Map(),
      notes: [],
    },
    problems: [],
  })
})

test('a byte order mark is no part of the document', () => {
  expect(parseDocument(`\ufeff{ ${HEAD}, "nodes": {} }`).problems).toEqual([])
})

test('a problem is one line, whatever names say', () => {
  const name = 'x\\n\\u001b[2J\\u2028\\u202efile-needed'
  const [problem] = parseDocument(`{ ${HEAD}, "nodes": {}, "${name}": 1 }`).problems
  if (problem === undefined) throw new Error('Expected a problem.')
  expect(problem.message).toContain('\n')
  expect(problemLine(problem)).toContain('"x\\u000a\\u001b[2J\\u2028\\u202efile-needed"')
  expect(problemLine(problem)).not.toMatch(/[\n\u2028\u202e]/)
})

test('a config is kept as it is, hostile names and all', () => {
  const config = '{ "columns": { "__proto__": "a", "b": { "__proto__": { "x": 1 } } } }'
  const text = `{ ${HEAD}, "nodes": { "constructor": { "operator": "x", "config": ${config} } } }`
  const { pipeline } = parseDocument(text)
  expect(JSON.stringify(pipeline?.nodes.get('constructor')?.config)).toBe(
    '{"columns":{"__proto__":"a","b":{"__proto__":{"x":1}}}}',
  )
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
})

test.each(['', ' \n', '\ufeff'])('of an empty document that is said: %j', (text) => {
  expect(parseDocument(text).problems.map(problemLine)).toEqual([
    'broken-json The document is empty. Begin it with { "format": "millrace/1", "name": "…", … }.',
  ])
})

// UTF-16 with and without its mark, and a picture.
test.each(['\ufffd\ufffd{\0', '{\0"\0', '\0{\0"', '\ufffdPNG'])(
  'what is not UTF-8 is told so: %j',
  (text) => {
    expect(parseDocument(text).problems.map(problemLine)).toEqual([
      'broken-json The document is not text in UTF-8. If it is one in UTF-16, save it as UTF-8.',
    ])
  },
)

test.each([
  [
    '[]',
    [
      'not-an-object The document is not an object. Begin it with { "format": "millrace/1", ' +
        '"name": "…", … }.',
    ],
  ],
  [
    '{}',
    [
      'missing-format format This document does not say its format. Begin it with "format": ' +
        '"millrace/1".',
    ],
  ],
  [
    '{ "format": "millrace/2" }',
    [
      'newer-format format This document has format "millrace/2", and this Millrace reads ' +
        'formats up to "millrace/1". Open it with a newer Millrace.',
    ],
  ],
  [
    '{ "format": "flow/1" }',
    ['unknown-format format Format "flow/1" is not a format of Millrace. Write "millrace/1".'],
  ],
  [
    '{ "format": 1 }',
    ['unknown-format format Format 1 is not a format of Millrace. Write "millrace/1".'],
  ],
  [
    '{ "format": "millrace/1" }',
    [
      'missing-field name Field "name" is required. Add it, for instance "name": "Clicks per ' +
        'page".',
      'missing-field nodes Field "nodes" is required. Add it, for instance "nodes": ' +
        '{"clicks":{"operator":"file-source","config":{}}}.',
    ],
  ],
  [
    `{ ${HEAD}, "nods": {} }`,
    ['unknown-field nods Field "nods" is not known to a pipeline document. Did you mean "nodes"?'],
  ],
  [
    `{ ${HEAD}, "nodes": {}, "__proto__": { "x": 1 } }`,
    [
      'unknown-field __proto__ Field "__proto__" is not known to a pipeline document. Its ' +
        'fields are ' +
        '"format", "name", "nodes", "edges", "settings", "layout" and "notes". Remove it.',
    ],
  ],
  [
    `{ ${HEAD}, "nodes": { "Per Page": { "operator": "x" } } }`,
    [
      'bad-node-id nodes.Per Page "Per Page" is not a node id. An id has 1 to 64 lower-case ' +
        'letters, digits and "-", and begins with a letter. Choose, for instance, "per-page".',
    ],
  ],
  [
    `{ ${HEAD}, "nodes": { "__proto__": { "operator": "x" } } }`,
    [
      'bad-node-id nodes.__proto__ "__proto__" is not a node id. An id has 1 to 64 lower-case ' +
        'letters, digits and "-", and begins with a letter. Choose, for instance, "proto".',
    ],
  ],
  [
    `{ ${HEAD}, "nodes": { "a": { "operatr": "x" } } }`,
    [
      'unknown-field a.operatr Field "nodes.a.operatr" is not known to "nodes.a". Did you mean "operator"?',
    ],
  ],
  [
    `{ ${HEAD}, "nodes": { "a": { "operator": "x", "config": [], "title": "" } } }`,
    [
      'empty-field a.title Title is empty. Give it a text of up to 200 characters.',
      'wrong-type a Field "nodes.a.config" is a list and must be an object.',
    ],
  ],
  [
    `{ ${HEAD}, "nodes": { "a": 5 } }`,
    ['wrong-type nodes.a Field "nodes.a" is the number 5 and must be an object.'],
  ],
  [
    `{ ${HEAD}, "nodes": {}, "edges": [{ "from": "a", "too": "b" }, 3] }`,
    [
      'unknown-field edges.0.too Field "edges[0].too" is not known to "edges[0]". Did you mean ' +
        '"to"?',
      'wrong-type edges.1 Field "edges[1]" is the number 3 and must be an object. Write, for ' +
        'instance, {"from":"clicks","to":"slow"}.',
    ],
  ],
  [
    `{ ${HEAD}, "nodes": {}, "settings": { "stateLimit": "${'9'.repeat(101)}" } }`,
    ['too-long settings.stateLimit A setting is longer than 100 characters. Shorten it.'],
  ],
  [
    `{ ${HEAD}, "nodes": {}, "layout": { "a": [1] } }`,
    [
      'wrong-count layout.a Field "layout.a" is a list and must have at least 2 entries. ' +
        'Write, for instance, [0,0].',
    ],
  ],
  [
    `{ ${HEAD}, "nodes": {}, "notes": [{ "text": "x", "at": [0, 0] }] }`,
    [
      'missing-field notes.0.size Field "notes[0].size" is required. Add it, for instance ' +
        '"size": [0,0].',
    ],
  ],
])('%s is refused', (text, lines) => {
  const { pipeline, problems } = parseDocument(text)
  expect(problems.map(problemLine)).toEqual(lines)
  expect(pipeline).toBeUndefined()
})

test('a document is read up to the limit of its length and refused beyond it', () => {
  const text = `{ ${HEAD}, "nodes": {} }`
  expect(parseDocument(text.padEnd(DOCUMENT_LENGTH_MAX)).problems).toEqual([])
  expect(parseDocument(text.padEnd(DOCUMENT_LENGTH_MAX + 1)).problems.map(problemLine)).toEqual([
    'document-too-large The document has 5242881 characters and may have 5242880. Divide it ' +
      'into several pipelines.',
  ])
})

test('more nodes or edges than the limit are refused', () => {
  const nodes = Array.from({ length: 2001 }, (_, index) => `"n${index}": { "operator": "x" }`)
  expect(parseDocument(`{ ${HEAD}, "nodes": { ${nodes} } }`).problems.map(problemLine)).toEqual([
    'wrong-count nodes Nodes has 2001 entries and may have 2000. Divide it.',
  ])
  const edges = Array.from({ length: 10_001 }, () => '{ "from": "a", "to": "b" }')
  expect(
    parseDocument(`{ ${HEAD}, "nodes": {}, "edges": [${edges}] }`).problems.map(problemLine),
  ).toEqual(['wrong-count edges There are more than 10000 edges, the limit. Divide the pipeline.'])
})

test('of very many problems the first hundred are shown and the others counted', () => {
  const fields = Array.from({ length: 5_000 }, (_, index) => `"field${index}": 1`)
  const { problems } = parseDocument(`{ ${HEAD}, "nodes": {}, ${fields} }`)
  expect(problems).toHaveLength(101)
  expect(problems.slice(-1).map(problemLine)).toEqual([
    'more-problems There are 4900 more problems. Mend the first ones, then look again.',
  ])
})

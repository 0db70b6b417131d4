/** Checks the rendering of generated docs on a small operator, and how staleness is found. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  appendStream,
  fields,
  type OperatorDescription,
} from '../../packages/pipeline/src/index.ts'
import { configTable } from './config-table.ts'
import { stalePaths, writeGenerated } from './generated-files.ts'
import { guaranteeTable, withGuarantees } from './guarantee-table.ts'
import { operatorIndex, operatorPage } from './operator-page.ts'

const thinning: OperatorDescription<unknown, 'in', 'out' | 'errors'> = {
  id: 'thinning',
  category: 'transform',
  title: 'Thinning',
  icon: 'sieve',
  summary: 'Keeps one record of a few.',
  details: 'Records are counted per key | never per node.',
  config: fields.watermark(),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: () => ({ out: appendStream([], false) }),
  examples: [
    {
      title: 'Two of three are dropped',
      config: { every: 3 },
      inputs: {
        in: {
          schema: { user: 'string' },
          eventTime: true,
          elements: [{ at: 1000, row: { user: '```' } }, { watermark: Number.POSITIVE_INFINITY }],
        },
      },
      outputs: { out: [{ row: { user: 'ada' } }], errors: [] },
    },
  ],
}

test('each field of a config is a row, with the fields of objects and lists below it', () => {
  const seconds = { type: 'integer', title: 'Delay', minimum: 1, maximum: 50, unit: 's' }
  const named = { type: 'object', properties: { from: { type: 'string' } }, required: ['from'] }
  const properties = {
    delay: { ...seconds, description: 'How long | to wait.' },
    size: { type: 'string', widget: 'duration', default: '1m' },
    kind: { enum: ['a', 'b'], default: 'a' },
    columns: { type: 'object', widget: 'expressions', minProperties: 1, default: {} },
    // Left out, it is something else than empty.
    others: { type: 'object', widget: 'expressions', minProperties: 1 },
    labels: { type: 'object', additionalProperties: { type: 'boolean' } },
    pair: { prefixItems: [{ type: 'string' }, { type: 'string' }] },
    start: { anyOf: [{ type: 'string', widget: 'column' }, named], default: {} },
    routes: { type: 'array', items: named, minItems: 1 },
  }
  expect(configTable({ properties, required: ['delay', 'routes'] })).toBe(
    `| Field | Type | Default | Meaning |
| --- | --- | --- | --- |
| \`delay\` | integer (s), at least 1, at most 50 | required | How long \\| to wait. |
| \`size\` | duration | \`1m\` |  |
| \`kind\` | \`a\`, \`b\` | \`a\` |  |
| \`columns\` | {column: expression} | required |  |
| \`others\` | {column: expression} |  |  |
| \`labels\` | {name: boolean} |  |  |
| \`pair\` | [string, string] |  |  |
| \`start\` | column or object |  |  |
| \`start.from\` | string | required |  |
| \`routes\` | list of object | required |  |
| \`routes.from\` | string | required |  |
`,
  )
  expect(configTable({ properties: {} })).toBe('Nothing to set.\n')
})

test('a page has summary, ports, details, config and the examples as they are tested', () => {
  const page = operatorPage(thinning)
  expect(page).toContain('# Thinning\n\nKeeps one record of a few.\n')
  expect(page).toContain('`thinning` · transform · in → out, errors\n')
  expect(page).toContain('Records are counted per key | never per node.\n\n## Config\n')
  expect(page).toContain('| `interval` | duration | `100ms` | The step of event time')
  expect(page.slice(page.indexOf('### '))).toBe(
    `### Two of three are dropped

\`\`\`json
{ "operator": "thinning", "config": { "every": 3 } }
\`\`\`

Into \`in\` (user: string; with event time):

\`\`\`\`text
1970-01-01T00:00:01.000Z  {"user":"\`\`\`"}
watermark end of input
\`\`\`\`

Out of \`out\`:

\`\`\`text
{"user":"ada"}
\`\`\`

Out of \`errors\`: nothing.
`,
  )
})

test('the index lists operators by category and leaves empty categories out', () => {
  const index = operatorIndex([thinning])
  expect(index).toContain('## Transforms\n')
  expect(index).toContain(
    '| [`thinning`](thinning.md) | Keeps one record of a few. | in → out, errors |',
  )
  expect(index).not.toContain('## Sources')
})

const counted = { crashes: 9, lost: 0, repeated: 0 }
const measuredSink = {
  sink: 'drain',
  records: 3,
  withCheckpoints: counted,
  without: { ...counted, repeated: 4 },
}
const drain: OperatorDescription = {
  ...thinning,
  id: 'drain',
  category: 'sink',
  outputs: [],
  guarantee: { withCheckpoints: 'exactly-once', without: 'at-least-once', note: 'It drains.' },
  examples: [],
} as OperatorDescription

test('a page says what an operator guarantees', () => {
  expect(operatorPage(drain)).toContain(
    '## Guarantee\n\n**Exactly once** with checkpoints, **at least once** without. It drains.\n',
  )
})

test('the table of guarantees has what was said beside what was counted, in its place', () => {
  const shown = guaranteeTable([measuredSink], [thinning as OperatorDescription, drain])
  expect(shown).toContain(
    '| [`drain`](docs/operators/drain.md) | exactly once | 9 crashes: 0 lost, 0 repeated | ' +
      'at least once | 9 crashes: 0 lost, 4 repeated |',
  )
  const begin = '<!-- guarantees: written by `pnpm generate` from docs/guarantees.json -->\n'
  const end = '<!-- end of guarantees -->\n'
  const text = `a\n${begin}by hand\n${end}b\n`
  expect(withGuarantees(text, shown)).toBe(`a\n${begin}\n${shown}\n${end}b\n`)
  expect(() => withGuarantees('a', shown)).toThrow('no place for guarantees')
  expect(() => guaranteeTable([], [drain])).toThrow('Sink "drain" was not measured.')
  expect(() => guaranteeTable([measuredSink], [])).toThrow('"drain" was measured and says nothing')
})

let root = ''

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'millrace-generated-'))
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

test('stale are the missing, the changed and the pages of operators that are gone', () => {
  const files = new Map([
    ['docs/operators/a.md', 'a'],
    ['docs/operators/b.md', 'b'],
    ['docs/c.json', 'c'],
  ])
  const generated = { files, folder: 'docs/operators' }
  mkdirSync(path.join(root, 'docs/operators'), { recursive: true })
  writeFileSync(path.join(root, 'docs/operators/a.md'), 'a')
  writeFileSync(path.join(root, 'docs/operators/b.md'), 'old')
  writeFileSync(path.join(root, 'docs/operators/gone.md'), 'x')
  const stale = ['docs/c.json', 'docs/operators/b.md', 'docs/operators/gone.md']
  expect(stalePaths(root, generated)).toEqual(stale)
  expect(writeGenerated(root, generated)).toEqual(stale)
  expect(stalePaths(root, generated)).toEqual([])
  expect(readFileSync(path.join(root, 'docs/operators/b.md'), 'utf8')).toBe('b')
})

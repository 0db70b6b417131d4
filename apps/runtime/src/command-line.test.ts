/** The commands as a user gives them, on real files. */

import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Folder } from './env/testing/folder.ts'
import type { RunSummary } from './summary.ts'

let folder: Folder

beforeEach(() => {
  folder = new Folder()
})

afterEach(() => {
  folder.remove()
})

/** The document of the format's own description, as it stands there. */
const CLICKS = {
  format: 'millrace/1',
  name: 'Clicks per page',
  nodes: {
    clicks: {
      operator: 'file-source',
      title: 'Clicks',
      config: {
        path: 'clicks.jsonl',
        format: 'jsonl',
        schema: { at: 'timestamp', user: 'string', page: 'string', ms: 'double' },
        eventTime: 'at',
        watermark: { maxOutOfOrderness: '5s' },
      },
    },
    slow: { operator: 'filter', config: { where: 'ms > 100' } },
    'per-page': {
      operator: 'tumbling-window',
      config: {
        size: '1m',
        groupBy: ['page'],
        aggregates: { views: 'COUNT(*)', p99: 'PERCENTILE(ms, 0.99)' },
      },
    },
    out: { operator: 'file-sink', config: { path: 'per-page.jsonl', format: 'jsonl' } },
    late: { operator: 'file-sink', config: { path: 'late.jsonl', format: 'jsonl' } },
  },
  edges: [
    { from: 'clicks', to: 'slow' },
    { from: 'slow', to: 'per-page' },
    { from: 'per-page', to: 'out' },
    { from: 'per-page.late', to: 'late' },
  ],
  settings: { checkpointInterval: '10s' },
  layout: { clicks: [0, 0] },
  notes: [{ text: 'Slow pages only', at: [0, -80], size: [200, 60] }],
}

const LINES = [
  '{"at":"2026-03-01T12:00:05Z","user":"ada","page":"/start","ms":120}',
  '{"at":"2026-03-01T12:00:40Z","user":"bob","page":"/start","ms":340}',
  '{"at":"2026-03-01T12:01:10Z","user":"ada","page":"/price","ms":195}',
  '{"at":"2026-03-01T12:00:20Z","user":"cyd","page":"/start","ms":210}',
  '{"at":"2026-03-01T12:01:30Z","user":"cyd","page":"/price","ms":10}',
]

function writeClicks(lines: readonly string[] = LINES): void {
  folder.write('p.json', CLICKS)
  folder.write('clicks.jsonl', `${lines.join('\n')}\n`)
}

/** The clicks with one node or one field of it changed. */
function changed(node: string, change: object): unknown {
  const nodes: { readonly [id: string]: object } = CLICKS.nodes
  return { ...CLICKS, nodes: { ...nodes, [node]: { ...nodes[node], ...change } } }
}

/** What a run says of its files. */
function writtenIn(path: string): string {
  return `late: 1 row in ${path}/late.jsonl\nout: 2 rows in ${path}/per-page.jsonl\n`
}

test('what the disk refuses is named, and is no bug', async () => {
  folder.write('p.json', CLICKS)
  folder.write('clicks.jsonl', '')
  const { code, err } = await folder.millrace('run', 'p.json', '--record', 'p.json/x')
  expect([code, err.replaceAll(folder.path, '')]).toEqual([
    2,
    '"/p.json/x" leads through a file as if that were a folder. Look after it, or name another place.\n',
  ])
})

describe('run', () => {
  test('ends with 0, complete files and an account of every record', async () => {
    writeClicks()
    const { code, out, err } = await folder.millrace('run', 'p.json')
    expect([code, err]).toEqual([0, writtenIn(folder.path)])
    expect(folder.read('per-page.jsonl')).toBe(
      '{"page":"/start","window_start":"2026-03-01T12:00:00.000Z","window_end":"2026-03-01T12:01:00.000Z","views":2,"p99":337.8}\n' +
        '{"page":"/price","window_start":"2026-03-01T12:01:00.000Z","window_end":"2026-03-01T12:02:00.000Z","views":1,"p99":195}\n',
    )
    expect(folder.read('late.jsonl')).toBe(
      '{"at":"2026-03-01T12:00:20.000Z","user":"cyd","page":"/start","ms":210}\n',
    )
    expect(out.replace(/^5 records in .*$/m, '5 records')).toBe(
      [
        'node      in  passed  filtered  late  absorbed  out',
        'clicks     5       5         0     0         0    5',
        'slow       5       4         1     0         0    4',
        'per-page   4       0         0     1         3    3',
        'late       1       1         0     0         0    0',
        'out        2       2         0     0         0    0',
        '5 records',
        '',
      ].join('\n'),
    )
  })

  test('with --json prints one summary with the ledger of every node', async () => {
    writeClicks()
    const { code, out } = await folder.millrace('run', 'p.json', '--json')
    expect(code).toBe(0)
    const summary = JSON.parse(out) as RunSummary
    expect(summary).toMatchObject({
      state: 'finished',
      records: 5,
      seconds: expect.any(Number),
      nodes: {
        clicks: { in: 5, out: 5, passed: 5, ports: { out: 5, errors: 0 }, watermark: null },
        slow: { in: 5, passed: 4, filtered: 1 },
        'per-page': { in: 4, late: 1, absorbed: 3, ports: { out: 2, late: 1 } },
      },
    })
    expect(summary.failure).toBeUndefined()
  })

  test('puts what cannot be read beside the document, and says how much and why', async () => {
    writeClicks([...LINES, 'oops', '{"ms":1}'])
    const dead = `${folder.path}/p.dead-letters.jsonl`
    const { code, err, out } = await folder.millrace('run', 'p.json', '--json')
    expect([code, err]).toEqual([
      0,
      `2 records could not be processed and went to ${dead}. The first: The line is not JSON: "oops" at column 1 does not belong there.\n`,
    ])
    expect(JSON.parse(out)).toMatchObject({ deadLetters: { count: 2, path: dead } })
    const letters = folder.read('p.dead-letters.jsonl').trimEnd().split('\n')
    expect(letters.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { raw: 'oops', node: 'clicks', line: 6 },
      { raw: '{"ms":1}', reason: 'Event time "at" is missing or NULL.', line: 7 },
    ])
    // The next run has none, and leaves no letters of another.
    writeClicks()
    expect((await folder.millrace('run', 'p.json')).err).toBe(writtenIn(folder.path))
    expect(folder.has('p.dead-letters.jsonl')).toBe(false)
  })

  test('gives the same bytes for every batch size', async () => {
    writeClicks([...LINES, 'oops'])
    const results = new Set<string>()
    for (const size of ['1', '2', '4096']) {
      expect((await folder.millrace('run', 'p.json', '--batch-size', size)).code).toBe(0)
      const files = ['per-page.jsonl', 'late.jsonl', 'p.dead-letters.jsonl']
      results.add(files.map((name) => folder.read(name)).join('---'))
    }
    expect(results.size).toBe(1)
  })

  test('ends with 3 where the job fails, with domain, node, title and next step', async () => {
    folder.write('p.json', CLICKS)
    folder.write('late.jsonl', 'old')
    const { code, out, err } = await folder.millrace('run', 'p.json', '--json')
    const message =
      `There is no file "${folder.path}/clicks.jsonl". "clicks.jsonl" is relative to the ` +
      `folder "${folder.path}". Create it, or change path.`
    expect([code, err]).toEqual([3, `The job failed at node clicks "Clicks" (user): ${message}\n`])
    expect(JSON.parse(out)).toMatchObject({
      state: 'failed',
      failure: { domain: 'user', node: 'clicks', message, retry: false },
    })
    expect([folder.has('per-page.jsonl'), folder.read('late.jsonl')]).toEqual([false, 'old'])
    expect(folder.has('late.jsonl.part')).toBe(false)
  })

  test('ends with 3 where a sink cannot write, and leaves every file as it was', async () => {
    writeClicks()
    folder.write('file', '')
    folder.write('late.jsonl', 'old')
    const { code, err } = await folder.millrace('run', 'p.json', '--set', 'out.path=file/x.jsonl')
    expect(code).toBe(3)
    expect(err).toMatch(/^The job failed at node out \(external\): .*leads through a file/)
    expect(folder.read('late.jsonl')).toBe('old')
  })
})

test('a folder in the place of a file is found before any sink commits', async () => {
  writeClicks()
  folder.write('late.jsonl', 'old')
  mkdirSync(path.join(folder.path, 'per-page.jsonl'))
  const { code, err } = await folder.millrace('run', 'p.json')
  expect([code, err]).toEqual([
    3,
    `The job failed at node out (user): "${folder.path}/per-page.jsonl" is a folder, so no file can ` +
      'be written there. "per-page.jsonl" is relative to the folder ' +
      `"${folder.path}". Name a file in it.\n`,
  ])
  expect([folder.read('late.jsonl'), folder.has('per-page.jsonl.part')]).toEqual(['old', false])
})

describe('a file that is needed is not destroyed', () => {
  const refused = async (document: unknown) => {
    writeClicks()
    folder.write('p.json', document)
    const before = folder.read('clicks.jsonl')
    const { code, err } = await folder.millrace('run', 'p.json')
    expect([code, folder.read('clicks.jsonl')]).toEqual([2, before])
    expect(folder.has('per-page.jsonl')).toBe(false)
    return err.replaceAll(folder.path, '')
  }
  const sink = (file: string) => changed('late', { config: { path: file, format: 'jsonl' } })

  test('the document itself', async () => {
    expect(await refused(sink('./p.json'))).toBe(
      'file-needed late.path "./p.json" is the document itself and would be overwritten. ' +
        'Choose another path.\n',
    )
  })

  test('what a source of the pipeline reads, also through a link', async () => {
    folder.write('clicks.jsonl', '')
    symlinkSync('clicks.jsonl', path.join(folder.path, 'link.jsonl'))
    expect(await refused(sink('link.jsonl'))).toBe(
      'file-needed late.path "link.jsonl" is read by node "clicks" as "clicks.jsonl" and would be ' +
        'overwritten. Choose another path.\n',
    )
  })

  test('what another sink writes, through a folder that is a link', async () => {
    symlinkSync('.', path.join(folder.path, 'linked'))
    expect(await refused(sink('linked/per-page.jsonl'))).toBe(
      'file-needed out.path "per-page.jsonl" is written by node "late" as "linked/per-page.jsonl" ' +
        'too, and only one node can. Choose another path.\n',
    )
  })

  test('the dead letters, which each run begins anew', async () => {
    expect(await refused(sink('p.dead-letters.jsonl'))).toBe(
      'file-needed late.path "p.dead-letters.jsonl" is where the dead letters of this document ' +
        'go, and each run begins it anew. Choose another path.\n',
    )
  })

  test('a link as sink stays one, and its target is replaced', async () => {
    writeClicks()
    folder.write('target.jsonl', 'old')
    symlinkSync('target.jsonl', path.join(folder.path, 'late.jsonl'))
    expect((await folder.millrace('run', 'p.json')).code).toBe(0)
    expect(lstatSync(path.join(folder.path, 'late.jsonl')).isSymbolicLink()).toBe(true)
    expect(folder.read('target.jsonl')).not.toBe('old')
  })

  test('old outputs stay where dead letters cannot be kept', async () => {
    writeClicks(['no record', ...LINES])
    folder.write('late.jsonl', 'old')
    mkdirSync(path.join(folder.path, 'p.dead-letters.jsonl'))
    const { code, err } = await folder.millrace('run', 'p.json')
    expect([code, folder.read('late.jsonl')]).toEqual([3, 'old'])
    expect(err).toContain('Records that could not be read cannot be kept')
  })
})

describe('--set', () => {
  test('changes fields for one run, nested ones too', async () => {
    writeClicks()
    const { code, out } = await folder.millrace(
      ...['run', 'p.json', '--json', '--set', 'clicks.watermark.maxOutOfOrderness=2m'],
      ...['--set', 'slow.where=ms > 1', '--set', 'out.path=other.jsonl'],
    )
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ nodes: { 'per-page': { in: 5, late: 0 } } })
    expect([folder.has('other.jsonl'), folder.has('per-page.jsonl')]).toEqual([true, false])
  })

  test.each([
    [
      'slow.wher=x',
      'unknown-field slow.wher Field "wher" is not known to operator "filter". Did you mean "where"?',
    ],
    [
      'slwo.where=x',
      'set-unknown-node --set names node "slwo", and the pipeline has none with this id. Did you mean "slow"?',
    ],
    [
      'slow.where=5',
      'wrong-type slow.where Field "where" is the number 5 and must be text. Write, for instance, "ms > 100". ' +
        `As text it is --set 'slow.where="5"'.`,
    ],
    [
      'slow',
      '"slow" is not a setting. Write node.field=value, for instance --set clicks.path=other.jsonl.',
    ],
    ['slow..x=1', '".x" in --set "slow..x=1" has an empty part. Write names between dots.'],
    [
      'slow.__proto__.x=1',
      'unknown-field slow.__proto__ Field "__proto__" is not known to operator "filter". Its fields are "where" and "onError". Remove it.',
    ],
  ])('%s is refused', async (setting, message) => {
    writeClicks()
    const { code, err } = await folder.millrace('run', 'p.json', '--set', setting)
    expect([code, err]).toEqual([2, `${message}\n`])
    expect(folder.has('per-page.jsonl')).toBe(false)
  })
})

describe('a document with problems is refused, each with its place and a next step', () => {
  test.each<[string, () => unknown, string]>([
    ['broken JSON', () => '{"format": "millrace/1",', 'document'],
    [
      'an unknown operator',
      () => changed('slow', { operator: 'fliter' }),
      'unknown-operator slow "fliter" is not an operator. Did you mean "filter"?',
    ],
    [
      'an unknown field',
      () => changed('slow', { config: { wher: 'ms > 1' } }),
      'Did you mean "where"?',
    ],
    ['an unknown column', () => changed('slow', { config: { where: 'sm > 1' } }), 'slow.where'],
    ['a wrong type', () => changed('slow', { config: { where: 'page' } }), 'slow.where'],
    [
      'a cycle',
      () => ({ ...CLICKS, edges: [...CLICKS.edges, { from: 'slow', to: 'slow' }] }),
      'cycle',
    ],
    [
      'a missing port',
      () => ({ ...CLICKS, edges: [...CLICKS.edges.slice(1), { from: 'clicks.nope', to: 'slow' }] }),
      'nope',
    ],
    [
      'two sinks on one path',
      () => changed('late', { config: { path: './per-page.jsonl', format: 'jsonl' } }),
      'resource-claimed-twice',
    ],
    ['another version', () => ({ ...CLICKS, format: 'millrace/2' }), 'millrace/2'],
  ])('%s', async (_, document, expected) => {
    folder.write('p.json', document())
    const ran = await folder.millrace('run', 'p.json', '--json')
    expect(ran.code).toBe(2)
    expect(ran.err).toContain(expected === 'document' ? 'line 1' : expected)
    const { problems } = JSON.parse(ran.out) as { readonly problems: readonly object[] }
    expect(problems[0]).toMatchObject({ severity: 'error', code: expect.any(String) })
    expect(problems).toHaveLength(ran.err.trimEnd().split('\n').length)
    const validated = await folder.millrace('validate', 'p.json')
    expect([validated.code, validated.out]).toEqual([2, ran.err])
    const json = await folder.millrace('validate', 'p.json', '--json')
    expect(json.out).toBe(ran.out)
  })

  test('a document that is no JSON is named', async () => {
    folder.write('broken.json', '{"format": ')
    const { code, err } = await folder.millrace('run', 'broken.json')
    expect([code, err.split('\n')[0]]).toEqual([
      2,
      expect.stringMatching(/^broken-json "broken\.json": The text ends in line 1/),
    ])
    expect((await folder.millrace('validate', 'broken.json')).out).toBe(err)
  })

  test('a document that is not there, and a folder', async () => {
    expect(await folder.millrace('run', 'no.json')).toEqual({
      code: 2,
      out: '',
      err:
        `document-not-readable There is no file or folder "${folder.path}/no.json". ` +
        `Check the name; "no.json" counts from "${folder.path}".\n`,
    })
    const { code, err } = await folder.millrace('run', '.')
    expect([code, err]).toEqual([
      2,
      `document-not-readable "${folder.path}" is a folder, not a file. Name a pipeline document.\n`,
    ])
  })
})

test('a document without problems is told so, apart from the list of problems', async () => {
  writeClicks()
  expect(await folder.millrace('validate', 'p.json')).toEqual({
    code: 0,
    out: '',
    err: '"p.json" has no problems: 5 nodes, 4 edges.\n',
  })
})

describe('a command that is not understood ends with 2 and says why', () => {
  test.each([
    [
      ['run', 'p.json', '--batch-size', '0'],
      '--batch-size is "0" and must be a whole number from 1 to 1000000. Results do not depend on it; leave it out for the usual 4096.',
    ],
    [['run'], "Missing required argument 'file'."],
    [['rnu', 'p.json'], 'There is no command "rnu". Did you mean "run"?'],
    [['run', 'p.json', '--jsn'], '(Did you mean --json?)'],
  ])('%j', async (words, message) => {
    const { code, out, err } = await folder.millrace(...words)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })
})

describe('schema', () => {
  test('without a file is the JSON Schema of documents, with every operator', async () => {
    const { code, out } = await folder.millrace('schema')
    expect(code).toBe(0)
    expect(Object.keys((JSON.parse(out) as { $defs: object }).$defs)).toEqual(
      expect.arrayContaining(['file-source', 'filter', 'tumbling-window', 'window-join']),
    )
  })

  test('with a file shows what every edge carries', async () => {
    writeClicks()
    const { code, out } = await folder.millrace('schema', 'p.json')
    expect(code).toBe(0)
    expect(out).toContain(
      'per-page.out -> out.in (stream, with event time)\n' +
        '  page: string, window_start: timestamp, window_end: timestamp, views: integer, p99: double\n',
    )
  })

  test('of an edge it tells what the node behind it gets, which may be more than the port gives', async () => {
    const rows = [{ at: 0, k: 'c' }]
    const file = (path: string) => ({
      operator: 'file-sink',
      config: { path, format: 'jsonl' },
    })
    folder.write('p.json', {
      format: 'millrace/1',
      name: 'Fires again',
      nodes: {
        s: {
          operator: 'rows-source',
          config: { schema: { at: 'timestamp', k: 'string' }, rows, eventTime: 'at' },
        },
        w: {
          operator: 'tumbling-window',
          config: {
            ...{ size: '1s', groupBy: ['k'], aggregates: { n: 'COUNT(*)' } },
            allowedLateness: '1s',
          },
        },
        g: { operator: 'group-aggregate', config: { groupBy: ['k'], aggregates: { t: 'SUM(n)' } } },
        each: file('each.jsonl'),
        out: file('out.jsonl'),
      },
      edges: [
        { from: 's', to: 'w' },
        { from: 'w', to: 'g' },
        { from: 'w', to: 'each' },
        { from: 'g', to: 'out' },
      ],
    })
    const { out } = await folder.millrace('schema', 'p.json')
    expect(out).toContain('w.out -> g.in (table, retract keyed by k, window_start, window_end')
    expect(out).toContain('w.out -> each.in (table, upsert keyed by k, window_start, window_end')
  })
})

describe('infer', () => {
  test('prints a config that can be pasted, and doubts apart', async () => {
    writeClicks()
    const { code, out, err } = await folder.millrace('infer', 'clicks.jsonl')
    expect(code).toBe(0)
    const config = JSON.parse(out) as object
    expect(config).toEqual({
      path: 'clicks.jsonl',
      format: 'jsonl',
      schema: { at: 'timestamp', user: 'string', page: 'string', ms: 'integer' },
      eventTime: 'at',
      watermark: { maxOutOfOrderness: '1m' },
    })
    expect(err).toContain('check the maximum out-of-orderness')
    folder.write('p.json', changed('clicks', { config }))
    expect((await folder.millrace('run', 'p.json')).code).toBe(0)
  })

  test('says what it cannot read', async () => {
    folder.write('empty.csv', '')
    expect(await folder.millrace('infer', 'empty.csv')).toMatchObject({
      code: 2,
      err: '"empty.csv" is empty, so there is nothing to go by.\n',
    })
    writeFileSync(path.join(folder.path, 'latin.csv'), Buffer.from('n\xe4me,at\n1,2\n', 'latin1'))
    expect(await folder.millrace('infer', 'latin.csv')).toMatchObject({
      code: 2,
      err:
        'The first line of "latin.csv" is not UTF-8, so the names of the columns cannot be read. Save the file ' +
        'in this encoding.\n',
    })
    expect(await folder.millrace('infer', 'no.csv')).toMatchObject({
      code: 2,
      err:
        `There is no file "${folder.path}/no.csv". "no.csv" is relative to the folder "${folder.path}". ` +
        'Create it, or change path.\n',
    })
    expect(await folder.millrace('infer', 'secret://clicks')).toMatchObject({
      code: 2,
      err: '"secret://clicks" names a secret, which is no file. Name a file.\n',
    })
  })
})

test('--version prints the version, that of the package', async () => {
  const manifest = new URL('../../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }
  expect(await folder.millrace('--version')).toMatchObject({
    code: 0,
    out: `${version}\n`,
    err: '',
  })
})

describe('a command that is not there', () => {
  const ALL = '"run", "validate", "schema", "infer", "serve", "replay", "topic", "dead-letters"'
  const OF_TOPIC = '"list", "create", "describe", "read", "produce", "delete"'
  const HELP = 'Add --help to see what there is.\n'

  test.each([
    [
      ['rnu', 'p.json'],
      `There is no command "rnu". Did you mean "run"? There are ${ALL}.\n${HELP}`,
    ],
    [['frobnicate'], `There is no command "frobnicate". There are ${ALL}.\n${HELP}`],
    [['__proto__'], `There is no command "__proto__". There are ${ALL}.\n${HELP}`],
    [
      ['topic', 'lsit'],
      `There is no command "topic lsit". Did you mean "list"? There are ${OF_TOPIC}.\n${HELP}`,
    ],
  ])('%j is refused with those there are, and the nearest', async (words, err) => {
    expect(await folder.millrace(...words)).toEqual({ code: 2, out: '', err })
  })
})

test('--help names every command', async () => {
  const { code, out } = await folder.millrace('--help')
  expect(code).toBe(0)
  for (const name of ['run', 'validate', 'schema', 'infer']) expect(out).toContain(`\n  ${name} `)
})

/** Files that appear whole or not at all. */

import { DiskError, type JobFailure } from '@millrace/engine'
import { type MemoryDisk, runPipeline, VirtualEnv } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { fileSink } from './file-sink.ts'
import { runnableConnectors } from './node.ts'
import { createCsvLines, createDebeziumLines, createJsonLines } from './writing/row-lines.ts'

const TEXT = new TextDecoder()

function pipeline(sinks: { readonly [id: string]: unknown }) {
  const nodes = {
    in: {
      operator: 'file-source',
      config: { path: 'in.jsonl', format: 'jsonl', schema: { n: 'integer', s: 'string' } },
    },
    ...Object.fromEntries(
      Object.entries(sinks).map(([id, config]) => [id, { operator: 'file-sink', config }]),
    ),
  }
  const edges = Object.keys(sinks).map((id) => ({ from: 'in', to: id }))
  return { format: 'millrace/1', name: 'Copy', nodes, edges }
}

const out = { path: 'out.jsonl', format: 'jsonl' }

async function copy(
  lines: string,
  sinks: { readonly [id: string]: unknown } = { out },
  prepare: (disk: MemoryDisk) => void = () => {},
): Promise<{ readonly failure: JobFailure | undefined; readonly files: Map<string, string> }> {
  const env = new VirtualEnv()
  env.disk.files.set('/in.jsonl', Buffer.from(lines))
  prepare(env.disk)
  const { failure } = await runPipeline(pipeline(sinks), { operators: runnableConnectors, env })
  const files = [...env.disk.files].filter(([path]) => path !== '/in.jsonl')
  return { failure, files: new Map(files.map(([path, bytes]) => [path, TEXT.decode(bytes)])) }
}

test('every column of every record is written, and the part becomes the file', async () => {
  const { failure, files } = await copy('{"n":1,"s":"a"}\n{"s":"\\u0000\\"é"}\n')
  expect(failure).toBeUndefined()
  expect(files).toEqual(
    new Map([['/out.jsonl', '{"n":1,"s":"a"}\n{"n":null,"s":"\\u0000\\"é"}\n']]),
  )
})

test('without a record there is an empty file', async () => {
  expect((await copy('')).files).toEqual(new Map([['/out.jsonl', '']]))
})

test('what is written is the same however many blocks it takes', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => `{"n":${n},"s":"${'x'.repeat(n % 50)}"}\n`)
  const { files } = await copy(lines.join(''))
  expect(files.get('/out.jsonl')).toBe(lines.join(''))
})

test('a job that fails leaves the file that was there, and no part', async () => {
  const failing = {
    operator: 'file-source',
    config: { path: 'no', format: 'jsonl', schema: { n: 'integer' } },
  }
  const document = pipeline({ out })
  const env = new VirtualEnv()
  env.disk.files.set('/in.jsonl', Buffer.from('{"n":1}\n'))
  env.disk.files.set('/out.jsonl', Buffer.from('old'))
  const nodes = { ...document.nodes, failing }
  const { failure } = await runPipeline(
    { ...document, nodes },
    { operators: runnableConnectors, env },
  )
  expect(failure?.nodeId).toBe('failing')
  expect([...env.disk.files.keys()].sort()).toEqual(['/in.jsonl', '/out.jsonl'])
  expect(TEXT.decode(env.disk.files.get('/out.jsonl'))).toBe('old')
})

test('a full disk fails the job at its sink, and every sink leaves what was there', async () => {
  const lines = Array.from({ length: 5000 }, (_, n) => `{"n":${n},"s":"${'x'.repeat(50)}"}\n`).join(
    '',
  )
  const { failure, files } = await copy(
    lines,
    { first: { ...out, path: 'first.jsonl' }, second: out },
    (disk) => {
      disk.files.set('/out.jsonl', Buffer.from('old'))
      disk.capacityBytes = lines.length + 200_000
    },
  )
  expect(failure).toMatchObject({
    domain: 'external',
    retry: true,
    message: expect.stringMatching(
      /^There is no space left on the disk for "\/(first|out)\.jsonl"\. What stood there before is unchanged\. Free some space and run again, or change path\.$/,
    ),
  })
  expect(['first', 'second']).toContain(failure?.nodeId)
  expect(files).toEqual(new Map([['/out.jsonl', 'old']]))
})

test.each([
  ['no-permission', 'external', 'may not be written by the user who runs this job'],
  ['is-folder', 'user', 'is a folder, so no file can be written there'],
  ['too-many-open-files', 'external', 'too many files are open'],
  ['other', 'external', 'cannot be written: It is odd. Check path and disk.'],
] as const)('a place that cannot be written (%s) fails the job', async (code, domain, text) => {
  const { failure, files } = await copy('{"n":1}\n', { out }, (disk) => {
    const open = disk.open.bind(disk)
    disk.open = async (path, mode) => {
      if (mode === 'read') return open(path, mode)
      throw new DiskError(code, path, 'It is odd.')
    }
  })
  expect(failure).toMatchObject({ domain, nodeId: 'out', message: expect.stringContaining(text) })
  expect(files.size).toBe(0)
})

test('writing holds the loop back, one block at a time', async () => {
  let writing = 0
  let waiting = 0
  let most = 0
  const lines = Array.from({ length: 100_000 }, (_, n) => `{"n":${n},"s":"${'x'.repeat(90)}"}\n`)
  const { files } = await copy(lines.join(''), { out }, (disk) => {
    const open = disk.open.bind(disk)
    disk.open = async (path, mode) => {
      const file = await open(path, mode)
      const blocks: Uint8Array[] = []
      return {
        ...file,
        write: async (bytes) => {
          expect(++writing).toBe(1)
          waiting += bytes.length
          most = Math.max(most, bytes.length)
          for (let round = 0; round < 5; round++) await Promise.resolve()
          blocks.push(bytes)
          writing--
        },
        sync: async () => file.write(Buffer.concat(blocks)),
      }
    }
  })
  expect(files.get('/out.jsonl')).toBe(lines.join(''))
  expect(waiting).toBe(lines.join('').length)
  expect(most).toBeLessThan(200_000)
})

describe('comma-separated values', () => {
  test('can be read again as they were, NULL and empty text apart', async () => {
    const lines = [
      '{"n":1,"s":"a,b"}',
      '{"n":null,"s":""}',
      '{"n":3,"s":null}',
      '{"n":4,"s":"say \\"hi\\"\\nyou"}',
      '{"n":5,"s":" padded "}',
    ]
    const text = `${lines.join('\n')}\n`
    const csv = { path: 'out.csv', format: 'csv' }
    const { files } = await copy(text, { csv })
    expect(files.get('/out.csv')).toBe('n,s\n1,"a,b"\n,""\n3,\n4,"say ""hi""\nyou"\n5," padded "\n')
    const env = new VirtualEnv()
    env.disk.files.set('/out.csv', Buffer.from(files.get('/out.csv') ?? ''))
    const source = { ...csv, schema: { n: 'integer', s: 'string' } }
    const nodes = {
      in: { operator: 'file-source', config: source },
      out: { operator: 'file-sink', config: out },
    }
    const document = {
      format: 'millrace/1',
      name: 'Back',
      nodes,
      edges: [{ from: 'in', to: 'out' }],
    }
    await runPipeline(document, { operators: runnableConnectors, env })
    expect(TEXT.decode(env.disk.files.get('/out.jsonl'))).toBe(text)
  })

  test('delimiter, quote and header are as the config says', async () => {
    const csv = { delimiter: ';', quote: "'", header: false }
    const { files } = await copy('{"n":1,"s":"it\'s; so"}\n', {
      out: { path: 'out.csv', format: 'csv', csv },
    })
    expect(files.get('/out.csv')).toBe("1;'it''s; so'\n")
  })
})

describe('the rows of a table', () => {
  const columns = [{ name: 'n', type: { kind: 'integer' as const } }]
  const table = { columns, eventTime: false, changes: 'retract' as const }

  test('say what they change, in both formats', () => {
    const json = createJsonLines(table)
    const csv = createCsvLines(table, { delimiter: ',', quote: '"', header: true })
    expect([json.head, json.line([1], '-U'), json.line([null], '+U')]).toEqual([
      '',
      '{"op":"-U","n":1}\n',
      '{"op":"+U","n":null}\n',
    ])
    expect([csv.head, csv.line([1], '-U'), csv.line([null], '+U')]).toEqual([
      'op,n\n',
      '-U,1\n',
      '+U,\n',
    ])
  })

  test('are refused where they have a column "op" already', () => {
    const messages: string[] = []
    const taken = [{ name: 'op', type: { kind: 'string' as const } }]
    const plan = {
      nodeId: 'out',
      report: ({ message }: { readonly message: string }) => messages.push(message),
      channels: () => [],
    }
    const config = fileSink.config.parse(out)
    fileSink.outputSchemas(config, { in: { ...table, columns: taken } }, plan)
    fileSink.outputSchemas(config, { in: { ...table, changes: 'append', columns: taken } }, plan)
    expect(messages).toEqual([
      'The rows of a table are written with a column "op" that says what they change, and a column ' +
        'of this name comes in. Put a select before the sink and give the column another name.',
    ])
  })
})

test('two ways to write one path claim the same file', () => {
  const claims = ['a/b.jsonl', './a/b.jsonl', 'a//x/../b.jsonl'].map((path) => {
    return fileSink.exclusiveResources?.(fileSink.config.parse({ ...out, path }))
  })
  expect(new Set(claims.map((claim) => claim?.[0]))).toEqual(new Set(['File "a/b.jsonl"']))
})

test('a path that is that of an unfinished file is refused', () => {
  const { error } = fileSink.config.safeParse({ ...out, path: 'x.part' })
  expect(error?.issues[0]?.message).toBe(
    'Path ends in ".part", which is the ending of files that are not finished yet. Choose another ending.',
  )
})

describe('envelopes of Debezium', () => {
  const columns = [{ name: 'n', type: { kind: 'integer' as const } }]
  const schema = { columns, eventTime: false, changes: 'retract' as const, key: ['n'] }
  const create = () => {
    let held: readonly (number | null)[] | null = null
    return createDebeziumLines(schema, {
      get: () => held,
      set: (row) => {
        held = row as readonly (number | null)[] | null
      },
    })
  }

  test('join the two rows of an update, and know no row before where none came', () => {
    const lines = create()
    expect(lines.line([1], '-U')).toBe('')
    expect(lines.line([2], '+U')).toBe('{"before":{"n":1},"after":{"n":2},"op":"u"}\n')
    expect(lines.line([3], '+U')).toBe('{"before":null,"after":{"n":3},"op":"u"}\n')
    expect(lines.line([4], undefined)).toBe('{"before":null,"after":{"n":4},"op":"c"}\n')
  })

  test('take a row that nothing replaces for one that goes', () => {
    const lines = create()
    lines.line([1], '-U')
    expect(lines.line([2], '+I')).toBe(
      '{"before":{"n":1},"after":null,"op":"d"}\n{"before":null,"after":{"n":2},"op":"c"}\n',
    )
  })

  test('may hold a column "op", and are not written as CSV', () => {
    const report = () => expect.unreachable('Nothing is wrong with it.')
    const plan = { nodeId: 'out', report, channels: () => [] }
    const config = fileSink.config.parse({ ...out, changelog: 'debezium' })
    const taken = [{ name: 'op', type: { kind: 'string' as const } }]
    fileSink.outputSchemas(config, { in: { ...schema, columns: taken } }, plan)
    const { error } = fileSink.config.safeParse({ ...out, format: 'csv', changelog: 'debezium' })
    expect(error?.issues[0]).toMatchObject({
      params: { code: 'debezium-not-json' },
      message:
        'Changelog is "debezium", whose envelopes are JSON, and format is csv. Set "format" to "jsonl", or "changelog" to "op".',
    })
  })
})

/** Lines of JSON, good and bad, from files plain and packed. */

import { gzipSync } from 'node:zlib'
import { JobFailed } from '@millrace/engine'
import { runPipeline, seededRandom, VirtualEnv } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { fileSource } from './file-source.ts'
import { connectors } from './index.ts'
import { runnableConnectors } from './node.ts'
import { LINE_BYTES_MAX } from './reading/line-reader.node.ts'
import { readFile } from './testing/read-file.node.ts'

const schema = { at: 'timestamp', n: 'integer' }
const timed = { schema, eventTime: 'at' }

async function failure(act: Promise<unknown>): Promise<JobFailed> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof JobFailed) return error
  throw new Error(`Expected a JobFailed, not ${String(error)}.`)
}

describe('lines that are no records go to errors, with the reason', () => {
  const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  test.each([
    ['not-json', 'oops', 'The line is not JSON: "oops" at column 1 does not belong there.'],
    ['not-json', '{"at":1,"n":}', 'The line is not JSON: "}" at column 13 does not belong there.'],
    [
      'not-json',
      '{"at":1,"n":1',
      'The line is not JSON: it ends at column 14 before the record does.',
    ],
    ['not-json', '{"at":1} {', 'The line is not JSON: "{" at column 10 does not belong there.'],
    ['not-an-object', '[1]', 'The line is a list, not a JSON object.'],
    ['not-an-object', 'null', 'The line is null, not a JSON object.'],
    ['not-an-object', '"{}"', 'The line is a text, not a JSON object.'],
    ['wrong-type', '{"at":1,"n":"1"}', 'Column "n": "1" is not of type integer.'],
    ['wrong-type', '{"at":1,"n":1.5}', 'Column "n": 1.5 is not of type integer.'],
    [
      'integer-overflow',
      '{"at":1,"n":9007199254740993}',
      'Column "n": The number is beyond 9007199254740991, up to which integers are exact. ' +
        'Make the column a double, or write the number as text in a column of type string.',
    ],
    ['wrong-type', '{"at":"yesterday"}', 'Column "at": "yesterday" is not of type timestamp.'],
    ['event-time-missing', '{"n":1}', 'Event time "at" is missing or NULL.'],
    ['event-time-missing', '{"at":null,"n":1}', 'Event time "at" is missing or NULL.'],
    [
      'event-time-out-of-range',
      '{"at":1767225600000000}',
      'Event time "at" is 1767225600000000 ms since 1970, outside of the years 0 to 9999 ' +
        '(0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z). Check its unit.',
    ],
    [
      'reserved-field',
      '{"at":1,"__proto__":{"n":2}}',
      'The record has a field "__proto__", which only attacks have.',
    ],
    [
      'nested-too-deep',
      `{"at":1,"x":${deep(20_000)}}`,
      'The JSON is nested more than 512 levels deep.',
    ],
    ['nested-too-deep', deep(20_000), 'The JSON is nested more than 512 levels deep.'],
  ])('%s: %.60s', async (code, line, reason) => {
    const good = '{"at":0,"n":7}'
    const { rows, rejects } = await readFile(`${good}\n${line}\n${good}\n`, timed)
    expect(rows).toEqual([
      [0, 7],
      [0, 7],
    ])
    expect(rejects).toMatchObject([{ at: 1, raw: line, reason, code, line: 2, offsetBytes: 15 }])
  })

  test('a line that is not UTF-8, between lines that are', async () => {
    const bad = Buffer.concat([
      Buffer.from('{"at":1,"é":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ])
    const good = Buffer.from('{"at":0,"é":1,"n":7}')
    const lines = [good, bad, good].flatMap((line) => [line, Buffer.from('\n')])
    const { rows, rejects } = await readFile(Buffer.concat(lines), timed)
    expect(rows).toHaveLength(2)
    expect(rejects).toEqual([
      {
        at: 1,
        raw: '{"at":1,"é":"\ufffd"}',
        bytes: Uint8Array.from(bad),
        code: 'not-utf8',
        column: undefined,
        place: { file: 'in.jsonl' },
        reason: 'The line is not UTF-8. Save the file in this encoding.',
        line: 2,
        offsetBytes: 22,
      },
    ])
  })

  test('a line of 10 MB is counted to its end, and only its beginning is kept', async () => {
    const long = `{"at":1,"x":"${'y'.repeat(10_000_000)}"}`
    const { rows, rejects } = await readFile(`{"at":0}\n${long}\n{"at":2}\n`, timed)
    expect(rows.map(([at]) => at)).toEqual([0, 2])
    expect(rejects).toHaveLength(1)
    expect(rejects[0]).toMatchObject({ at: 1, line: 2, offsetBytes: 9 })
    expect(rejects[0]?.raw).toHaveLength(1025)
    expect(rejects[0]?.reason).toBe(
      'The line has 10000015 bytes and may have 1048576. Divide it into shorter records.',
    )
  })
})

test('names that objects inherit are columns like any other', async () => {
  const lines = '{"constructor":1}\n{"toString":2,"__proto__":3}\n'
  const columns = { constructor: 'integer', toString: 'integer', ['__proto__']: 'integer' }
  const { rows, rejects } = await readFile(lines, { schema: columns })
  expect(rejects).toEqual([])
  expect(rows).toEqual([
    [1, null, null],
    [null, 2, 3],
  ])
})

test('blank lines are skipped and counted; a mark, returns and a missing last line end do no harm', async () => {
  const text = '\ufeff{"at":1,"n":1}\r\n\r\n  \n{"at":2,"x":"ignored"}'
  const { rows, times, rejects, skippedLines } = await readFile(text, timed)
  expect(rows).toEqual([
    [1, 1],
    [2, null],
  ])
  expect(times).toEqual([1, 2])
  expect({ rejects, skippedLines }).toEqual({ rejects: [], skippedLines: 2 })
  expect((await readFile('\ufeffoops\r\n', timed)).rejects).toMatchObject([
    { raw: 'oops', line: 1, offsetBytes: 3 },
  ])
})

test('an empty file has no records', async () => {
  expect(await readFile('', timed)).toEqual({ rows: [], times: [], rejects: [], skippedLines: 0 })
})

test.each(Array.from({ length: 40 }, (_, seed) => [seed]))(
  'what is read does not depend on how much is read at once (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const parts: Buffer[] = []
    for (let line = random.integer(0, 30); line > 0; line--) {
      const texts = [
        '{"at":1}',
        '{"at":2,"x":"é€😀"}',
        'oops',
        '',
        '\r',
        ' ',
        `"${'z'.repeat(40)}"`,
      ]
      parts.push(random.chance(0.1) ? Buffer.from([0xc3, 0x28]) : Buffer.from(random.pick(texts)))
      if (line > 1 || random.chance(0.5)) parts.push(Buffer.from('\n'))
    }
    const bytes = Buffer.concat(parts)
    const whole = await readFile(bytes, timed)
    for (const { raw, line, offsetBytes } of whole.rejects) {
      const lines = bytes.toString('latin1').split('\n')
      const before = lines.slice(0, (line ?? 0) - 1).join('\n').length
      expect(offsetBytes).toBe(line === 1 ? 0 : before + 1)
      expect(raw).toBe(
        Buffer.from(lines[(line ?? 0) - 1] ?? '', 'latin1')
          .toString()
          .trimEnd(),
      )
    }
    for (const readBytes of [1, 3, random.integer(4, 60)]) {
      expect(await readFile(bytes, timed, readBytes)).toEqual(whole)
    }
  },
)

test.each([
  [-1, true],
  [0, true],
  [1, false],
])('a line of the limit and %i bytes, read in pieces of any size', async (more, fits) => {
  const padding = LINE_BYTES_MAX + more - '{"at":1,"x":"€"}'.length - 2
  const line = `{"at":1,"x":"€${'y'.repeat(padding)}"}`
  expect(Buffer.byteLength(line)).toBe(LINE_BYTES_MAX + more)
  const text = `${line}\n{"at":2}\n${line}`
  const whole = await readFile(text, timed)
  expect(whole.rows).toHaveLength(fits ? 3 : 1)
  for (const readBytes of [4096, 100_000, LINE_BYTES_MAX]) {
    expect(await readFile(text, timed, readBytes)).toEqual(whole)
  }
})

describe('event times', () => {
  const noon = Date.UTC(2026, 0, 1, 12)
  test.each([
    ['"2026-01-01T12:00:00Z"', 'timestamp', 'at'],
    ['"2026-01-01 12:00:00"', 'timestamp', 'at'],
    ['"2026-01-01T14:00:00+02:00"', 'timestamp', 'at'],
    [`${noon}`, 'timestamp', 'at'],
    [`${noon / 1000}`, 'timestamp', { column: 'at', unit: 's' }],
    [`${noon / 1000}.000`, 'timestamp', { column: 'at', unit: 's' }],
    ['"2026-01-01T12:00:00Z"', 'timestamp', { column: 'at', unit: 's' }],
    ['"01/01/2026 12:00"', 'timestamp', { column: 'at', format: 'dd/MM/yyyy HH:mm' }],
    ['"01/01/2026 14:00 +0200"', 'timestamp', { column: 'at', format: 'dd/MM/yyyy HH:mm Z' }],
    ['"2026-01-01T12:00:00Z"', 'string', 'at'],
    ['"01/01/2026 12:00"', 'string', { column: 'at', format: 'dd/MM/yyyy HH:mm' }],
    [`${noon}`, 'integer', 'at'],
    [`${noon / 1000}`, 'integer', { column: 'at', unit: 's' }],
    [`${noon / 1000}.0`, 'double', { column: 'at', unit: 's' }],
  ])('%s as %s by %j', async (json, type, eventTime) => {
    const config = { schema: { at: type }, eventTime }
    const { times, rows, rejects } = await readFile(`{"at":${json}}`, config)
    expect(rejects).toEqual([])
    expect(times).toEqual([noon])
    expect(rows).toEqual([[type === 'timestamp' ? noon : JSON.parse(json)]])
  })

  test('a text that does not fit the format goes to errors', async () => {
    const config = { schema: { at: 'timestamp' }, eventTime: { column: 'at', format: 'yyyy' } }
    const { rejects } = await readFile('{"at":"noon"}\n{"at":5}', config)
    expect(rejects.map(({ reason }) => reason)).toEqual([
      'Column "at": "noon" does not fit the format "yyyy".',
      'Column "at": 5 does not fit the format "yyyy".',
    ])
  })
})

describe('gzip', () => {
  const text = Array.from({ length: 5000 }, (_, n) => `{"at":${n},"n":${n}}\n`).join('')

  test('is unpacked where the path says so, also in several members', async () => {
    const half = text.indexOf('\n', text.length / 2) + 1
    const members = [text.slice(0, half), text.slice(half)].map((part) => gzipSync(part))
    const { rows } = await readFile(Buffer.concat(members), { ...timed, path: 'in.jsonl.gz' })
    expect(rows.map(([at]) => at)).toEqual(Array.from({ length: 5000 }, (_, n) => n))
  })

  test('compression overrules the path', async () => {
    const packed = await readFile(gzipSync(text), { ...timed, compression: 'gzip' })
    expect(packed.rows).toHaveLength(5000)
    const plain = await readFile(text, { ...timed, path: 'x.gz', compression: 'none' })
    expect(plain.rows).toHaveLength(5000)
  })

  test('a line that unpacks to 30 MB is one refused record, and memory stays small', async () => {
    const bomb = gzipSync(Buffer.alloc(30_000_000, 'x'))
    const { rejects } = await readFile(bomb, { ...timed, path: 'x.gz' })
    expect(rejects).toHaveLength(1)
    expect(rejects[0]?.reason).toContain('The line has 30000000 bytes and may have 1048576.')
    expect(rejects[0]?.raw).toHaveLength(1025)
  })

  test('data that is no gzip, or not whole, fails the job', async () => {
    const config = { ...timed, path: 'x.gz' }
    expect(await failure(readFile(text, config))).toMatchObject({
      domain: 'user',
      message:
        '"x.gz" is not gzip data, or it is damaged. ' +
        'Fetch the file again, or set compression to "none" if it is plain text.',
    })
    const cut = await failure(readFile(gzipSync(text).subarray(0, 2000), config))
    expect(cut.message).toContain('The gzip data of "x.gz" stops before its end')
  })
})

test('with onError "fail" the first bad line stops the job and is named', async () => {
  const config = { ...timed, onError: 'fail' }
  const { domain, message } = await failure(readFile('{"at":1}\n\noops\n', config))
  expect(domain).toBe('user')
  expect(message).toBe(
    'Line 3 of "in.jsonl": The line is not JSON: "oops" at column 1 does not belong there. ' +
      'The line is oops — Mend it, or set onError to "dead-letter" to put such records aside.',
  )
})

test('of a long line, such a failure shows the beginning and the length', async () => {
  const { message } = await failure(readFile('x'.repeat(1000), { ...timed, onError: 'fail' }))
  expect(message).toContain(`The line is ${'x'.repeat(200)}… (1000 characters) — Mend it`)
})

test('a file that is not there fails the job at its node, with the folder it was looked for in', async () => {
  const nodes = {
    clicks: { operator: 'file-source', config: { path: 'no.jsonl', format: 'jsonl', ...timed } },
  }
  const document = { format: 'millrace/1', name: 'Missing', nodes }
  const { failure } = await runPipeline(document, { operators: runnableConnectors })
  expect(failure).toMatchObject({
    domain: 'user',
    nodeId: 'clicks',
    message:
      'There is no file "/no.jsonl". "no.jsonl" is relative to the folder "/.". ' +
      'Create it, or change path.',
  })
})

test('in a job, bad lines are dead letters and the ledger balances', async () => {
  const env = new VirtualEnv()
  const lines = '{"at":1,"n":1}\n\noops\n{"at":2}\n{"n":3}\n'
  env.disk.files.set('/in.jsonl', Buffer.from(lines))
  const nodes = {
    in: { operator: 'file-source', config: { path: 'in.jsonl', format: 'jsonl', ...timed } },
  }
  const document = { format: 'millrace/1', name: 'Lines', nodes }
  const run = await runPipeline(document, { operators: runnableConnectors, env, tap: ['in'] })
  expect(run.failure).toBeUndefined()
  expect(run.nodes.get('in')?.ledger).toMatchObject({
    in: 4,
    passed: 2,
    deadLettered: 2,
    skippedLines: 1,
  })
  expect(run.deadLetters.map(({ raw }) => raw)).toEqual(['oops', '{"n":3}'])
})

describe('a config is refused', () => {
  const base = { path: 'a.jsonl', format: 'jsonl', schema }
  test.each([
    [{ path: '' }, 'Path is empty. Name a file, for instance "clicks.jsonl".'],
    [
      { csv: {} },
      'Field "csv" is for format csv, and format is jsonl. Remove it, or change format.',
    ],
    [
      { rate: 5, pace: 'event-time', eventTime: 'at' },
      'Rate and pace both say how fast records are let through. Keep the one that you mean.',
    ],
    [{ speed: 5 }, 'Speed 5 is that of pace "event-time". Add "pace": "event-time".'],
    [
      { pace: 'event-time' },
      'Pace "event-time" needs an event time. Name its column in eventTime, or set rate instead.',
    ],
    [
      { format: 'csv', csv: { delimiter: '"' } },
      'Delimiter and quote are the same character. Choose another delimiter.',
    ],
    [
      { format: 'csv', csv: { delimiter: '::' } },
      'Delimiter must be a single character. Write, for instance, ";".',
    ],
  ])('%j', (change, message) => {
    const { error } = fileSource.config.safeParse({ ...base, ...change })
    expect(error?.issues.map((issue) => issue.message)).toContain(message)
  })

  test.each([
    [
      {},
      'when',
      'Event time "when" is not a column of the schema. Its columns are at: timestamp, n: integer.',
    ],
    [{}, 'att', 'Event time "att" is not a column of the schema. Did you mean "at"?'],
    [
      { ok: 'boolean' },
      'ok',
      'Event time "ok" is of type boolean and must be one of timestamp, integer, double, string. ' +
        'Change its type in the schema, or choose another column.',
    ],
    [
      {},
      { column: 'n', format: 'yyyy' },
      'Format is for texts, and event time "n" is of type integer. ' +
        'Make the column a timestamp, or replace format by unit.',
    ],
    [
      { day: 'string' },
      { column: 'day', unit: 's' },
      'Unit is for numbers, and event time "day" is of type string. ' +
        'Make the column a timestamp or an integer.',
    ],
  ])('for its event time: %j %j', (columns, eventTime, message) => {
    const config = fileSource.config.parse({
      ...base,
      schema: { ...schema, ...columns },
      eventTime,
    })
    const messages: string[] = []
    fileSource.outputSchemas(
      config,
      {},
      {
        nodeId: 'in',
        report: (problem) => messages.push(problem.message),
        channels: () => [],
      },
    )
    expect(messages).toEqual([message])
  })
})

test('every connector can run', () => {
  expect(runnableConnectors.map(({ id }) => id)).toEqual(connectors.map(({ id }) => id))
  for (const { id, run, read } of runnableConnectors) {
    expect([id, (run ?? read) !== undefined]).toEqual([id, true])
  }
})

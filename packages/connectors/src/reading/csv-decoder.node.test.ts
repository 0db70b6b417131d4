/** Records and values of CSV files, beside another parser. */

import { JobFailed } from '@millrace/engine'
import { seededRandom } from '@millrace/engine/testing'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { readFile } from '../testing/read-file.node.ts'
import { RECORD_LENGTH_MAX, RECORD_LINES_MAX } from './csv-record.ts'

const texts = { a: 'string', b: 'string' }

const CLOSE = 'Close it, or double the quotes that belong to the field.'

function readCsv(
  text: string | Uint8Array,
  config: { readonly [field: string]: unknown } = { schema: texts },
) {
  return readFile(text, { path: 'in.csv', format: 'csv', ...config })
}

describe('a record is cut into fields', () => {
  test.each([
    ['1,2', ['1', '2']],
    ['1,', ['1', null]],
    [',', [null, null]],
    ['"",""', ['', '']],
    [' 1 , 2 ', [' 1 ', ' 2 ']],
    ['"1,1",2', ['1,1', '2']],
    ['"say ""hi""",2', ['say "hi"', '2']],
    ['"""",2', ['"', '2']],
    ['5\'10" tall,2', ['5\'10" tall', '2']],
    ['"one\ntwo",2', ['one\ntwo', '2']],
    ['"one\r\ntwo",2\r', ['one\r\ntwo', '2']],
    ['"a\n\n\nb",2', ['a\n\n\nb', '2']],
    ['"é€😀",2', ['é€😀', '2']],
  ])('%j', async (record, fields) => {
    const { rows, rejects, skippedLines } = await readCsv(`a,b\n${record}\nx,y\n`)
    expect(rejects).toEqual([])
    expect(rows).toEqual([fields, ['x', 'y']])
    expect(skippedLines).toBe(1)
  })
})

describe('what is no record goes to errors with its place', () => {
  test.each([
    ['1', 'The record has 1 field and the header has 2.'],
    ['1,2,3', 'The record has 3 fields and the header has 2.'],
    [
      '"1"x,2',
      'Field 1 goes on behind its closing quote with "x". Double the quotes that belong to the field.',
    ],
  ])('%j', async (record, reason) => {
    const { rows, rejects } = await readCsv(`a,b\n${record}\nx,y\n`)
    expect(rows).toEqual([['x', 'y']])
    expect(rejects).toMatchObject([{ at: 0, raw: record, reason, line: 2, offsetBytes: 4 }])
  })

  test('a quote that is never closed costs its own line only', async () => {
    const { rows, rejects, skippedLines } = await readCsv('a,b\n1,2\n"3,4\n\n5,6\n7,8\n')
    expect(rows).toEqual([
      ['1', '2'],
      ['5', '6'],
      ['7', '8'],
    ])
    expect(rejects).toMatchObject([
      {
        at: 1,
        raw: '"3,4',
        reason: `A field begins with " and is not closed by the end of the file. ${CLOSE}`,
        line: 3,
        offsetBytes: 8,
      },
    ])
    expect(skippedLines).toBe(2)
  })

  test('so does one that ends within a field of a later line', async () => {
    const { rows, rejects } = await readCsv('a,b\n"é,4\n5,6\n"7","8"\n9,"10"\n')
    expect(rows).toEqual([
      ['5', '6'],
      ['7', '8'],
      ['9', '10'],
    ])
    const reason =
      'A field begins with " and goes on up to line 4. Field 1 goes on behind its closing quote with "7". ' +
      'Double the quotes that belong to the field.'
    expect(rejects).toMatchObject([{ at: 0, raw: '"é,4', reason, line: 2, offsetBytes: 4 }])
  })

  test('and one before a line that cannot be read, which is refused by itself', async () => {
    const broken = [Buffer.from('a,b\n"3,4\n5,6\n'), Buffer.of(0xff), Buffer.from('\n7,8\n')]
    const { rows, rejects } = await readCsv(Buffer.concat(broken))
    expect(rows).toEqual([
      ['5', '6'],
      ['7', '8'],
    ])
    expect(rejects.map(({ line, offsetBytes, reason }) => [line, offsetBytes, reason])).toEqual([
      [
        2,
        4,
        `A field begins with " and is not closed before line 4, which cannot be read. ${CLOSE}`,
      ],
      [4, 13, 'The line is not UTF-8. Save the file in this encoding.'],
    ])
  })

  test.each([
    ['characters', 97, Math.ceil(RECORD_LENGTH_MAX / 100) + 1000],
    ['lines', 1, RECORD_LINES_MAX + 1000],
  ])('and one behind which there are more %s than a record may have', async (_, length, count) => {
    const line = `${'y'.repeat(length)},z\n`
    const { rows, rejects } = await readCsv(`a,b\n"3,4\n${line.repeat(count)}"5","6"\n`)
    expect(rows).toHaveLength(count + 1)
    expect(rows.at(-1)).toEqual(['5', '6'])
    const limit = `within the ${RECORD_LINES_MAX} lines and ${RECORD_LENGTH_MAX} characters that a record may have`
    const reason = `A field begins with " and is not closed ${limit}. ${CLOSE}`
    expect(rejects).toMatchObject([{ at: 0, raw: '"3,4', reason, line: 2, offsetBytes: 4 }])
  })
})

test('columns are found by the header, in any order; others are ignored', async () => {
  const { rows } = await readCsv('x, b ,a\n0,2,1\n')
  expect(rows).toEqual([['1', '2']])
})

test('without a header, columns stand in the order of the schema', async () => {
  const { rows, rejects } = await readCsv('1;2\n3\n', {
    schema: texts,
    csv: { header: false, delimiter: ';' },
  })
  expect(rows).toEqual([['1', '2']])
  expect(rejects[0]?.reason).toBe('The record has 1 field and the schema has 2.')
})

test.each([
  [
    'alpha,gamma\n',
    'The header of "in.csv" has no column "beta". It has "alpha", "gamma". ' +
      'Change the schema, or set csv.header to false if the file has no header.',
  ],
  [
    'alpha,betta\n',
    'The header of "in.csv" has no column "beta". Did you mean "betta"? ' +
      'Change the schema, or set csv.header to false if the file has no header.',
  ],
  [
    'alpha,beta,alpha\n',
    'The header of "in.csv" has column "alpha" twice. ' +
      'Rename one of them in the file, or leave the column out of the schema.',
  ],
  ['"alpha"x,beta\nyes,no\n', 'The header of "in.csv", line 1, cannot be read. '],
  ['alpha,"beta\nyes,no\n', 'The header of "in.csv", line 1, cannot be read. '],
])('a header that does not fit the schema fails the job: %j', async (text, message) => {
  const act = readCsv(text, { schema: { alpha: 'string', beta: 'string' } })
  await expect(act).rejects.toThrow(JobFailed)
  await expect(act).rejects.toThrow(message)
})

describe('values', () => {
  test.each([
    ['integer', '42', 42],
    ['integer', ' +7 ', 7],
    ['double', '-1.5e3', -1500],
    ['double', 'NaN', Number.NaN],
    ['double', '-Infinity', Number.NEGATIVE_INFINITY],
    ['boolean', 'TRUE', true],
    ['boolean', 'false', false],
    ['timestamp', '2026-01-01', Date.UTC(2026, 0, 1)],
    ['timestamp', '1767225600000', Date.UTC(2026, 0, 1)],
    ['interval', '1m30s', 90_000],
    ['list<integer>', '"[1,2]"', [1, 2]],
    ['any', '"{""x"":1}"', { x: 1 }],
    ['integer', '', null],
    ['integer', '""', null],
    ['string', '00123', '00123'],
  ])('%s from %s', async (type, text, value) => {
    const { rows, rejects } = await readCsv(`v,w\n${text},\n`, { schema: { v: type } })
    expect(rejects).toEqual([])
    expect(rows).toEqual([[value]])
  })

  test.each([
    ['integer', '1.0', '"1.0" is not of type integer.'],
    ['integer', '0x10', '"0x10" is not of type integer.'],
    ['double', '1,5', '"1,5" is not of type double.'],
    [
      'double',
      '1e400',
      'The number is beyond 1.7976931348623157e+308, the largest double. Write "Infinity" if it is meant.',
    ],
    ['boolean', 'yes', '"yes" is not of type boolean.'],
    ['timestamp', 'noon', '"noon" is not of type timestamp.'],
    ['list<integer>', '[1', '"[1" is not JSON.'],
    ['any', '['.repeat(600), 'The JSON is nested more than 512 levels deep.'],
  ])('%s from %.20s is refused', async (type, text, reason) => {
    const { rejects } = await readCsv(`v\n"${text}"\n`, { schema: { v: type } })
    expect(rejects.map((reject) => reject.reason)).toEqual([`Column "v": ${reason}`])
  })

  test('event times in seconds, and by a pattern', async () => {
    const noon = Date.UTC(2026, 0, 1, 12)
    const seconds = { schema: { t: 'timestamp' }, eventTime: { column: 't', unit: 's' } }
    expect((await readCsv(`t\n${noon / 1000}\n`, seconds)).times).toEqual([noon])
    const { rejects } = await readCsv('t\n9007199254740993\n', seconds)
    expect(rejects[0]?.reason).toBe('Column "t": A number beyond 9007199254740 s is not a time.')
    const pattern = {
      schema: { t: 'timestamp' },
      eventTime: { column: 't', format: 'd.M.yyyy H:mm' },
    }
    expect((await readCsv('t\n1.1.2026 12:00\n', pattern)).times).toEqual([noon])
  })
})

test.each(Array.from({ length: 60 }, (_, seed) => [seed]))(
  'records are those that csv-parse reads (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const fields = [
      '',
      'x',
      '""',
      '"a,b"',
      '"a\nb"',
      '"a""b"',
      '"\r\n"',
      'é',
      ' y ',
      '"😀"',
      '"""q"""',
    ]
    const lines = Array.from({ length: random.integer(1, 30) }, () => {
      return `${random.pick(fields)},${random.pick(fields)}`
    })
    const lineEnd = random.chance(0.5) ? '\n' : '\r\n'
    const text = ['a,b', ...lines, ''].join(lineEnd)
    const expected = parse(text, { from: 2, record_delimiter: lineEnd }) as string[][]
    for (const readBytes of [undefined, 1, 5]) {
      const config = { schema: texts, path: 'in.csv', format: 'csv' }
      const { rows, rejects } = await readFile(text, config, readBytes)
      expect(rejects).toEqual([])
      expect(rows.map((row) => row.map((field) => field ?? ''))).toEqual(expected)
    }
  },
)

describe('records and refused lines of broken files are those of a naive reading', () => {
  test.each(Array.from({ length: 150 }, (_, seed) => [seed]))('seed %i', async (seed) => {
    const random = seededRandom(seed)
    const parts = ['"', '"', '""', ',', ',', 'x', 'é😀', ' ', '\r']
    const lines = Array.from({ length: random.integer(1, 40) }, () =>
      random.chance(0.5)
        ? random.pick(['1,2', '"3","4"', '"5,5","6""6"', '', '"7\n7",8'])
        : Array.from({ length: random.integer(0, 6) }, () => random.pick(parts)).join(''),
    )
    const text = `a,b\n${lines.join('\n')}${random.chance(0.5) ? '\n' : ''}`
    const expected = naively(text)
    for (const [readBytes, rowsMax] of [
      [undefined, 1000],
      [1, 3],
      [7, 1],
    ] as const) {
      const config = { schema: texts, path: 'in.csv', format: 'csv' }
      const read = await readFile(text, config, readBytes, rowsMax)
      const rejects = read.rejects.map(({ at, raw, line, offsetBytes }) => [
        at,
        raw,
        line,
        offsetBytes,
      ])
      expect({ rows: read.rows, rejects, skippedLines: read.skippedLines }).toEqual(expected)
    }
  })
})

/** Tries a record from each line on, sign by sign over all that follows. */
function naively(text: string) {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const rows: (string | null)[][] = []
  const rejects: [number, string, number, number][] = []
  let skippedLines = 1
  for (let first = 1; first < lines.length; ) {
    if (lines[first]?.trim() === '') {
      skippedLines++
      first++
      continue
    }
    const found = recordFrom(lines.slice(first).join('\n'))
    const count = found?.lineCount ?? 1
    if (found?.fields.length === 2) rows.push(found.fields)
    else {
      const raw = lines.slice(first, first + count).join('\n')
      const before = lines.slice(0, first).map((line) => `${line}\n`)
      const offsetBytes = Buffer.byteLength(before.join(''))
      rejects.push([rows.length, raw.replace(/\r$/, ''), first + 1, offsetBytes])
    }
    first += count
  }
  return { rows, rejects, skippedLines }
}

/** The record at the beginning of the text, or undefined if it cannot be cut into fields. */
function recordFrom(text: string) {
  const fields: (string | null)[] = []
  for (let at = 0; ; ) {
    const quoted = /^"((?:[^"]|"")*)"(?=,|\r?\n|\r?$)/.exec(text.slice(at))
    const plain = /^(?!")([^,\n]*?)(?=,|\r?\n|\r?$)/.exec(text.slice(at))
    const found = quoted ?? plain
    if (found === null) return undefined
    const value = found[1] ?? ''
    fields.push(quoted === null ? value || null : value.replaceAll('""', '"'))
    at += found[0].length
    if (text[at] !== ',') return { fields, lineCount: text.slice(0, at).split('\n').length }
    at++
  }
}

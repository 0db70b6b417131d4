/** What a pattern does with time, with records that fail it, and with more than it can hold. */

import { record, runOperator, stream, type TestElement, watermark } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { earliestFirst, type KeyMatches } from './match-buffer.ts'
import { pattern } from './pattern.ts'

const columns = { k: 'string', v: 'integer', n: 'integer' }

const ab = {
  pattern: [
    { name: 'a', where: 'v = 1' },
    { name: 'b', where: 'v = 2' },
  ],
  afterMatch: 'no-skip',
  columns: { a: 'a.n', b: 'b.n' },
}

/** Records (v, time), numbered. */
function records(...given: readonly (readonly [v: number | null, at: number])[]): TestElement[] {
  return given.map(([v, at], n) => record({ k: 'x', v, n }, at))
}

function run(config: object, elements: readonly TestElement[], options = {}) {
  return runOperator(pattern, config, { in: stream(columns, elements) }, options)
}

describe('time', () => {
  test('records are looked at by event time, and not before the watermark has passed them', () => {
    const [b, a] = records([2, 5], [1, 3])
    if (a === undefined || b === undefined) throw new Error('There are two records.')
    const { outputs } = run(ab, [b, a, watermark(4), watermark(5)])
    expect(outputs.out).toEqual([watermark(4), record({ a: 1, b: 0 }, 5), watermark(5)])
  })

  test('of equal times the one that came first is first', () => {
    expect(run(ab, records([1, 5], [2, 5])).outputs.out).toEqual([record({ a: 0, b: 1 }, 5)])
    expect(run(ab, records([2, 5], [1, 5])).outputs.out).toEqual([])
  })

  test('a record at the watermark is late, one behind it is not', () => {
    const { outputs, ledger } = run(ab, [watermark(5), ...records([1, 5], [1, 6], [2, 7])])
    expect(outputs.late).toEqual([watermark(5), record({ k: 'x', v: 1, n: 0 }, 5)])
    expect(outputs.out).toEqual([watermark(5), record({ a: 1, b: 2 }, 7)])
    expect(ledger.toJson()).toMatchObject({ late: 1, absorbed: 2, held: 0 })
  })

  // within = 10:  a at 0, and b at 9 is in time, b at 10 is not.
  test('the last record comes less than within after the first', () => {
    const config = { ...ab, within: '10ms' }
    expect(run(config, records([1, 0], [2, 9])).outputs.out).toEqual([record({ a: 0, b: 1 }, 9)])
    expect(run(config, records([1, 0], [2, 10])).outputs).toMatchObject({
      out: [],
      timeout: [record({ a: 0, b: null }, 9)],
    })
  })

  test('time is over by the watermark, even if no record comes', () => {
    const config = { ...ab, within: '10ms' }
    const elements = [...records([1, 0]), watermark(8), watermark(9)]
    expect(run(config, elements, { open: true }).outputs.timeout).toEqual([
      watermark(8),
      record({ a: 0, b: null }, 9),
      watermark(9),
    ])
  })

  test('what must not follow at the end is known when time is over', () => {
    const config = {
      ...ab,
      pattern: [ab.pattern[0], { ...ab.pattern[1], not: true }],
      columns: { a: 'a.n' },
      within: '10ms',
    }
    const elements = [...records([1, 0], [2, 4], [1, 20]), watermark(28), watermark(29)]
    const { outputs } = run(config, elements, { open: true })
    expect(outputs.out).toEqual([watermark(28), record({ a: 2 }, 29), watermark(29)])
    expect(outputs.timeout).toEqual([watermark(28), watermark(29)])
  })

  test('a match that waited for an earlier one has the time of the record that decides', () => {
    // a1 and then a2 wait for a b of their own; the one of a2 comes first.
    const config = {
      pattern: [
        { name: 'a', where: 'v < 10' },
        { name: 'b', where: 'v = a.v * 10' },
      ],
      columns: { a: 'a.n', b: 'b.n' },
      afterMatch: 'skip-to-next',
    }
    const given = records([1, 0], [2, 1], [20, 2], [10, 3])
    expect(run(config, given).outputs.out).toEqual([
      record({ a: 0, b: 3 }, 3),
      record({ a: 1, b: 2 }, 3),
    ])
    // It leaves at the end at the latest, and is not late then.
    expect(run(config, [...given.slice(0, 3), watermark(7)]).outputs.out).toEqual([
      watermark(7),
      record({ a: 1, b: 2 }, 8),
    ])
  })

  test('what one watermark causes leaves by time, and then by key', () => {
    const given = (['y', 'x'] as const).flatMap((k, index) => [
      record({ k, v: 1, n: 10 * index }, 0),
      record({ k, v: 2, n: 10 * index + 1 }, 3),
      record({ k, v: 1, n: 10 * index + 2 }, 1),
    ])
    const { outputs } = run({ ...ab, partitionBy: ['k'] }, given)
    expect(outputs.out).toEqual([
      record({ a: 10, b: 11 }, 3),
      record({ a: 12, b: 11 }, 3),
      record({ a: 0, b: 1 }, 3),
      record({ a: 2, b: 1 }, 3),
    ])
  })
})

describe('results of windows that fire again', () => {
  const table = {
    schema: columns,
    table: { changes: 'retract', key: ['n'] },
    window: { latenessMs: 10 },
  } as const
  const [one, two, other] = records([1, 3], [2, 5], [7, 5])
  if (one === undefined || two === undefined || other === undefined) throw new Error('Of three.')

  function runTable(elements: readonly TestElement[]) {
    return runOperator(pattern, ab, { in: { ...table, elements } }, { open: true })
  }

  test('are looked at when they can change no more, and the watermark is held back so long', () => {
    const { outputs } = runTable([one, two, watermark(14), watermark(15)])
    expect(outputs.out).toEqual([watermark(4), record({ a: 0, b: 1 }, 5), watermark(5)])
  })

  test('count as they are in the end', () => {
    const back = { ...two, change: '-U' } as const
    const { outputs, ledger } = runTable([
      one,
      two,
      watermark(9),
      back,
      { ...other, change: '+U' },
      watermark(20),
    ])
    expect(outputs.out).toEqual([watermark(-1), watermark(10)])
    // The row that was taken back and the one that did so are done with.
    expect(ledger.toJson()).toMatchObject({ absorbed: 2, filtered: 1, held: 1 })
  })

  test('are late at their time and the lateness of their windows', () => {
    const { outputs } = runTable([watermark(13), one, watermark(12), two])
    expect(outputs.late?.filter((element) => 'row' in element)).toEqual([{ ...one, at: 3 }])
  })
})

describe('records for which an expression has no value', () => {
  const failing = {
    ...ab,
    pattern: [ab.pattern[0], { name: 'b', where: 'v = 2 AND 10 / (n - 2) <> a.n' }],
  }

  test('leave a row in errors, and do not meet the condition', () => {
    const { outputs, ledger } = run(failing, records([1, 0], [1, 1], [2, 2], [2, 3]))
    expect(outputs.errors).toEqual([
      {
        row: {
          raw: '{"k":"x","v":2,"n":2}',
          reason: expect.stringContaining('zero'),
          node: 'tested',
          line: null,
          offset: null,
        },
      },
    ])
    expect(outputs.out).toEqual([record({ a: 0, b: 3 }, 3), record({ a: 1, b: 3 }, 3)])
    expect(ledger.toJson()).toMatchObject({ deadLettered: 1, absorbed: 3 })
  })

  test('fail the job where that is asked for', () => {
    const config = { ...failing, onError: 'fail' }
    expect(run(config, records([1, 0], [1, 1], [2, 2])).failure?.message).toMatch(
      /zero.* The record is \{"k":"x","v":2,"n":2\}\.$/i,
    )
  })

  test('so does a match without a value for a column, with all its records', () => {
    const config = { ...ab, columns: { share: '100 / (b.n - SUM(a.n) - 1)' } }
    const { outputs, ledger } = run(config, records([1, 0], [2, 1]))
    expect(outputs.errors?.map((element) => 'row' in element && element.row.raw)).toEqual([
      '{"a":[{"k":"x","v":1,"n":0}],"b":[{"k":"x","v":2,"n":1}]}',
    ])
    expect(ledger.toJson()).toMatchObject({ absorbed: 2, deadLettered: 0 })
  })

  test('NULL in a condition is not TRUE', () => {
    const { ledger } = run(ab, records([null, 0], [1, 1], [2, 2]))
    expect(ledger.toJson()).toMatchObject({ filtered: 1, absorbed: 2 })
  })
})

describe('what is kept', () => {
  const any = {
    partitionBy: ['k'],
    pattern: [
      { name: 'a', where: 'v = 1' },
      {
        name: 'b',
        where: 'v = 2',
        contiguity: 'followed-by-any',
        oneOrMore: true,
        loopContiguity: 'followed-by-any',
      },
      { name: 'c', where: 'v = 3' },
    ],
    within: '1h',
    afterMatch: 'no-skip',
    columns: { b: 'COUNT(b.*)' },
  }

  function keptIn(elements: readonly TestElement[], config: object): KeyMatches | undefined {
    const { state } = run(config, elements, { open: true })
    return state.table<KeyMatches>('matches').get(0, 'x')
  }

  test('is plain data that can be saved', () => {
    const kept = keptIn([...records([1, 0], [2, 1], [2, 2]), watermark(9)], {
      ...any,
      pattern: [
        any.pattern[0],
        { ...any.pattern[1], where: 'v = 2 AND COUNT(b.*) < 9' },
        any.pattern[2],
      ],
    })
    expect(kept?.partials).toBe(4)
    expect(structuredClone(kept)).toEqual(kept)
    expect(JSON.parse(JSON.stringify(kept))).toEqual(kept)
  })

  test('is shared by matches that begin alike', () => {
    // The partial matches a, ab1, ab2 and ab1b2 have seven records between them.
    const kept = keptIn([...records([1, 0], [2, 1], [2, 2]), watermark(9)], any)
    expect(kept?.links.filter((link) => link !== null)).toHaveLength(4)
    expect(kept?.records.filter((held) => held !== null)).toHaveLength(3)
  })

  test('goes when its time is over, after a match, and by skipping', () => {
    const given = records([1, 0], [2, 1], [2, 2], [3, 3])
    expect(keptIn([...given, watermark(3_600_000)], any)).toBe(undefined)
    const skipping = { ...any, afterMatch: 'skip-past-last' }
    expect(keptIn([...given, watermark(9)], skipping)).toBe(undefined)
    const again = keptIn([...given, ...records([1, 5]), watermark(9)], skipping)
    expect(again?.partials).toBe(1)
    expect(again === undefined ? 0 : earliestFirst(again)).toBe(0)
  })

  test('is bounded: more partial matches than a key may have fail the job by node and key', () => {
    const many = Array.from({ length: 18 }, (_, at) => [2, at + 1] as const)
    const { failure } = run(any, records([1, 0], ...many))
    expect(failure).toMatchObject({ domain: 'user', retry: false })
    expect(failure?.message).toMatch(
      /^Node "tested", key \{"k":"x"\}, has 100001 partial matches, and may have 100000\. Make the pattern narrower: /,
    )
  })

  test('does not pile up where records meet no condition for long', () => {
    const others = Array.from({ length: 500 }, (_, at) => [7, at + 1] as const)
    const kept = keptIn([...records([1, 0], ...others), watermark(900)], any)
    expect(kept?.records.length).toBe(1)
    expect(kept?.links.length).toBe(1)
  })
})

test('a sum that leaves its range fails the job by node and key', () => {
  const config = { ...ab, partitionBy: ['k'], columns: { s: 'SUM(a.n)' } }
  const loop = [{ name: 'a', where: 'v = 1', times: 2 }, ab.pattern[1]]
  const huge = Number.MAX_SAFE_INTEGER
  const given = [1, 1, 2].map((v, at) => record({ k: 'x', v, n: huge }, at))
  const { failure } = run({ ...config, pattern: loop }, given)
  expect(failure?.message).toMatch(/^Node "tested", key \{"k":"x"\}, /)
})

test('many matches of one record leave in steps, and the record count is the same', () => {
  const starts = Array.from({ length: 9000 }, (_, at) => [1, at] as const)
  const { outputs, ledger } = run(ab, records(...starts, [2, 9001]))
  expect(outputs.out).toHaveLength(9000)
  expect(ledger.toJson()).toMatchObject({ absorbed: 9001, held: 0 })
})

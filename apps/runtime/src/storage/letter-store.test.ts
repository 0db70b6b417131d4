/** The store of dead letters: limits are kept and counted, and nothing counts twice. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type DeadLetter, encodeState } from '@millrace/engine'
import { seededRandom } from '@millrace/engine/testing'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { LetterEvent } from '../letters/letter-events.ts'
import type { HeldOf } from '../letters/letter-line.ts'
import { searchLetters } from './letter-search.ts'
import { LetterStore } from './letter-store.ts'
import { LETTERS_FILE, openLetterTables } from './letter-tables.ts'

const LIMITS = { countMax: 10, bytesMax: 1_000_000, keepMs: 1000, keepDiscardedMs: 100 }

function refused(n: number, more: Partial<DeadLetter> = {}): LetterEvent {
  const letter: DeadLetter = {
    ...{ nodeId: 'half', operator: 'filter', code: 'division-by-zero', raw: `{"n":${n}}` },
    ...{ reason: `No ${n}.`, line: null, offsetBytes: null, refusedAtMs: n, channel: 0 },
    ...more,
  }
  return { kind: 'refused', jobId: 'job', id: `job.half.${n}`, letter }
}

function outcome(n: number, attempt: number, result: 'passed' | 'refused'): LetterEvent {
  const cause = { code: 'other', message: 'Other.' }
  return {
    kind: 'outcome',
    jobId: 'job',
    outcome: {
      ...{ letterId: `job.half.${n}`, attempt, nodeId: 'half', result, atMs: 5 },
      ...(result === 'refused' ? { cause } : {}),
    },
  }
}

function begun(jobId: string, root: string, before: readonly HeldOf[]): LetterEvent {
  return { kind: 'begun', jobId, root, before }
}

function open(limits = LIMITS) {
  const store = new LetterStore(openLetterTables(':memory:'), limits)
  let place = 0
  const apply = (events: readonly LetterEvent[], nowMs = 0) => {
    place += events.length
    store.apply(events, place, () => 'p', nowMs)
  }
  return { store, apply }
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

test('beyond the number that is kept the oldest go, first those that are done, and are counted', () => {
  const { store, apply } = open()
  apply(range(0, 10).map((n) => refused(n)))
  store.send('job.half.7', 'job', undefined, undefined)
  apply([outcome(7, 1, 'passed')])
  apply(range(10, 13).map((n) => refused(n)))
  const kept = store.list({ pipelineId: 'p', limit: 100 }).map(({ id }) => id)
  expect(kept).toEqual([12, 11, 10, 9, 8, 6, 5, 4, 3, 2].map((n) => `job.half.${n}`))
  expect(store.books('p')).toMatchObject({ open: 10, done: 0, seen: 13, displaced: 2, expired: 0 })
})

test('beyond the size that is kept the oldest go', () => {
  const { store, apply } = open({ ...LIMITS, bytesMax: 3000 })
  apply(range(0, 8).map((n) => refused(n, { raw: 'x'.repeat(500) })))
  expect(store.books('p')).toMatchObject({ open: 3, bytes: 3000, displaced: 5 })
})

test('what is older than it is kept goes, and is counted', () => {
  const { store, apply } = open()
  apply([refused(1), refused(900)], 0)
  apply([refused(1001)], 1500)
  expect(store.books('p')).toMatchObject({ open: 2, expired: 1, seen: 3 })
})

test('what is told again counts once', () => {
  const { store, apply } = open()
  apply([refused(1), refused(1)])
  expect(store.send('job.half.1', 'job', undefined, undefined)).toMatchObject({ attempt: 1 })
  expect(store.send('job.half.1', 'job', undefined, undefined)).toBeUndefined()
  apply([outcome(1, 1, 'refused'), outcome(1, 1, 'passed')])
  expect(store.find('p', 'job.half.1')).toMatchObject({
    ...{ state: 'open', attempts: 1, result: 'refused' },
    detail: { code: 'other', reason: 'Other.' },
  })
  expect(store.send('job.half.1', 'job', undefined, undefined)).toMatchObject({ attempt: 2 })
  apply([outcome(1, 1, 'refused'), outcome(1, 2, 'passed')])
  expect(store.find('p', 'job.half.1')).toMatchObject({ state: 'done', result: 'passed' })
  expect(store.groups('p').map(({ code, done, open: left }) => [code, left, done])).toEqual([
    ['other', 0, 1],
  ])
})

test('a job that ends leaves open what it has not come to', () => {
  const { store, apply } = open()
  apply([refused(1), refused(2)])
  store.send('job.half.1', 'job', undefined, undefined)
  expect(store.jobsSentTo()).toEqual(['job'])
  store.reopen('job')
  expect(store.books('p')).toMatchObject({ open: 2, sent: 0 })
  expect(store.jobsSentTo()).toEqual([])
})

test('a text of the user is sent in place of what came, and what is sent is not discarded', () => {
  const { store, apply } = open()
  apply([refused(1), refused(2)])
  const edited = new Uint8Array([1, 2])
  expect(store.send('job.half.1', 'job', edited, 77)).toMatchObject({
    ...{ bytes: edited, eventTimeMs: 77, channel: 0, nodeId: 'half' },
  })
  expect(store.discard('p', ['job.half.1', 'job.half.2', 'job.half.9'], 0)).toBe(1)
  expect(store.books('p')).toMatchObject({ open: 0, sent: 1, discarded: 1 })
  expect(store.find('other', 'job.half.1')).toBeUndefined()
})

test('what was discarded is taken back for a while, then goes, and stays counted where it went', () => {
  const { store, apply } = open()
  const letters = (states?: 'discarded'[]) =>
    store.list({ pipelineId: 'p', states, limit: 100 }).map(({ id }) => id)
  apply(range(0, 4).map((n) => refused(n)))
  store.discard('p', ['job.half.1', 'job.half.2', 'job.half.3'], 10)
  expect(store.groups('p')).toMatchObject([{ open: 1, discarded: 3, sample: '{"n":0}' }])
  expect([letters(), letters(['discarded'])]).toEqual([
    ['job.half.0'],
    ['job.half.3', 'job.half.2', 'job.half.1'],
  ])
  expect(store.restore('p', ['job.half.1', 'job.half.0', 'job.half.77'], true)).toBe(1)
  expect(store.books('p')).toMatchObject({ open: 2, discarded: 2 })
  expect(store.send('job.half.2', 'job', undefined, undefined)).toBeUndefined()

  apply([refused(4)], 111)
  expect(letters(['discarded'])).toEqual([])
  expect(store.restore('p', ['job.half.2'], true)).toBe(0)
  expect(store.books('p')).toMatchObject({ open: 3, discarded: 2, seen: 5 })
  expect(store.groups('p')).toMatchObject([{ open: 3, discarded: 2, sample: '{"n":4}' }])
})

test('where all letters of a group were discarded, it is listed as long as they can be taken back', () => {
  const { store, apply } = open()
  apply([refused(1)])
  store.discard('p', ['job.half.1'], 10)
  expect(store.groups('p')).toMatchObject([{ open: 0, discarded: 1 }])
  expect(store.groups('p')[0]).not.toHaveProperty('sample')
  store.discard('p', [], 111)
  expect(store.groups('p')).toEqual([])
})

test('where there are too many, those that were discarded go before all others', () => {
  const { store, apply } = open()
  apply(range(0, 10).map((n) => refused(n)))
  store.send('job.half.0', 'job', undefined, undefined)
  apply([outcome(0, 1, 'passed')])
  store.discard('p', ['job.half.8'], 10)
  apply([refused(10)], 20)
  expect(store.find('p', 'job.half.8')).toBeUndefined()
  expect(store.books('p')).toMatchObject({ open: 9, done: 1, discarded: 1, displaced: 0 })
})

test('many are sent in at once, each as it came', () => {
  const { store, apply } = open()
  apply(range(0, 3).map((n) => refused(n)))
  store.discard('p', ['job.half.1'], 0)
  const sent = store.sendAll(['job.half.0', 'job.half.1', 'job.half.2'], 'job')
  expect(sent.map(({ letterId, attempt }) => [letterId, attempt])).toEqual([
    ['job.half.0', 1],
    ['job.half.2', 1],
  ])
  expect(store.books('p')).toMatchObject({ open: 0, sent: 2 })
})

test('a page of letters of several states is in order, and another one follows where it ends', () => {
  const { store, apply } = open()
  apply(range(0, 9).map((n) => refused(n)))
  for (const n of [1, 4, 7]) store.send(`job.half.${n}`, 'job', undefined, undefined)
  const pages: string[][] = []
  for (let before: number | undefined; ; ) {
    const page = store.list({ pipelineId: 'p', states: ['open', 'sent'], before, limit: 4 })
    if (page.length === 0) break
    pages.push(page.map(({ id }) => id.replace('job.half.', '')))
    before = page.at(-1)?.seq
  }
  expect(pages).toEqual([['8', '7', '6', '5'], ['4', '3', '2', '1'], ['0']])
})

const BINARY = Uint8Array.from([0xff, 0, 0x41, 0x42, 0])

test.each([
  ['order-7', ['order-7', 'ORDER-71']],
  ['ORDER-7', ['order-7', 'ORDER-71']],
  ['Jürgen', ['jÜrgen', 'Jürgen']],
  ['%', ['100 %']],
  ['AB', ['bytes']],
  ['corrected', ['order-1']],
  ['nowhere', []],
])('records that contain %j are found, as they came or were corrected', (search, expected) => {
  const { store, apply } = open({ ...LIMITS, countMax: 100 })
  const texts = ['order-1', 'order-7', 'ORDER-71', 'Jürgen', 'jÜrgen', '100 %']
  apply(texts.map((raw, n) => refused(n, { raw })))
  apply([refused(texts.length, { raw: '', bytes: BINARY })])
  store.send('job.half.0', 'job', new TextEncoder().encode('Corrected'), undefined)
  const { letters, next } = searchLetters(store, { pipelineId: 'p', search, limit: 100 })
  const found = letters.map(({ id }) => texts[Number(id.replace('job.half.', ''))] ?? 'bytes')
  // Only A to Z are the same in either case.
  expect(found.toSorted()).toEqual(expected.filter((text) => text !== 'jÜrgen').toSorted())
  expect(next).toBeUndefined()
})

test('however little is looked at or asked for at a time, a search finds the same in order', () => {
  const random = seededRandom(11)
  for (let round = 0; round < 40; round++) {
    const { store, apply } = open({ ...LIMITS, countMax: 10_000 })
    const count = random.integer(1, 60)
    const raws = range(0, count).map(() => `${random.integer(0, 9)}`.repeat(random.integer(1, 90)))
    apply(raws.map((raw, n) => refused(n, { raw })))
    for (const n of range(0, count)) {
      if (random.chance(0.3)) store.send(`job.half.${n}`, 'job', undefined, undefined)
    }
    const states = random.pick([['open'], ['open', 'sent'], ['open', 'sent', 'done']] as const)
    const search = `${random.integer(0, 9)}`
    const inStates = new Set(
      store.list({ pipelineId: 'p', states, limit: 1000 }).map(({ id }) => id),
    )
    const expected = raws
      .map((raw, n) => ({ id: `job.half.${n}`, raw }))
      .filter(({ id, raw }) => inStates.has(id) && raw.includes(search))
      .map(({ id }) => id)
      .toReversed()
    const found: string[] = []
    const bytesAtOnce = random.integer(1, 4_000)
    const limit = random.integer(1, 20)
    for (let before: number | undefined; ; ) {
      const query = { pipelineId: 'p', states, search, before, limit }
      const page = searchLetters(store, query, bytesAtOnce)
      expect(page.letters.length).toBeLessThanOrEqual(limit)
      found.push(...page.letters.map(({ id }) => id))
      if (page.next === undefined) break
      if (before !== undefined) expect(page.next).toBeLessThan(before)
      before = page.next
    }
    expect(found).toEqual(expected)
  }
})

/** As the first version made them. */
const TABLES_OF_BEFORE = `
  CREATE TABLE tail (place INTEGER NOT NULL);
  INSERT INTO tail VALUES (3);
  CREATE TABLE books (
    pipeline_id TEXT PRIMARY KEY, bytes INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0,
    discarded INTEGER NOT NULL DEFAULT 0, expired INTEGER NOT NULL DEFAULT 0,
    displaced INTEGER NOT NULL DEFAULT 0
  );
  INSERT INTO books (pipeline_id, bytes, seen) VALUES ('p', 1000, 2);
  CREATE TABLE groups (
    id INTEGER PRIMARY KEY, pipeline_id TEXT NOT NULL, node_id TEXT NOT NULL, operator TEXT NOT NULL,
    code TEXT NOT NULL, pattern TEXT NOT NULL, message TEXT NOT NULL,
    first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    open INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0, discarded INTEGER NOT NULL DEFAULT 0,
    UNIQUE (pipeline_id, node_id, code, pattern)
  );
  INSERT INTO groups (id, pipeline_id, node_id, operator, code, pattern, message, first_ms, last_ms,
    open, done) VALUES (1, 'p', 'half', 'filter', 'other', 'No.', 'No.', 1, 1, 1, 1);
  CREATE TABLE letters (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, pipeline_id TEXT NOT NULL,
    group_id INTEGER NOT NULL REFERENCES groups (id), state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, result TEXT, resend_of TEXT, sent_to TEXT,
    refused_ms INTEGER NOT NULL, bytes INTEGER NOT NULL,
    raw BLOB NOT NULL, edited BLOB, detail BLOB NOT NULL
  );
  PRAGMA user_version = 1;
`

test('a file of a version before is brought up to date, and one of a later version is refused', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-letters-'))
  try {
    const file = new Sqlite(path.join(folder, LETTERS_FILE))
    file.exec(TABLES_OF_BEFORE)
    const known = refused(1)
    const detail = known.kind === 'refused' ? Buffer.from(encodeState({ ...known.letter })) : null
    const add = file.prepare(
      "INSERT INTO letters (id, pipeline_id, group_id, state, attempts, result, refused_ms, bytes, raw, detail) VALUES (?, 'p', 1, ?, ?, ?, 1, 500, x'7b', ?)",
    )
    add.run('job.half.1', 'open', 0, null, detail)
    add.run('job.half.2', 'done', 1, 'passed', detail)
    file.close()
    const store = new LetterStore(openLetterTables(folder), LIMITS)
    // Nobody has noted where these were told: they are not given back, nor put aside.
    store.apply([begun('later', 'job', [{ jobId: 'job', count: 0 }])], 4, () => 'p', 0)
    expect(store.books('p')).toMatchObject({ open: 1, done: 1, discarded: 0 })
    expect(store.discard('p', ['job.half.1'], 5)).toBe(1)
    store.close()
    const later = new Sqlite(path.join(folder, LETTERS_FILE))
    later.exec('PRAGMA user_version = 77')
    later.close()
    expect(() => openLetterTables(folder)).toThrow(
      '"dead-letters.sqlite" has version 77, and this Millrace reads 3. Start a newer one, or move the ' +
        'file away: then there are no dead letters of before.',
    )
    writeFileSync(path.join(folder, LETTERS_FILE), 'not a database, '.repeat(1000))
    expect(() => openLetterTables(folder)).toThrow(
      `"dead-letters.sqlite" in the data folder "${folder}" is not a database, or is damaged.`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('what is told of a letter after its job has ended holds, unless it was sent in once more', () => {
  const { store, apply } = open()
  apply(range(0, 4).map((n) => refused(n)))
  for (const n of range(0, 4)) store.send(`job.half.${n}`, 'job', undefined, undefined)
  store.reopen('job')
  store.discard('p', ['job.half.1'], 0)
  store.send('job.half.2', 'another', undefined, undefined)
  apply([outcome(0, 1, 'passed'), outcome(1, 1, 'passed'), outcome(2, 1, 'passed')])
  apply([outcome(3, 1, 'refused'), outcome(3, 1, 'passed')])
  const states = range(0, 4).map((n) => store.find('p', `job.half.${n}`)?.state)
  expect(states).toEqual(['done', 'done', 'sent', 'open'])
  expect(store.books('p')).toMatchObject({ open: 1, sent: 1, done: 2, discarded: 0 })
})

test('an event time that somebody has corrected is the one that is written again', () => {
  const { store, apply } = open()
  apply([refused(1, { eventTimeMs: 5 })])
  const request = store.send('job.half.1', 'job', undefined, 7)
  expect(request?.eventTimeMs).toBe(7)
  expect(store.sentTo('job')).toEqual([request])
})

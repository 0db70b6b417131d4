/** Dead letters over the API: grouped by cause, corrected, and sent in again to a running job. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { start, startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const WAIT = { timeout: 30_000 }
const schema = { n: 'integer' }

function document(topic: string) {
  return {
    ...{ format: 'millrace/1', name: `Read ${topic}`, settings: { checkpointInterval: '1s' } },
    nodes: {
      in: { operator: 'topic-source', config: { topic, schema } },
      half: { operator: 'filter', config: { where: '10 / n > 0' } },
      out: { operator: 'topic-sink', config: { topic: `${topic}-out` } },
    },
    edges: [
      { from: 'in', to: 'half' },
      { from: 'half', to: 'out' },
    ],
  }
}

async function begin(topic: string) {
  const jobId = await start(server, document(topic))
  const { pipelineId: id } = await server.ask('getJob', `/jobs/${jobId}`)
  return { id, jobId }
}

async function produce(topic: string, values: readonly object[]): Promise<void> {
  for (const value of values) {
    const record = { key: null, value }
    await server.ask('produceRecord', `/topics/${topic}/records`, record)
  }
}

async function output(topic: string): Promise<readonly unknown[]> {
  const path = `/topics/${topic}-out/records?limit=1000`
  const response = await server.fetch('GET', `/api/v1${path}`)
  if (response.status === 404) return []
  const { records } = (await response.json()) as { records: { value: { text: string } }[] }
  return records.map(({ value }) => JSON.parse(value.text).n)
}

const lettersOf = (id: string) => `/pipelines/${id}/dead-letters`

async function groups(id: string) {
  const { groups: found } = await server.ask('listLetterGroups', lettersOf(id))
  return found.map(({ nodeId, code, pattern, open, sent, done }) => {
    return [nodeId, code, pattern, open, sent, done]
  })
}

const WRONG_TYPE = ['in', 'wrong-type', 'Partition #: Column "n": "…" is not of type integer.']
const ZERO = [
  ...['half', 'division-by-zero'],
  'Division by zero. Guard the divisor with NULLIF(x, 0), which gives NULL instead.',
]

test('letters are grouped, looked at, corrected, replayed once, and discarded', async () => {
  await server.ask('createTopic', '/topics', { topic: 'orders' })
  const { id } = await begin('orders')
  await produce('orders', [
    ...[{ text: '{"n":1}' }, { text: '{"n":"x"}' }, { text: '{"n":"y"}' }, { text: '{"n":0}' }],
    ...[{ base64: '/wA=' }, { text: '{"n":2}' }],
  ])
  const open = [
    [...WRONG_TYPE, 2, 0, 0],
    [...ZERO, 1, 0, 0],
    ['in', 'not-utf8', 'Partition #: The value is not UTF-8.', 1, 0, 0],
  ]
  await expect.poll(async () => (await groups(id)).toSorted(), WAIT).toEqual(open.toSorted())
  const { letters } = await server.ask('listLetters', `${lettersOf(id)}/letters`)
  const of = (code: string) => letters.filter((letter) => letter.code === code)
  const [bytes] = of('not-utf8')
  const inFull = await server.ask('getLetter', `${lettersOf(id)}/letters/${bytes?.letter}`)
  expect(inFull).toMatchObject({
    ...{ raw: { base64: '/wA=' }, fault: { start: 0, end: 1 } },
    ...{ topic: 'orders', partition: 0, offset: 4, operator: 'topic-source', replayable: true },
  })
  const [second, first] = of('wrong-type')
  const one = await server.ask('getLetter', `${lettersOf(id)}/letters/${first?.letter}`)
  expect(one).toMatchObject({
    raw: { text: '{"n":"x"}' },
    column: 'n',
    fault: { start: 5, end: 8 },
  })

  // Still wrong: it stays open, with what is wrong now.
  const replay = (letter: string | undefined, body: object) =>
    server.fetch('POST', `/api/v1${lettersOf(id)}/letters/${letter}/replay`, body)
  await replay(first?.letter, { raw: { text: '{"n":7' } })
  const state = async (letter: string | undefined) => {
    const found = await server.ask('getLetter', `${lettersOf(id)}/letters/${letter}`)
    return [found.state, found.result, found.code, found.attempts]
  }
  await expect.poll(() => state(first?.letter), WAIT).toEqual(['open', 'refused', 'not-json', 1])
  const shelf = { state: 'open', search: '{"n":7' }
  const listed = async () => {
    const query = new URLSearchParams(shelf)
    const page = await server.ask('listLetters', `${lettersOf(id)}/letters?${query}`)
    return page.letters.map(({ code, beginning }) => [code, beginning])
  }
  expect(await listed()).toEqual([['not-json', '{"n":7']])

  // Corrected: it passes, and counts once however often it is sent.
  const statuses = await Promise.all(
    [1, 2, 3].map(async () => (await replay(first?.letter, { raw: { text: '{"n":7}' } })).status),
  )
  expect(statuses.toSorted()).toEqual([200, 409, 409])
  // The cause is that of the text which is shown as it came.
  await expect.poll(() => state(first?.letter), WAIT).toEqual(['done', 'passed', 'wrong-type', 2])
  const settled = await server.ask('getLetter', `${lettersOf(id)}/letters/${first?.letter}`)
  expect(settled).toMatchObject({ ...one, state: 'done', attempts: 2, edited: { text: '{"n":7}' } })
  await expect.poll(() => output('orders'), WAIT).toEqual([1, 2, 7])
  expect((await replay(first?.letter, {})).status).toBe(409)

  // What is accepted here and refused further down is a letter of its own.
  await replay(second?.letter, { raw: { text: '{"n":0}' } })
  await expect.poll(() => state(second?.letter), WAIT).toEqual(['done', 'passed', 'wrong-type', 1])
  const further = await server.ask('getLetter', `${lettersOf(id)}/letters/${second?.letter}`)
  expect(further.followers.map(({ nodeId, code }) => [nodeId, code])).toEqual([
    ['half', 'division-by-zero'],
  ])

  // A row is corrected as JSON and comes in at its node.
  const [zero] = of('division-by-zero')
  await replay(zero?.letter, { raw: { text: '{"n":5}' } })
  await expect.poll(() => output('orders'), WAIT).toEqual([1, 2, 7, 5])
  await server.ask('discardLetters', `${lettersOf(id)}/discard`, { letters: [bytes?.letter ?? ''] })
  const { books } = await server.ask('listLetterGroups', lettersOf(id))
  expect(books).toMatchObject({ open: 1, sent: 0, done: 3, seen: 5, discarded: 1 })
  const exported = await server.ask('exportLetters', `${lettersOf(id)}/export`)
  expect(exported.letters.map(({ state: is, nodeId }) => [is, nodeId])).toEqual([
    ['done', 'in'],
    ['done', 'in'],
    ['done', 'half'],
    ['open', 'half'],
  ])
})

test('letters and what becomes of them outlive the engine host', async () => {
  await server.ask('createTopic', '/topics', { topic: 'crashes' })
  const { id } = await begin('crashes')
  await produce('crashes', [{ text: '{"n":"x"}' }, { text: 'oops' }, { text: '{"n":1}' }])
  await expect.poll(async () => (await groups(id)).length, WAIT).toBe(2)
  const { letters } = await server.ask('listLetters', `${lettersOf(id)}/letters`)
  for (const [index, { letter }] of letters.entries()) {
    const body = { raw: { text: `{"n":${index + 2}}` } }
    await server.ask('replayLetter', `${lettersOf(id)}/letters/${letter}/replay`, body)
  }
  server.engines.at(-1)?.kill('SIGKILL')
  const books = async () => {
    const found = await server.ask('listLetterGroups', lettersOf(id))
    return [found.books.open, found.books.sent, found.books.done, found.books.seen]
  }
  await expect.poll(books, WAIT).toEqual([0, 0, 2, 2])
})

test('a pipeline that does not run takes nothing in again', async () => {
  await server.ask('createTopic', '/topics', { topic: 'stopped' })
  const { id, jobId } = await begin('stopped')
  await produce('stopped', [{ text: 'oops' }])
  await expect.poll(async () => (await groups(id)).length, WAIT).toBe(1)
  await server.fetch('DELETE', `/api/v1/jobs/${jobId}`)
  await expect
    .poll(async () => (await server.ask('getJob', `/jobs/${jobId}`)).endedAtMs, WAIT)
    .not.toBeNull()
  const { letters } = await server.ask('listLetters', `${lettersOf(id)}/letters`)
  const path = `/api/v1${lettersOf(id)}/letters/${letters[0]?.letter}/replay`
  const response = await server.fetch('POST', path, {})
  expect([response.status, (await response.json()) as unknown]).toMatchObject([
    409,
    { code: 'pipeline-not-running' },
  ])
})

test('a whole group is discarded, taken back, and replayed, and pages are told of each', async () => {
  await server.ask('createTopic', '/topics', { topic: 'told' })
  const { id } = await begin('told')
  const page = await server.connect()
  const told = (books: object) =>
    page.next('lettersChanged', (event) => {
      const known = new Map(Object.entries(event.books))
      return (
        event.pipelineId === id &&
        Object.entries(books).every(([name, count]) => known.get(name) === count)
      )
    })
  await produce('told', [{ text: '{"n":"x"}' }, { text: '{"n":"y"}' }, { text: 'oops' }])
  await told({ open: 3, seen: 3 })
  const [group] = (await server.ask('listLetterGroups', lettersOf(id))).groups
  expect(group).toMatchObject({ nodeId: 'in', code: 'wrong-type', open: 2, sample: '{"n":"y"}' })
  const chosen = { group: group?.group }
  const { discarded } = await server.ask('discardLetters', `${lettersOf(id)}/discard`, chosen)
  await told({ open: 1, discarded: 2 })
  const listed = async (state: string) => {
    const path = `${lettersOf(id)}/letters?state=${state}&group=${group?.group}`
    return (await server.ask('listLetters', path)).letters.map((letter) => letter.beginning)
  }
  expect([discarded, await listed('discarded'), await listed('open,sent')]).toEqual([
    ...[2, ['{"n":"y"}', '{"n":"x"}'], []],
  ])
  const { restored } = await server.ask('restoreLetters', `${lettersOf(id)}/restore`, chosen)
  expect([restored, await listed('discarded')]).toEqual([2, []])

  // As they came, they are refused again; that counts as an attempt and leaves them open.
  const { sent } = await server.ask('replayLetters', `${lettersOf(id)}/replay`, { all: true })
  expect(sent).toBe(3)
  const attempts = async () => {
    const { letters } = await server.ask('listLetters', `${lettersOf(id)}/letters?state=open`)
    return letters.map((letter) => [letter.attempts, letter.result])
  }
  await expect.poll(attempts, WAIT).toEqual(Array(3).fill([1, 'refused']))
  const none = await server.fetch('POST', `/api/v1${lettersOf(id)}/replay`, {})
  expect([none.status, (await none.json()) as unknown]).toEqual([
    400,
    {
      code: 'no-letters-named',
      message: 'Name the letters, or the group they are of, or say that all are meant.',
    },
  ])
  const path = `/api/v1${lettersOf(id)}/letters?state=gone`
  expect((await server.fetch('GET', path)).status).toBe(400)
})

/** Dead letters of a job that goes back: what its state does not hold waits again, and once. */

import { expect, test } from 'vitest'
import { start, startTestServer } from './testing/test-server.ts'

const WAIT = { timeout: 120_000 }
const TOPIC = 'gone-back'

const PIPELINE = {
  ...{ format: 'millrace/1', name: 'Goes back', settings: { checkpointInterval: '1h' } },
  nodes: {
    in: { operator: 'topic-source', config: { topic: TOPIC, schema: { n: 'integer' } } },
    half: { operator: 'filter', config: { where: '10 / n > 0' } },
    each: {
      operator: 'group-aggregate',
      config: { groupBy: ['n'], aggregates: { times: 'COUNT(*)' } },
    },
    view: { operator: 'view-sink', config: {} },
  },
  edges: [
    { from: 'in', to: 'half' },
    { from: 'half', to: 'each' },
    { from: 'each', to: 'view' },
  ],
}

test('a letter that was accepted after the savepoint is given back, and counts once when sent in', async () => {
  await using server = await startTestServer()
  await server.ask('createTopic', '/topics', { topic: TOPIC })
  const first = await start(server, PIPELINE)
  const { pipelineId } = await server.ask('getJob', `/jobs/${first}`)
  const path = `/pipelines/${pipelineId}/dead-letters`
  const produce = async (text: string) => {
    const record = { key: null, value: { text } }
    await server.ask('produceRecord', `/topics/${TOPIC}/records`, record)
  }
  const letters = async () => {
    const query = 'state=open,sent,done,discarded'
    const found = await server.ask('listLetters', `${path}/letters?${query}`)
    return found.letters.map(({ beginning, state, givenBack, goneBack, jobId }) => {
      const marks = [...(givenBack ? ['given back'] : []), ...(goneBack ? ['gone back'] : [])]
      return [beginning, jobId === first ? 'first' : 'second', state, ...marks]
    })
  }
  let savepointId = ''
  /** What is refused is listed with a checkpoint, so one is made each time that is looked. */
  const lettersAt = (jobId: string) => async () => {
    const body = {}
    const made = await server.ask('makeSavepoint', `/jobs/${jobId}/savepoints`, body)
    savepointId = made.savepointId
    return letters()
  }
  await produce('{"n":"x"}')
  await expect.poll(lettersAt(first), WAIT).toEqual([['{"n":"x"}', 'first', 'open']])
  const goBackTo = savepointId

  const { letters: listed } = await server.ask('listLetters', `${path}/letters`)
  const one = `${path}/letters/${listed[0]?.letter}`
  await server.ask('replayLetter', `${one}/replay`, { raw: { text: '{"n":7}' } })
  await expect.poll(letters, WAIT).toEqual([['{"n":"x"}', 'first', 'done']])
  await produce('{"n":0}')
  const before = [
    ['{"n":0}', 'first', 'open'],
    ['{"n":"x"}', 'first', 'done'],
  ]
  await expect.poll(lettersAt(first), WAIT).toEqual(before)
  await server.ask('endJob', `/jobs/${first}/end`, { how: 'checkpoint' })

  const from = { kind: 'savepoint', savepointId: goBackTo }
  const { since } = await server.ask('getDeployImpact', `/pipelines/${pipelineId}/impact`, { from })
  expect(since).toEqual([
    '1 dead letter refused since is put aside: its record is read again.',
    '1 dead letter accepted since waits again, as it was corrected.',
  ])
  expect(await letters()).toEqual(before)
  const { jobId: second } = await server.ask('startJob', '/jobs', { pipelineId, from })
  const running = async () => (await server.ask('getJob', `/jobs/${second}`)).state
  await expect.poll(running, WAIT).toBe('running')
  const after = [
    ['{"n":0}', 'second', 'open'],
    ['{"n":0}', 'first', 'discarded', 'gone back'],
    ['{"n":"x"}', 'first', 'open', 'given back'],
  ]
  await expect.poll(lettersAt(second), WAIT).toEqual(after)
  expect((await server.ask('getLetter', one)).edited).toEqual({ text: '{"n":7}' })
  const { books } = await server.ask('listLetterGroups', path)
  expect(books).toMatchObject({ open: 2, sent: 0, done: 0, discarded: 1, seen: 3 })
  // Those whose records are read again are taken back only by their names.
  expect(await server.ask('restoreLetters', `${path}/restore`, { all: true })).toEqual({
    restored: 0,
  })

  // As it was corrected before.
  await server.ask('replayLetter', `${one}/replay`, {})
  const rows = async () => (await server.ask('getView', `/jobs/${second}/views/view`)).rows
  await expect.poll(rows, WAIT).toEqual([{ n: 7, times: 1 }])
  await expect.poll(async () => (await server.ask('getLetter', one)).state, WAIT).toBe('done')
}, 300_000)

/** What the list of versions says over the API. */

import { differenceSentence, type wire } from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

function filtering(where: string, layout: readonly [number, number] = [0, 0]) {
  const columns = { n: { type: 'sequence' } }
  return {
    ...{ format: 'millrace/1', name: 'Numbers' },
    nodes: {
      in: { operator: 'generator-source', config: { columns, count: 3 } },
      some: { operator: 'filter', title: 'Large ones', config: { where } },
      out: { operator: 'inspect-sink', config: {} },
    },
    edges: [
      { from: 'in', to: 'some' },
      { from: 'some', to: 'out' },
    ],
    layout: { some: layout },
  }
}

/** A version for each document. */
async function saved(documents: readonly object[]): Promise<string> {
  const [first, ...more] = documents
  const { id } = await server.ask('createPipeline', '/pipelines', { document: first })
  for (const [index, document] of more.entries()) {
    await server.ask('savePipeline', `/pipelines/${id}`, { document, baseVersion: index + 1 })
  }
  return id
}

function said({ entries }: wire.History): readonly (readonly [number, string | null])[] {
  return entries.map(({ version, difference }) => {
    return [version, difference === null ? null : differenceSentence(difference)]
  })
}

test('each version says what changed against the one before', async () => {
  const id = await saved([filtering('n > 1'), filtering('n > 2'), filtering('n > 2', [80, 0])])
  const history = await server.ask('getHistory', `/pipelines/${id}/history`)
  expect(said(history)).toEqual([
    [3, 'Only the drawing: 1 node moved'],
    [2, 'Large ones: Where n > 1 → n > 2'],
    [1, null],
  ])
  expect(history.next).toBeNull()
  expect(history.entries.map(({ runs }) => runs)).toEqual([0, 0, 0])
})

test('older ones come page by page, and each page goes on where the last has ended', async () => {
  const id = await saved([0, 1, 2, 3, 4].map((least) => filtering(`n > ${least}`)))
  const first = await server.ask('getHistory', `/pipelines/${id}/history?limit=2`)
  expect(said(first)).toEqual([
    [5, 'Large ones: Where n > 3 → n > 4'],
    [4, 'Large ones: Where n > 2 → n > 3'],
  ])
  expect(first.next).toBe(4)
  const rest = await server.ask('getHistory', `/pipelines/${id}/history?limit=3&before=4`)
  expect(rest.entries.map(({ version }) => version)).toEqual([3, 2, 1])
  expect(rest.next).toBeNull()
})

test('those that ran are compared with one another, and count their jobs', async () => {
  const id = await saved([filtering('n > 1'), filtering('n > 2'), filtering('n > 3')])
  const body = { pipelineId: id, from: { kind: 'beginning' } }
  for (const version of [1, 3, 3]) {
    const { jobId } = await server.ask('startJob', '/jobs', { ...body, version })
    await expect
      .poll(async () => (await server.ask('getJob', `/jobs/${jobId}`)).state, { timeout: 60_000 })
      .toBe('finished')
  }
  const history = await server.ask('getHistory', `/pipelines/${id}/history?only=ran`)
  expect(said(history)).toEqual([
    [3, 'Large ones: Where n > 1 → n > 3'],
    [1, null],
  ])
  expect(history.entries.map(({ runs, comparedWith }) => [runs, comparedWith])).toEqual([
    [2, 1],
    [1, null],
  ])
})

test('a pipeline that is not there is refused by name', async () => {
  const response = await server.fetch('GET', '/api/v1/pipelines/gone/history')
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'no-such-pipeline' })
})

/** Calls to the host: what is sent, and what is made of every kind of answer. */

import { expect, test } from 'vitest'
import { AWAY, createApi } from './api.ts'

function answering(status: number, text: string) {
  const sent: { url: string; request: RequestInit }[] = []
  const api = createApi(async (url, request) => {
    sent.push({ url, request })
    return new Response(text, { status })
  }, 'this-tab')
  return { api, sent }
}

test('parameters stand in the path, and the tab names itself', async () => {
  const { api, sent } = answering(200, '[]')
  const answer = await api.call('listVersions', { params: { id: 'a/b' } })
  expect(answer).toEqual({ kind: 'done', reply: [] })
  expect(sent[0]?.url).toBe('/api/v1/pipelines/a%2Fb/versions')
  expect(sent[0]?.request.headers).toMatchObject({ 'X-Millrace-Client': 'this-tab' })
})

test('a refusal keeps the words of the host', async () => {
  const error = { code: 'no-pipeline', message: 'There is no pipeline "a".' }
  const { api } = answering(404, JSON.stringify(error))
  const answer = await api.call('getPipeline', { params: { id: 'a' } })
  expect(answer).toEqual({ kind: 'refused', status: 404, error })
})

test.each([502, 503, 504])(
  'status %d without words of ours means that the host is away',
  async (status) => {
    const { api } = answering(status, '<html>')
    expect(await api.call('listHosts', {})).toEqual({ kind: 'away', message: AWAY })
  },
)

test('no connection means that the host is away', async () => {
  const api = createApi(() => Promise.reject(new TypeError('No connection.')), 'this-tab')
  expect(await api.call('listHosts', {})).toEqual({ kind: 'away', message: AWAY })
})

test('an answer of another shape is refused, and not used', async () => {
  const { api } = answering(200, '{"id": 5}')
  const answer = await api.call('getPipeline', { params: { id: 'a' } })
  expect(answer.kind === 'refused' && answer.error.message).toBe(
    'The answer of the server does not fit this page. Reload the page.',
  )
})

/** When the server is asked whether files and topics are there, and what the editor makes of it. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import type { Answer, Api } from '../api/api.ts'
import { setConfig, setTitle } from '../editor/commands.ts'
import { createEditor } from '../editor/editor.ts'
import { createFakeEnv, pipelineOf, settled } from '../editor/testing/fakes.ts'
import { registry } from '../operators/registry.ts'
import { watchPlaces } from './watch-places.ts'

const COPY = `{
  "format": "millrace/1",
  "name": "Copy",
  "nodes": {
    "in": {
      "operator": "topic-source",
      "config": { "topic": "orders", "schema": { "n": "integer" } }
    },
    "out": { "operator": "inspect-sink" }
  },
  "edges": [{ "from": "in", "to": "out" }]
}`

function gone(topic: string): wire.WireProblem {
  const message = `There is no topic "${topic}" yet.`
  return { code: 'topic-not-there', severity: 'warning', nodeId: 'in', path: ['topic'], message }
}

function watched(text = COPY) {
  const env = createFakeEnv()
  const editor = createEditor(pipelineOf(text), registry)
  const asked: (readonly wire.Place[])[] = []
  const bodies: object[] = []
  const server = { has: new Set<string>(), away: false, visible: true }
  let occasion = (): void => undefined
  const call = async (_: string, { body }: { body: { places: readonly wire.Place[] } }) => {
    asked.push(body.places)
    bodies.push(body)
    const problems = body.places.flatMap((place) =>
      place.kind !== 'topic' || server.has.has(place.topic) ? [] : [gone(place.topic)],
    )
    const answer: Answer<unknown> = server.away
      ? { kind: 'away', message: 'Away.' }
      : { kind: 'done', reply: { problems } }
    return answer
  }
  const stop = watchPlaces({
    ...{ editor, env, pipelineId: 'p1', api: { call } as unknown as Api },
    isVisible: () => server.visible,
    onOccasion: (callback) => {
      occasion = callback
      return () => undefined
    },
  })
  const codes = () => editor.store.getState().analysis.problems.map(({ code }) => code)
  return { env, editor, asked, bodies, server, stop, codes, occasion: () => occasion() }
}

test('a topic that is missing is a problem of its node, until it is there', async () => {
  const { env, editor, asked, server, codes } = watched()
  await settled()
  expect(codes()).toEqual(['topic-not-there'])
  expect(editor.store.getState().analysis.nodes.get('in')?.problems).toHaveLength(1)
  server.has.add('orders')
  await env.pass(5_000)
  expect(codes()).toEqual([])
  await env.pass(60_000)
  expect(asked).toHaveLength(2)
})

test('another topic is asked for once, when somebody stops typing', async () => {
  const { env, editor, asked, server, codes } = watched()
  server.has.add('orders-2')
  await settled()
  for (const topic of ['o', 'or', 'orders-2']) {
    editor.change('Set topic', (pipeline) => setConfig(pipeline, 'in', ['topic'], topic))
    // What was said of the old one is said no more.
    expect(codes()).toEqual([])
  }
  await env.pass(500)
  expect(asked.map(([place]) => place?.kind === 'topic' && place.topic)).toEqual([
    'orders',
    'orders-2',
  ])
  expect(codes()).toEqual([])
})

test('what changes no place asks nothing, and keeps what is known', async () => {
  const { env, editor, asked, codes } = watched()
  await settled()
  editor.change('Rename', (pipeline) => setTitle(pipeline, 'in', 'Orders'))
  await env.pass(4_000)
  expect(asked).toHaveLength(1)
  expect(codes()).toEqual(['topic-not-there'])
})

test('nobody is asked for a page that nobody sees, until somebody comes back', async () => {
  const { env, asked, server, codes, occasion } = watched()
  await settled()
  server.visible = false
  await env.pass(60_000)
  expect(asked).toHaveLength(1)
  server.has.add('orders')
  server.visible = true
  occasion()
  await settled()
  expect(codes()).toEqual([])
})

test('a server that is away leaves what is known as it is', async () => {
  const { asked, server, codes, occasion } = watched()
  await settled()
  server.away = true
  occasion()
  await settled()
  expect(asked).toHaveLength(2)
  expect(codes()).toEqual(['topic-not-there'])
})

test('a webhook is asked about, as one of this pipeline', async () => {
  const { bodies } = watched(`{
    "format": "millrace/1",
    "name": "Hook",
    "nodes": {
      "in": {
        "operator": "http-source",
        "config": { "path": "orders", "schema": { "n": "integer" } }
      }
    },
    "edges": []
  }`)
  await settled()
  const places = [{ nodeId: 'in', kind: 'webhook', path: 'orders' }]
  expect(bodies).toEqual([{ places, pipelineId: 'p1' }])
})

test('a pipeline without files and topics asks nothing, and one that is left asks no more', async () => {
  const none = watched('{"format":"millrace/1","name":"None","nodes":{},"edges":[]}')
  await none.env.pass(60_000)
  expect(none.asked).toEqual([])
  const left = watched()
  await settled()
  left.stop()
  await left.env.pass(60_000)
  expect(left.asked).toHaveLength(1)
})

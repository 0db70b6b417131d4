/**
 * Guards the promise of live numbers: a tick renders the badges whose value has changed, and
 * nothing else.
 */

import type { OperatorDescription, Pipeline, wire } from '@millrace/pipeline'
import { act, createElement, Profiler } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, expect, test, vi } from 'vitest'
import { createPageBreakpoints } from '../breakpoints/page-breakpoints.ts'
import { createEditor } from '../editor/editor.ts'
import { type Session, SessionProvider } from '../editor/session.tsx'
import { createConnection } from './connection.ts'
import { seenFrom } from './distance.ts'
import { type Live, LiveContext } from './live.tsx'
import { createLiveJob } from './live-job.ts'
import { NodeFace } from './node-face.tsx'
import { createFakeSocket } from './testing/fake-socket.ts'
import { createManualEnv } from './testing/manual-env.ts'
import { frameOf, metricsOf, statusOf } from './testing/wire-values.ts'

vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)

const NODES = 50
const NODE_IDS = Array.from({ length: NODES }, (_, index) => `node-${index}`)

const unmounts: (() => void)[] = []
afterEach(() => {
  for (const unmount of unmounts.splice(0)) unmount()
})

function pipelineOf(nodeIds: readonly string[]): Pipeline {
  return {
    name: 'Many',
    nodes: new Map(nodeIds.map((id) => [id, { operator: 'unheard-of', config: {} }])),
    ...{ edges: [], settings: {}, layout: new Map(), notes: [] },
  }
}

/** Shows the face of every node, each under a profiler that counts its commits. */
async function show() {
  const socket = createFakeSocket()
  const env = createManualEnv()
  const connection = createConnection(socket, env)
  const reader = {
    newestJob: () => Promise.resolve(statusOf()),
    readLog: () => Promise.resolve({ events: [], dropped: 0 }),
  }
  const job = createLiveJob(connection, reader, env)
  const nothing = { read: () => undefined, write: () => false, remove: () => {}, keys: () => [] }
  const breakpoints = createPageBreakpoints(connection, job, nothing)
  const live: Live = { connection, job, breakpoints, env }
  const registry: ReadonlyMap<string, OperatorDescription> = new Map()
  // What a face does not use is left out.
  const session = { editor: createEditor(pipelineOf(NODE_IDS), registry) } as Partial<Session>
  const commits = new Map<string, number>()
  const faces = NODE_IDS.map((nodeId) =>
    createElement(Profiler, {
      key: nodeId,
      id: nodeId,
      onRender: () => commits.set(nodeId, (commits.get(nodeId) ?? 0) + 1),
      // biome-ignore lint/correctness/noChildrenProp: an element made without JSX
      children: createElement(NodeFace, { nodeId }),
    }),
  )
  const place = document.body.appendChild(document.createElement('div'))
  const root = createRoot(place)
  unmounts.push(() => act(() => root.unmount()))
  for (const name of ['acknowledgeFrame', 'watchJob']) {
    socket.answer(name, () => ({ ok: true, reply: name === 'watchJob' ? statusOf() : {} }))
  }
  job.follow('clicks')
  await act(async () => {
    root.render(
      createElement(SessionProvider, {
        session: session as Session,
        // biome-ignore lint/correctness/noChildrenProp: an element made without JSX
        children: createElement(LiveContext, { value: live }, ...faces),
      }),
    )
    socket.open()
  })
  let sequence = 0
  const tick = (nodes: wire.Frame['nodes'], atMs = 1_000_000) => {
    act(() => {
      sequence++
      socket.say('jobMeasured', frameOf({ sequence, base: sequence - 1, atMs, nodes }))
      // So many nodes are shown over several paints.
      for (let paints = 0; paints < 3; paints++) env.paint()
    })
  }
  tick(Object.fromEntries(NODE_IDS.map((id) => [id, metricsOf({ in: 5, watermark: 990_000 })])))
  commits.clear()
  const textOf = (nodeId: string) => place.children[NODE_IDS.indexOf(nodeId)]?.textContent ?? ''
  return { tick, commits, textOf, place }
}

test('a tick that changes one node renders that node alone', async () => {
  const { tick, commits, textOf } = await show()
  tick({ 'node-7': { inPerSecond: 1_204 } })
  expect([...commits]).toEqual([['node-7', 1]])
  expect(textOf('node-7')).toContain('1.20k')
})

test('a tick whose numbers read the same renders nothing', async () => {
  const { tick, commits } = await show()
  tick({ 'node-7': { in: 6, busy: 0.4, passed: 6 }, 'node-8': { inPerSecond: 0 } })
  expect([...commits]).toEqual([])
})

test('bars move without a render', async () => {
  const { tick, commits, place } = await show()
  tick({ 'node-3': { busy: 0.82 } })
  const bar = place.children[3]?.querySelector<HTMLElement>('.face-busy')
  expect([...commits]).toEqual([])
  const filled = bar?.style.backgroundSize
  expect([filled, bar?.className]).toEqual(['82% 100%', 'face-busy high'])
})

test('from far no words are rendered, which nobody could read, and bars are written in larger steps', async () => {
  const { tick, commits, place, textOf } = await show()
  const face = place.children[3]
  const level = () => face?.querySelector<HTMLElement>('.tide-bar')?.style.backgroundPosition
  act(() => seenFrom.set(32))
  unmounts.push(() => seenFrom.set(1))
  expect(face?.textContent).toBe('')
  commits.clear()
  tick({ 'node-3': { inPerSecond: 1_204, busy: 0.82, watermark: 985_000 } })
  expect([...commits]).toEqual([])
  expect(face?.querySelector('.face-busy')?.className).toBe('face-busy high')
  const far = level()
  act(() => seenFrom.set(1))
  expect(textOf('node-3')).toContain('1.20k')
  tick({ 'node-3': { busy: 0.8 } })
  expect(level()).not.toBe(far)
})

test('from a middle distance one figure of each node is left, which there is room for', async () => {
  const { tick, place, textOf } = await show()
  unmounts.push(() => seenFrom.set(1))
  act(() => seenFrom.set(2))
  tick({ 'node-3': { inPerSecond: 1_204, outPerSecond: 77, late: 3 } })
  expect(textOf('node-3')).toBe('1.20kin/s3 late')
  expect(place.children[3]?.querySelector('.tide-words')).toBe(null)
  act(() => seenFrom.set(1))
  expect(textOf('node-3')).toContain('77')
})

test('late and bad records are said in words, once there are any', async () => {
  const { tick, textOf, commits } = await show()
  expect(textOf('node-1')).not.toContain('late')
  tick({ 'node-1': { late: 214, deadLettered: 1 } })
  expect(textOf('node-1')).toContain('214 late')
  expect(textOf('node-1')).toContain('1 error')
  expect([...commits.keys()]).toEqual(['node-1'])
})

test('what goes out is counted without what came too late or was refused', async () => {
  const { tick, textOf } = await show()
  const rate = (perSecond: number) => ({ rows: 0, perSecond })
  const ports = { out: rate(14), late: rate(2), errors: rate(1) }
  tick({ 'node-4': { outPerSecond: 17, ports } })
  expect(textOf('node-4')).toContain('14out/s')
})

test('the watermark stands with its zone and its lag', async () => {
  const { tick, textOf } = await show()
  tick({ 'node-2': { watermark: 1_000_000 } }, 1_048_000)
  expect(textOf('node-2')).toContain('00:16:40 UTC')
  expect(textOf('node-2')).toContain('lag 48 s')
  tick({ 'node-2': { idle: true } }, 1_048_000)
  expect(textOf('node-2')).toContain('idle')
  tick({ 'node-2': { watermark: 'end', idle: false } }, 1_048_000)
  expect(textOf('node-2')).toContain('ended')
})

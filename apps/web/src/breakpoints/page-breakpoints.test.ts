/** What of the breakpoints of a page is set at the host, and when. */

import { expect, test } from 'vitest'
import type { TextStore } from '../env/browser-env.ts'
import { createConnection } from '../live/connection.ts'
import { createFakeSocket } from '../live/testing/fake-socket.ts'
import { createManualEnv } from '../live/testing/manual-env.ts'
import { statusOf } from '../live/testing/wire-values.ts'
import { createValueStore } from '../live/value-store.ts'
import type { Breakpoint } from './breakpoint-list.ts'
import { createPageBreakpoints } from './page-breakpoints.ts'

const ANY: Breakpoint = { node: 'orders', port: 'out', where: '', skip: 0, on: true }
const LARGE: Breakpoint = { node: 'sums', port: 'out', where: 'sum > 9', skip: 2, on: true }

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

function memoryStore(): TextStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    read: (key) => kept.get(key),
    write: (key, text) => {
      kept.set(key, text)
      return true
    },
    remove: (key) => {
      kept.delete(key)
    },
    keys: () => [...kept.keys()],
  }
}

function page(storage = memoryStore()) {
  const socket = createFakeSocket()
  let count = 0
  const set = (value: unknown) => {
    const { where = '' } = value as { readonly where?: string }
    if (where.includes('?')) return { ok: false, code: 'bad-where', message: 'Unknown sign.' }
    return { ok: true, reply: { breakpointId: `b${++count}` } }
  }
  socket.answer('setBreakpoint', set)
  socket.answer('clearBreakpoint', () => ({ ok: true, reply: {} }))
  const connection = createConnection(socket, createManualEnv())
  const status = createValueStore<ReturnType<typeof statusOf> | undefined>(undefined)
  const breakpoints = createPageBreakpoints(connection, { status }, storage)
  breakpoints.follow('clicks')
  const asked = () =>
    socket.sent
      .filter(({ event }) => event.endsWith('Breakpoint'))
      .map(({ event, value }) => {
        const { nodeId, jobId, breakpointId } = value as Record<string, string>
        return event === 'setBreakpoint' ? `set ${nodeId} ${jobId}` : `clear ${breakpointId}`
      })
  return { socket, set, status, breakpoints, storage, asked }
}

test('what waits is set when a job runs, and again at the next job', async () => {
  const { socket, status, breakpoints, asked } = page()
  socket.open()
  breakpoints.put(ANY)
  breakpoints.put({ ...LARGE, on: false })
  expect(asked()).toEqual([])
  status.set(statusOf({ jobId: 'one' }))
  status.set(statusOf({ jobId: 'one', state: 'finished' }))
  status.set(statusOf({ jobId: 'two' }))
  expect(asked()).toEqual(['set orders one', 'set orders two'])
  await settle()
  expect([breakpoints.isOwn('b2'), breakpoints.isOwn('b1')]).toEqual([true, false])
})

test('another condition takes the place of the first, and what is off is taken away', async () => {
  const { socket, status, breakpoints, asked } = page()
  socket.open()
  status.set(statusOf({ jobId: 'one' }))
  breakpoints.put(LARGE)
  await breakpoints.settled('one')
  breakpoints.put({ ...LARGE, where: 'sum > 10' })
  await breakpoints.settled('one')
  breakpoints.put({ ...LARGE, where: 'sum > 10', on: false })
  expect(asked()).toEqual(['set sums one', 'clear b1', 'set sums one', 'clear b2'])
  expect(socket.valuesOf('setBreakpoint').at(-1)).toEqual({
    jobId: 'one',
    nodeId: 'sums',
    port: 'out',
    where: 'sum > 10',
    skip: 2,
  })
})

test('one that is taken away before it is set is cleared when it has been', async () => {
  const { socket, status, breakpoints, asked } = page()
  socket.open()
  status.set(statusOf({ jobId: 'one' }))
  breakpoints.put(ANY)
  breakpoints.remove('orders.out')
  await settle()
  expect(asked()).toEqual(['set orders one', 'clear b1'])
})

test('after a connection was lost all are set again', async () => {
  const { socket, status, breakpoints, asked } = page()
  socket.open()
  status.set(statusOf({ jobId: 'one' }))
  breakpoints.put(ANY)
  await settle()
  socket.drop('transport close')
  socket.open()
  await settle()
  expect(asked()).toEqual(['set orders one', 'set orders one'])
  expect(breakpoints.isOwn('b2')).toBe(true)
})

test('a refusal is shown until another condition is set; one that passes is tried again', async () => {
  const { socket, set, status, breakpoints } = page()
  socket.open()
  status.set(statusOf({ jobId: 'one' }))
  breakpoints.put({ ...ANY, where: '?' })
  await settle()
  expect([...breakpoints.refusals.get()]).toEqual([['orders.out', 'Unknown sign.']])
  socket.answer('setBreakpoint', () => ({ ok: false, code: 'job-restarting', message: 'Later.' }))
  breakpoints.put(ANY)
  await settle()
  expect(breakpoints.refusals.get().size).toBe(0)
  socket.answer('setBreakpoint', set)
  status.set(statusOf({ jobId: 'one', restarts: 1 }))
  await settle()
  expect(breakpoints.isOwn('b1')).toBe(true)
})

test('they are kept by pipeline, and what cannot be read is left out', () => {
  const { storage, breakpoints } = page()
  breakpoints.put(LARGE)
  breakpoints.follow('other')
  expect(breakpoints.points.get().size).toBe(0)
  expect([...page(storage).breakpoints.points.get().values()]).toEqual([LARGE])
  storage.kept.set('millrace.breakpoints.clicks', `[{"node":"a"},${JSON.stringify(ANY)},7]`)
  expect([...page(storage).breakpoints.points.get().keys()]).toEqual(['orders.out'])
  storage.kept.set('millrace.breakpoints.clicks', '{')
  expect(page(storage).breakpoints.points.get().size).toBe(0)
  breakpoints.follow('clicks')
  breakpoints.removeAll()
  expect([...storage.kept.keys()]).toEqual([])
})

/**
 * Checks the page's side of the socket: what it says of itself, time limits, and what it lets
 * through.
 */

import { expect, test } from 'vitest'
import { createConnection } from './connection.ts'
import { createFakeSocket } from './testing/fake-socket.ts'
import { createManualEnv } from './testing/manual-env.ts'
import { frameOf, statusOf } from './testing/wire-values.ts'

function connect() {
  const socket = createFakeSocket()
  const env = createManualEnv()
  return { socket, env, connection: createConnection(socket, env) }
}

test('it is live once connected, reconnecting when dropped, and gone when nobody comes back', () => {
  const { socket, env, connection } = connect()
  const kinds = [connection.state.get().kind]
  connection.state.subscribe(() => kinds.push(connection.state.get().kind))
  socket.open()
  env.advance(60_000)
  socket.drop('transport close')
  env.advance(7_999)
  expect(kinds).toEqual(['connecting', 'live', 'reconnecting'])
  env.advance(1)
  socket.open()
  expect(kinds).toEqual(['connecting', 'live', 'reconnecting', 'gone', 'live'])
})

test('a server that never answers is gone, too', () => {
  const { env, connection } = connect()
  env.advance(8_000)
  expect(connection.state.get().kind).toBe('gone')
})

test('a socket that the host closed is opened again after a pause of its own', () => {
  const { socket, env } = connect()
  socket.open()
  const before = socket.connects()
  socket.drop('io server disconnect')
  env.advance(1_499)
  expect(socket.connects()).toBe(before)
  env.advance(1)
  expect(socket.connects()).toBe(before + 1)
})

test('everybody who asked is told of every connect', () => {
  const { socket, connection } = connect()
  let connects = 0
  connection.onConnected(() => connects++)
  socket.open()
  socket.drop('ping timeout')
  socket.open()
  expect(connects).toBe(2)
})

test('a request is answered with what the host says', async () => {
  const { socket, connection } = connect()
  socket.open()
  socket.answer('watchJob', () => ({ ok: true, reply: statusOf() }))
  expect(await connection.request('watchJob', { jobId: 'job-1' })).toEqual({
    ok: true,
    reply: statusOf(),
  })
  socket.answer('watchJob', () => ({ ok: false, code: 'no-job', message: 'No such job.' }))
  expect(await connection.request('watchJob', { jobId: 'x' })).toEqual({
    ok: false,
    code: 'no-job',
    message: 'No such job.',
  })
})

test('a request that stays unanswered is refused in words after ten seconds', async () => {
  const { socket, env, connection } = connect()
  socket.open()
  const answer = connection.request('closeTap', { tapId: 't' })
  env.advance(10_000)
  expect(await answer).toMatchObject({
    ok: false,
    code: 'no-answer',
    message: 'The server has not answered within 10 s. Try again, or look at its output.',
  })
})

test('without a connection nothing is sent', async () => {
  const { socket, connection } = connect()
  const answer = await connection.request('closeTap', { tapId: 't' })
  expect(answer).toMatchObject({ ok: false, code: 'not-connected' })
  expect(socket.sent).toEqual([])
})

test('an answer in another form is refused, not shown', async () => {
  const { socket, connection } = connect()
  socket.open()
  for (const odd of [undefined, 7, { ok: true, reply: { jobId: 3 } }, { ok: true }]) {
    socket.answer('watchJob', () => odd)
    const answer = await connection.request('watchJob', { jobId: 'job-1' })
    expect(answer).toMatchObject({ ok: false, code: 'answer-not-understood' })
  }
})

test('events in another form are counted and left out', () => {
  const { socket, connection } = connect()
  socket.open()
  const heard: unknown[] = []
  connection.on('jobMeasured', (frame) => heard.push(frame))
  socket.say('jobMeasured', { jobId: 'job-1', sequence: 'one' })
  socket.say('jobMeasured', frameOf({ sequence: 1 }))
  expect(heard).toEqual([frameOf({ sequence: 1 })])
  expect(connection.state.get().unreadable).toBe(1)
})

test('a closed connection says nothing more', () => {
  const { socket, env, connection } = connect()
  socket.open()
  const heard: unknown[] = []
  connection.on('jobChanged', (status) => heard.push(status))
  connection.close()
  socket.say('jobChanged', statusOf())
  env.advance(100_000)
  expect([heard, connection.state.get().kind]).toEqual([[], 'live'])
})

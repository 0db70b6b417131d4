/** Checks a tap's life: opened, filtered, paused, refused, opened again after a reconnect. */

import { expect, test } from 'vitest'
import { createConnection } from '../../live/connection.ts'
import { createFakeSocket } from '../../live/testing/fake-socket.ts'
import { createManualEnv } from '../../live/testing/manual-env.ts'
import { openTapSession } from './tap-session.ts'

const TARGET = { jobId: 'job-1', nodeId: 'slow', port: 'out' }
const COLUMNS = [{ name: 'page', type: 'string' }]

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

async function open() {
  const socket = createFakeSocket()
  const env = createManualEnv()
  let taps = 0
  socket.answer('openTap', (request) => {
    const { where = '' } = request as { where?: string }
    if (where.includes('?')) return { ok: false, code: 'bad-where', message: 'Unknown sign.' }
    taps++
    return {
      ok: true,
      reply: { tapId: `tap-${taps}`, columns: COLUMNS, eventTime: true, earlier: 2 },
    }
  })
  for (const name of ['closeTap', 'pauseTap']) socket.answer(name, () => ({ ok: true, reply: {} }))
  const connection = createConnection(socket, env)
  const tap = openTapSession(connection, TARGET, env)
  socket.open()
  await settle()
  const fill = (tapId: string, numbers: readonly number[], seen: number) => {
    const records = numbers.map((number) => ({
      ...{ number, eventTime: null, seenAtMs: 1, change: null, row: { page: 'home' } },
    }))
    socket.say('tapFilled', { tapId, records, seen, unsent: seen - numbers.length })
  }
  return { socket, env, tap, fill }
}

test('an open tap shows its columns and takes rows once a paint', async () => {
  const { env, tap, fill } = await open()
  expect(tap.view.get().phase).toEqual({
    ...{ kind: 'open', columns: COLUMNS, eventTime: true, earlier: 2 },
  })
  let told = 0
  tap.view.subscribe(() => told++)
  fill('tap-1', [1, 2], 2)
  fill('tap-1', [3], 3)
  fill('tap-of-another', [7], 7)
  expect(told).toBe(0)
  env.paint()
  expect([told, tap.view.get().rows.rows.length]).toEqual([1, 3])
})

test('another condition opens another tap and closes the first', async () => {
  const { socket, env, tap, fill } = await open()
  fill('tap-1', [1], 1)
  env.paint()
  tap.setWhere("page = 'home'")
  await settle()
  expect(socket.valuesOf('openTap').at(-1)).toEqual({
    ...TARGET,
    keep: 1_000,
    earlier: true,
    where: "page = 'home'",
  })
  expect(socket.valuesOf('closeTap')).toEqual([{ tapId: 'tap-1' }])
  expect(tap.view.get().rows.rows).toEqual([])
})

test('a condition that is refused says why, and the next one is tried', async () => {
  const { tap } = await open()
  tap.setWhere('page ?')
  await settle()
  const refused = { kind: 'refused', code: 'bad-where', message: 'Unknown sign.' }
  expect(tap.view.get().phase).toEqual(refused)
  tap.setWhere('')
  await settle()
  expect(tap.view.get().phase.kind).toBe('open')
})

test('a pause is told to the host, and holds over a reconnect', async () => {
  const { socket, tap, fill, env } = await open()
  fill('tap-1', [1], 1)
  env.paint()
  tap.setPaused(true)
  tap.setPaused(true)
  expect(socket.valuesOf('pauseTap')).toEqual([{ tapId: 'tap-1', paused: true }])
  socket.drop('transport close')
  socket.open()
  await settle()
  expect(socket.valuesOf('pauseTap').at(-1)).toEqual({ tapId: 'tap-2', paused: true })
  expect(tap.view.get().rows.pausedAt).toBe(0)
})

test('rows that came before a pause in the same paint are not lost', async () => {
  const { env, tap, fill } = await open()
  fill('tap-1', [1, 2], 2)
  tap.setPaused(true)
  env.paint()
  expect(tap.view.get().rows).toMatchObject({ seen: 2, pausedAt: 2 })
  expect(tap.view.get().rows.rows).toHaveLength(2)
})

test('a tap that is closed while it opens is closed on the host, too', async () => {
  const { socket, tap } = await open()
  tap.setWhere('true')
  tap.close()
  await settle()
  expect(socket.valuesOf('closeTap')).toEqual([{ tapId: 'tap-1' }, { tapId: 'tap-2' }])
})

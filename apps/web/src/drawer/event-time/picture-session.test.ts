/** Checks what is remembered from one picture to the next, and whose pictures are taken. */

import { expect, test } from 'vitest'
import { createConnection } from '../../live/connection.ts'
import { createFakeSocket } from '../../live/testing/fake-socket.ts'
import { createManualEnv } from '../../live/testing/manual-env.ts'
import { NO_MEMORY } from './layers.ts'
import { openPictureSession, remember } from './picture-session.ts'
import { dotOf, pictureOf, windowOf } from './testing/pictures.ts'

test('a window begins with its first record on time, also after its dots are gone', () => {
  const window = windowOf(10_000, 20_000)
  const dots = [dotOf(15_000, 16_000), dotOf(12_000, 17_000), dotOf(11_000, 5_000, true)]
  const first = pictureOf({ windows: [window], dots })
  const memory = remember(NO_MEMORY, undefined, first, false)
  expect([...memory.firstSeenMs]).toEqual([['10000:20000', 16_000]])
  const later = remember(memory, first, pictureOf({ windows: [window] }), false)
  expect([...later.firstSeenMs]).toEqual([['10000:20000', 16_000]])
  expect(remember(later, first, pictureOf(), false).firstSeenMs.size).toBe(0)
})

test('a window without dots begins when the watermark passed its start', () => {
  const steps = [
    { atMs: 8_000, watermark: 4_000 },
    { atMs: 14_000, watermark: 10_500 },
  ]
  const picture = pictureOf({ windows: [windowOf(10_000, 20_000, 26_000)], steps })
  expect(remember(NO_MEMORY, undefined, picture, false).firstSeenMs.get('10000:20000')).toBe(14_000)
})

test('idle stretches grow while the node is idle, and end when it is not', () => {
  const at = (atMs: number) => pictureOf({ atMs })
  let memory = remember(NO_MEMORY, at(1_000), at(2_000), true)
  memory = remember(memory, at(2_000), at(3_000), true)
  memory = remember(memory, at(3_000), at(4_000), false)
  memory = remember(memory, at(4_000), at(5_000), true)
  expect(memory.idle).toEqual([
    { fromMs: 1_000, toMs: 3_000 },
    { fromMs: 4_000, toMs: 5_000 },
  ])
})

test('only pictures of this node of this job are taken, and a refusal is kept in words', async () => {
  const socket = createFakeSocket()
  const connection = createConnection(socket, createManualEnv())
  socket.answer('openPicture', () => ({ ok: false, code: 'no-window', message: 'No windows.' }))
  const target = { jobId: 'job-1', nodeId: 'per-page' }
  const session = openPictureSession(connection, target, {
    isIdle: () => false,
    isActive: () => true,
  })
  socket.open()
  await Promise.resolve()
  await Promise.resolve()
  expect(session.state.get().refusal).toBe('No windows.')
  socket.say('pictureDrawn', pictureOf({ nodeId: 'other' }))
  expect(session.state.get().picture).toBeUndefined()
  socket.say('pictureDrawn', pictureOf())
  expect(session.state.get()).toMatchObject({ picture: pictureOf(), refusal: undefined })
  session.close()
  expect(socket.valuesOf('closePicture')).toEqual([target])
})

test('one more picture is taken when the job has ended, and then it stands still', () => {
  const socket = createFakeSocket()
  const connection = createConnection(socket, createManualEnv())
  let active = true
  const session = openPictureSession(
    connection,
    { jobId: 'job-1', nodeId: 'per-page' },
    { isIdle: () => false, isActive: () => active },
  )
  socket.open()
  for (const atMs of [1_000, 2_000, 3_000, 4_000]) {
    active = atMs < 3_000
    socket.say('pictureDrawn', pictureOf({ atMs }))
  }
  expect(session.state.get().picture?.atMs).toBe(3_000)
  session.close()
})

test('what was seen is there again for whoever comes back, also where the host has lost it', () => {
  const socket = createFakeSocket()
  const connection = createConnection(socket, createManualEnv())
  const target = { jobId: 'job-1', nodeId: 'per-page' }
  const facts = { isIdle: () => false, isActive: () => false }
  socket.open()
  const first = openPictureSession(connection, target, facts)
  const seen = pictureOf({ windows: [windowOf(10_000, 20_000, 26_000)] })
  socket.say('pictureDrawn', seen)
  first.close()
  const again = openPictureSession(connection, target, facts)
  expect(again.state.get().picture).toEqual(seen)
  socket.say('pictureDrawn', pictureOf())
  expect(again.state.get().picture).toEqual(seen)
  const other = openPictureSession(connection, { ...target, jobId: 'job-2' }, facts)
  expect(other.state.get().picture).toBeUndefined()
  again.close()
  other.close()
})

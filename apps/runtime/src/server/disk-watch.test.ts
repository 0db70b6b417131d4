/** A disk that fills up, seen by the watch alone and by a whole server. */

import { DiskError } from '@millrace/engine'
import { VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'
import { DiskWatch } from './disk-watch.ts'
import { endless } from './testing/documents.ts'
import { reply, start, startTestServer, type TestSocket } from './testing/test-server.ts'

const MB = 2 ** 20

function watched(free: (folder: string) => number) {
  const { timers } = new VirtualEnv()
  const env = { timers, disk: { freeBytes: async (folder: string) => free(folder) } }
  const heard: (string | null)[] = []
  const folders = ['/data', '/files']
  const watch = new DiskWatch({
    ...{ env, folders, keptBytes: 64 * MB },
    onChanged: (reason) => heard.push(reason),
  })
  return { watch, heard }
}

test('sources wait below what is kept free, and go on when there is clearly more', async () => {
  let free = 65 * MB
  const { watch, heard } = watched(() => free)
  for (const [megabytes, waits] of [
    [65, false],
    [64, false],
    [63, true],
    [70, true],
    [79, true],
    [80, false],
    [64, false],
  ] as const) {
    free = megabytes * MB
    await watch.look()
    expect([megabytes, watch.reason !== null]).toEqual([megabytes, waits])
  }
  expect(heard).toEqual([
    'Sources wait: 63 MB are free on the disk of "/data", and 64 MB are kept free. Make room, and ' +
      'they go on by themselves.',
    null,
  ])
})

test('the fullest of several disks is named, and one that does not answer is left alone', async () => {
  const { watch } = watched((folder) => {
    if (folder === '/data') throw new DiskError('other', folder, 'It does not answer.')
    return 1
  })
  await watch.look()
  expect(watch.reason).toContain('0 MB are free on the disk of "/files"')
})

test('a server whose disk fills up pauses its sources, says why, and goes on by itself', async () => {
  let free = Number.POSITIVE_INFINITY
  const real = createNodeEnv()
  const env = { ...real, disk: { ...real.disk, freeBytes: async () => free } }
  await using server = await startTestServer({ env })
  const socket = await server.connect()
  const jobId = await start(server, endless())
  const logged = (kind: string) =>
    socket.next('jobLogged', (one) => one.jobId === jobId && one.event.kind === kind)
  const ready = async () => {
    const response = await server.fetch('GET', '/readyz')
    return [response.status, ((await response.json()) as { reasons: string[] }).reasons]
  }
  const { tapId } = await openTap(socket, jobId)
  await socket.next('tapFilled', (filled) => filled.tapId === tapId)
  free = 3 * MB
  const { event } = await logged('held')
  expect(event.message).toMatch(/^Sources wait: 3 MB are free on the disk of /)
  expect(await ready()).toEqual([503, [event.message]])
  // It waits, and counts as running: nobody has paused it.
  expect(await server.ask('getJob', `/jobs/${jobId}`)).toMatchObject({ state: 'running' })
  // What is started meanwhile waits from the beginning.
  const other = await start(server, endless('Other'))
  await socket.next('jobLogged', (one) => one.jobId === other && one.event.kind === 'held')
  const seen = socket.heard('tapFilled').at(-1)?.seen ?? 0
  free = Number.POSITIVE_INFINITY
  await logged('released')
  await socket.next('tapFilled', (filled) => filled.tapId === tapId && filled.seen > seen)
  expect(await ready()).toEqual([200, []])
})

async function openTap(socket: TestSocket, jobId: string) {
  return reply(await socket.ask('openTap', { jobId, nodeId: 'numbers', port: 'out' }))
}

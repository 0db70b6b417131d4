/** In which order a server comes to its port, its folder and its first engine host. */

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimPlace } from './claimed-place.ts'
import { startMillraceServer, startOn } from './millrace-server.ts'
import type { ServerOptions } from './server-options.ts'
import { engineFile, testOptions } from './testing/test-server.ts'

let folder = ''
let engines: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-place-'))
  engines = []
})

afterEach(() => {
  for (const engine of engines) engine.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function options(): Promise<ServerOptions> {
  return testOptions(folder, { engines })
}

/** Whether each has ended. */
function ended(): readonly boolean[] {
  return engines.map(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)
}

test('a folder that another server has is refused before an engine host is started', async () => {
  const first = await claimPlace(await options())
  const second = { ...(await options()), port: 0 }
  await expect(startMillraceServer(second)).rejects.toThrow(
    `"${second.dataFolder}" is in use by another Millrace: process ${process.pid} (millrace serve).`,
  )
  expect(engines.length).toBe(1)
  await first.release()
  expect(ended()).toEqual([true])
})

test('a port that another server has is refused before the folder is touched', async () => {
  const first = await claimPlace(await options())
  const other = path.join(folder, 'other')
  const second = { ...(await options()), port: first.port, dataFolder: other }
  await expect(startMillraceServer(second)).rejects.toThrow(`Port ${first.port} on 127.0.0.1`)
  expect(engines.length).toBe(1)
  await first.release()
})

test('a folder that cannot be read leaves no engine host, and can be taken again', async () => {
  const { dataFolder } = await options()
  mkdirSync(dataFolder)
  writeFileSync(path.join(dataFolder, 'millrace.sqlite'), 'This is no database at all. '.repeat(99))
  await expect(startMillraceServer(await options())).rejects.toThrow('is not a database')
  expect(ended()).toEqual([true])
  rmSync(path.join(dataFolder, 'millrace.sqlite'))
  const server = await startMillraceServer(await options())
  await server.stop()
  expect(ended()).toEqual([true, true])
})

test('letters that a newer Millrace has written leave no engine host either', async () => {
  const server = await startMillraceServer(await options())
  await server.stop()
  const { default: Sqlite } = await import('better-sqlite3')
  const letters = new Sqlite(path.join(folder, 'data', 'dead-letters.sqlite'))
  letters.pragma('user_version = 99')
  letters.close()
  await expect(startMillraceServer(await options())).rejects.toThrow('has version 99')
  expect(ended()).toEqual([true, true])
})

test('an engine host that dies while the folder is read is replaced', async () => {
  const own = await options()
  const place = await claimPlace(own)
  const [first] = engines
  if (first === undefined) throw new Error('No engine host was started.')
  first.kill('SIGKILL')
  await once(first, 'exit')
  const server = await startOn(place, own)
  expect(server.engines.map(({ pid }) => pid)).toEqual([engines[1]?.pid])
  expect(ended()).toEqual([true, false])
  await server.stop()
})

test('the engine host that loads meanwhile is the one that jobs run in', async () => {
  const server = await startMillraceServer(await options())
  expect(server.engines.map(({ pid }) => pid)).toEqual([engines[0]?.pid])
  await server.stop()
  expect(engines.length).toBe(1)
})

test('whoever asks while the server starts is told to come again', async () => {
  const place = await claimPlace(await options())
  const reply = await fetch(`http://127.0.0.1:${place.port}/readyz`)
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await reply.text()).toBe('Millrace is starting. Try again in a moment.\n')
  await place.release()
})

test('an engine host ends where its server goes while it still loads', async () => {
  const engine = fork(await engineFile(), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  engines.push(engine)
  engine.disconnect()
  expect(await once(engine, 'exit')).toEqual([0, null])
})

/** Engine hosts of a server that was killed. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { VirtualEnv } from '@millrace/engine/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EngineList } from './engine-list.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-engines-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function started() {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'])
  const { pid } = child
  if (pid === undefined) throw new Error('It was not started.')
  return { child, pid, ended: once(child, 'close') }
}

test('whoever comes next waits until they have ended', async () => {
  const { child, pid, ended } = started()
  new EngineList(folder).add(pid)
  let looks = 0
  const timers = {
    after: (_: number, look: () => void) => {
      looks++
      if (looks === 3) child.kill('SIGKILL')
      if (looks < 3) look()
      else void ended.then(look)
      return () => {}
    },
    yield: () => {},
  }
  expect(await new EngineList(folder).goneBefore(timers)).toBe(true)
  expect(looks).toBe(3)
})

test.skipIf(process.platform !== 'linux')(
  'one that has ended is not waited for, though nobody has asked yet how',
  async () => {
    // What it becomes knows nothing of the process that was started before.
    const script = '"$0" -e 0 & echo $!; exec "$0" -e "process.stdin.resume()"'
    const parent = spawn('sh', ['-c', script, process.execPath])
    const ended = once(parent, 'close')
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(printed)
    const state = () => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0]
    await vi.waitUntil(() => state() === 'Z', { timeout: 60_000 })
    new EngineList(folder).add(pid)
    const timers = { after: () => expect.fail('It was waited for.'), yield: () => {} }
    expect(await new EngineList(folder).goneBefore(timers)).toBe(true)
    parent.kill('SIGKILL')
    await ended
  },
)

test('one that goes on is waited for some seconds, and no longer', async () => {
  const { child, pid, ended } = started()
  new EngineList(folder).add(pid)
  const env = new VirtualEnv()
  const gone = new EngineList(folder).goneBefore(env.timers)
  for (let look = 0; look < 300; look++) {
    await Promise.resolve()
    env.advance(20)
  }
  expect(await gone).toBe(false)
  child.kill('SIGKILL')
  await ended
})

test('one that has ended by itself is not waited for, nor is a list that is none', async () => {
  const env = new VirtualEnv()
  expect(await new EngineList(folder).goneBefore(env.timers)).toBe(true)
  const list = new EngineList(folder)
  list.add(process.ppid)
  list.remove(process.ppid)
  expect(await new EngineList(folder).goneBefore(env.timers)).toBe(true)
  writeFileSync(path.join(folder, 'millrace.engines'), 'nothing\n-1\n\n')
  expect(await new EngineList(folder).goneBefore(env.timers)).toBe(true)
})

test('one that ends while its list cannot be written takes nobody with it', () => {
  const list = new EngineList(folder)
  list.add(process.ppid)
  rmSync(path.join(folder, 'millrace.engines'))
  mkdirSync(path.join(folder, 'millrace.engines'))
  expect(() => list.remove(process.ppid)).not.toThrow()
})

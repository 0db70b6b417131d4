/** Checks that a part comes in the end, and that the page says why it has not come yet. */

import { expect, test } from 'vitest'
import { createManualEnv } from '../live/testing/manual-env.ts'
import { createPartLoading } from './part-loading.ts'

interface Server {
  answers: boolean
  has: boolean
}

function begin(server: Server) {
  const env = createManualEnv()
  const { store, load, retry, fetchAhead } = createPartLoading({
    env,
    serverAnswers: async () => server.answers,
  })
  let asked = 0
  const get = async (): Promise<string> => {
    asked++
    if (!server.answers || !server.has) throw new TypeError('The module does not come.')
    return 'the part'
  }
  return {
    load: (wanted?: AbortSignal) => load(get, wanted),
    retry,
    fetchAhead: () => fetchAhead(get),
    state: () => store.getState(),
    asked: () => asked,
    /** Lets what is under way end, before and after time passes. */
    async wait(ms: number) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      env.advance(ms)
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    },
  }
}

test('a part that comes is handed on, and nothing is said', async () => {
  const page = begin({ answers: true, has: true })
  expect(await page.load()).toBe('the part')
  expect(page.state()).toBe('complete')
})

test('while the server is away a part is not asked for: the browser could remember it', async () => {
  const server = { answers: false, has: true }
  const page = begin(server)
  const part = page.load()
  await page.wait(60_000)
  expect(page.state()).toBe('away')
  expect(page.asked()).toBe(0)
  server.answers = true
  await page.wait(3_000)
  expect(await part).toBe('the part')
  expect(page.state()).toBe('complete')
})

test('who asks again need not wait until the page does', async () => {
  const server = { answers: false, has: true }
  const page = begin(server)
  const part = page.load()
  await page.wait(0)
  expect(page.state()).toBe('away')
  server.answers = true
  await page.wait(0)
  expect(page.asked()).toBe(0)
  page.retry()
  expect(await part).toBe('the part')
  expect(page.state()).toBe('complete')
  // Nothing waits any more that could ask a second time.
  page.retry()
  await page.wait(60_000)
  expect(page.asked()).toBe(1)
})

test('a part that an answering server does not have needs a reload, but not at once', async () => {
  const page = begin({ answers: true, has: false })
  void page.load()
  await page.wait(0)
  expect(page.state()).toBe('complete')
  await page.wait(1_000)
  expect(page.state()).toBe('reload')
})

test('what nobody wants any more is neither asked for nor spoken of', async () => {
  const server = { answers: false, has: true }
  const page = begin(server)
  const giveUp = new AbortController()
  void page.load(giveUp.signal)
  await page.wait(0)
  expect(page.state()).toBe('away')
  giveUp.abort()
  expect(page.state()).toBe('complete')
  server.answers = true
  await page.wait(60_000)
  expect(page.asked()).toBe(0)
})

test('for what has come once the server is not asked again: the browser has it', async () => {
  const server = { answers: true, has: true }
  const page = begin(server)
  await page.load()
  server.answers = false
  void page.load()
  await page.wait(0)
  expect(page.asked()).toBe(2)
})

test('that the server is away is said before anything else', async () => {
  const server = { answers: true, has: false }
  const page = begin(server)
  void page.load()
  await page.wait(1_000)
  server.answers = false
  await page.wait(2_000)
  expect(page.state()).toBe('away')
})

test('what was fetched ahead is there without the server', async () => {
  const server = { answers: true, has: true }
  const { load, fetchAhead } = createPartLoading({
    env: createManualEnv(),
    serverAnswers: async () => server.answers,
  })
  const get = async (): Promise<string> => 'the part'
  await fetchAhead(get)
  server.answers = false
  expect(await load(get)).toBe('the part')
})

test('what cannot be fetched ahead is nothing to speak of', async () => {
  for (const server of [
    { answers: false, has: true },
    { answers: true, has: false },
  ]) {
    const page = begin(server)
    await page.fetchAhead()
    expect(page.state()).toBe('complete')
  }
})

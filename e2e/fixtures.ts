/**
 * What every journey has: a server of its worker's own, the designer in a page, and an ear for
 * faults. A console error, an exception or a report of the Content-Security-Policy fails the test
 * in which it happens, unless the test says that it belongs to what it tries.
 */

import { type BrowserContext, test as base, expect } from '@playwright/test'
import { Designer } from './designer.ts'
import { MillraceProcess } from './millrace-process.ts'

export { expect } from '@playwright/test'

/** What a browser says of a server that is killed, also in the middle of an answer, or starts. */
export const SERVER_GONE =
  /ERR_(CONNECTION|EMPTY_RESPONSE|INCOMPLETE_CHUNKED|CONTENT_LENGTH|SOCKET_NOT)|WebSocket connection|status of 503/

export class Faults {
  readonly #heard: string[] = []
  #listening = true
  readonly #expected: RegExp[] = []

  listen(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() !== 'error' || !this.#listening) return
      this.#heard.push(`${message.text()} ${message.location().url}`.trim())
    })
    context.on('weberror', (error) => this.#heard.push(String(error.error().stack)))
  }

  listenNoMore(): void {
    this.#listening = false
  }

  /** The test itself makes this happen, such as a server that is gone. */
  expect(fault: RegExp): void {
    this.#expected.push(fault)
  }

  get unexpected(): readonly string[] {
    return this.#heard.filter((text) => !this.#expected.some((fault) => fault.test(text)))
  }
}

interface OfTest {
  /** What a test leaves running is stopped: it would run beside all tests that follow. */
  readonly ownJobs: undefined
  readonly faults: Faults
  readonly designer: Designer
  /** A server that only this test has, to be killed and started again. */
  readonly ownServer: MillraceProcess
}

interface OfWorker {
  readonly server: MillraceProcess
}

export const test = base.extend<OfTest, OfWorker>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from it what a fixture needs
    async ({}, use) => {
      const server = await MillraceProcess.start()
      await use(server)
      await server.end()
    },
    { scope: 'worker' },
  ],
  // Before the others, so that the page is closed when this ends.
  ownJobs: [
    async ({ server }, use) => {
      const before = await server.runningJobs()
      await use(undefined)
      await server.stopJobs(before)
    },
    { auto: true },
  ],
  ownServer: async ({ faults }, use) => {
    const server = await MillraceProcess.start()
    await use(server)
    // The page may still be open, and misses its server.
    faults.listenNoMore()
    await server.end()
  },
  faults: [
    async ({ context }, use) => {
      const faults = new Faults()
      faults.listen(context)
      await use(faults)
      expect(faults.unexpected, 'what the page complained about').toEqual([])
    },
    { auto: true },
  ],
  designer: async ({ page, server }, use) => {
    await use(new Designer(page, server.url))
  },
})

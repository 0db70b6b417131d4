/** How many connections there may be, who goes for whom, and who is cut off. */

import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { OpenConnections } from './open-connections.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

const REQUEST = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'

async function listen(answer: RequestListener, countMax: number): Promise<number> {
  server = createServer(answer)
  new OpenConnections(server, countMax)
  const opened = server
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  return (opened.address() as AddressInfo).port
}

class Client {
  readonly socket: Socket
  readonly closed: Promise<void>
  readonly ended: Promise<void>
  got = ''

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()))
    this.ended = new Promise((resolve) => this.socket.on('end', resolve))
    this.socket.on('data', (bytes) => {
      this.got += bytes.toString('latin1')
    })
  }

  /** Asks, and resolves with the first line of the answer. */
  async ask(): Promise<string> {
    const first = () => /^(.*)\r\n/.exec(this.got)?.[1]
    this.got = ''
    this.socket.write(REQUEST)
    while (first() === undefined) {
      await new Promise((resolve) => this.socket.once('data', resolve))
    }
    return first() ?? ''
  }
}

test('of too many connections, the one goes that has been silent longest', async () => {
  const port = await listen((_, response) => response.end('x'), 3)
  const [first, second, third] = [new Client(port), new Client(port), new Client(port)]
  for (const client of [second, third, first]) expect(await client.ask()).toContain('200')
  const fourth = new Client(port)
  expect(await fourth.ask()).toContain('200')
  await second.closed
  expect(await third.ask()).toContain('200')
  expect(await first.ask()).toContain('200')
})

test('where all wait for an answer, one more is told to come again, and they are not cut', async () => {
  const release: (() => void)[] = []
  const port = await listen((_, response) => release.push(() => response.end('x')), 2)
  const waiting = [new Client(port), new Client(port)]
  const answers = waiting.map((client) => client.ask())
  while (release.length < 2) await new Promise((resolve) => server?.once('request', resolve))
  const third = new Client(port)
  await third.ended
  expect(third.got).toMatch(/^HTTP\/1\.1 503 .*Retry-After: 1\r\n.*"too-many-connections"/s)
  expect(third.got).toContain('There are 2 connections, and no more may be.')
  for (const answer of release) answer()
  for (const answer of answers) expect(await answer).toContain('200')
})

test('who takes in nothing of an answer is cut, and who waits for one is not', async () => {
  const sockets: Socket[] = []
  const port = await listen((request, response) => {
    sockets.push(request.socket)
    if (sockets.length > 1) response.end(Buffer.alloc(64 * 1024 * 1024))
  }, 10)
  const [waiting, stalled] = [new Client(port), new Client(port)]
  for (const client of [waiting, stalled]) {
    client.socket.pause()
    client.socket.write(REQUEST)
    await new Promise((resolve) => server?.once('request', resolve))
  }
  // As the clock would say after a minute.
  for (const socket of sockets) server?.emit('timeout', socket)
  const [first, second] = sockets
  expect([first?.destroyed, second?.destroyed]).toEqual([false, true])
})

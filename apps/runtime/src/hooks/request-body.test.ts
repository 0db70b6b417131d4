/** Bodies that are too large, too slow or broken off: each is answered, and none cuts the other. */

import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { DeliveryRefused } from '@millrace/connectors/node'
import { afterEach, expect, test } from 'vitest'
import { readBody } from './request-body.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

/** The time of a body is over when `pass` is called. */
async function listen(bytesMax: number) {
  const due: (() => void)[] = []
  const timers = {
    after: (_: number, callback: () => void) => {
      due.push(callback)
      return () => {}
    },
    yield: (callback: () => void) => callback(),
  }
  let fail = (_: unknown) => {}
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve
  })
  server = createServer((request, response) => {
    readBody(request, bytesMax, timers).then(
      (bytes) => response.end(`read ${bytes.length}`),
      (error: unknown) => {
        fail(error)
        response.statusCode = error instanceof DeliveryRefused ? error.status : 500
        response.end('refused')
      },
    )
  })
  const opened = server
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  const { port } = opened.address() as AddressInfo
  const pass = () => {
    for (const callback of due) callback()
  }
  return { port, failed, pass }
}

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\n'

/** Writes pieces, and resolves with what has come when it has `text` in it. */
function exchange(port: number, pieces: readonly (string | Uint8Array)[], text: string) {
  const socket = connect(port, '127.0.0.1')
  for (const piece of pieces) socket.write(piece)
  return new Promise<string>((resolve, reject) => {
    let got = ''
    socket.on('data', (bytes) => {
      got += bytes.toString('latin1')
      if (!got.includes(text)) return
      socket.destroy()
      resolve(got)
    })
    socket.on('close', () => reject(new Error(`Closed after "${got}".`)))
  })
}

test('who sends too much in pieces is told so, and asks on over the same connection', async () => {
  const { port } = await listen(10)
  const pieces = [
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
    'c\r\n123456789012\r\n5\r\n12345\r\n0\r\n\r\n',
    `${HEAD}Content-Length: 3\r\n\r\nabc`,
  ]
  expect(await exchange(port, pieces, 'read 3')).toMatch(/^HTTP\/1\.1 413 .*refused.* 200 OK/s)
})

test('what is more than there may be when it is unpacked is refused', async () => {
  const { port } = await listen(1000)
  const packed = gzipSync(Buffer.alloc(1_000_000))
  const head = `${HEAD}Content-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`
  expect(await exchange(port, [head, packed], 'refused')).toContain('413')
  const fits = gzipSync(Buffer.alloc(1000))
  const good = `${HEAD}Content-Encoding: gzip\r\nContent-Length: ${fits.length}\r\n\r\n`
  expect(await exchange(port, [good, fits], 'read 1000')).toContain('200')
})

test('who takes too long is told so', async () => {
  const { port, pass } = await listen(10)
  const answer = exchange(port, [`${HEAD}Content-Length: 5\r\n\r\nab`], 'refused')
  await new Promise((resolve) => server?.once('request', resolve))
  pass()
  expect(await answer).toContain('408')
})

test.each(['', 'Content-Encoding: gzip\r\n'])(
  'one that is broken off ends: "%s"',
  async (extra) => {
    const { port, failed } = await listen(100)
    const socket = connect(port, '127.0.0.1')
    socket.write(`${HEAD}${extra}Content-Length: 50\r\n\r\n`)
    socket.write(gzipSync('x').subarray(0, 5))
    await new Promise((resolve) => server?.once('request', resolve))
    socket.destroy()
    expect(await failed).not.toBeInstanceOf(DeliveryRefused)
  },
)

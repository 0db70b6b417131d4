/** Which addresses are reached, however they are written or looked up, and what answers become. */

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fromUtf8, type NetFailure, type NetRequest, toUtf8 } from '@millrace/engine'
import { afterEach, expect, test } from 'vitest'
import { type NetRule, parseNetRule } from './net-rules.ts'
import { createNodeNet, type LookUp } from './node-net.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

async function listen(answer: RequestListener): Promise<number> {
  server = createServer(answer)
  const opened = server
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  return (opened.address() as AddressInfo).port
}

function rule(text: string): NetRule {
  const read = parseNetRule(text)
  if ('message' in read) throw new Error(read.message)
  return read
}

function post(url: string, changes: Partial<NetRequest> = {}): NetRequest {
  const body = toUtf8('{"n":1}')
  const headers = [['X-One', '1']] as const
  return { method: 'POST', url, headers, body, timeoutMs: 5000, answerBytesMax: 10, ...changes }
}

/** The code of the failure, or the status. */
async function outcome(url: string, rules: readonly string[], lookUp?: LookUp) {
  const net = createNodeNet(rules.map(rule), lookUp)
  const { answered } = net.send(post(url))
  return answered.then(
    ({ status }) => status,
    (error: NetFailure) => error.code,
  )
}

/** Every name is these addresses, one after another. */
function names(...answers: readonly (readonly string[])[]): LookUp & { asked: number } {
  const lookUp: LookUp = (_, found) => {
    const addresses = answers[Math.min(counted.asked++, answers.length - 1)] ?? []
    const family = (address: string) => (address.includes(':') ? 6 : 4)
    found(
      null,
      addresses.map((address) => ({ address, family: family(address) })),
    )
  }
  const counted = Object.assign(lookUp, { asked: 0 })
  return counted
}

const REFUSED = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://127.255.255.254/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://0/',
  'http://0.0.0.0/',
  'http://10.1.2.3/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://100.100.100.200/',
  'http://192.0.0.192/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:0:7f00:1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b:1::a9fe:a9fe]/',
  'http://[100::1]/',
  'http://[5f00::1]/',
  'http://[fec0::1]/',
  'http://[64:ff9b::169.254.169.254]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
  'http://[fe80::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http://１２７.０.０.１/',
]

test.each(REFUSED)('%s is not reached', async (url) => {
  expect(await outcome(url, [])).toBe('not-allowed')
})

test.each([
  [['127.0.0.1']],
  [['169.254.169.254']],
  [['::1']],
  [['::ffff:10.0.0.1']],
  [['93.184.216.34', '192.168.0.1']],
])('a name that stands for %j is not reached', async (addresses) => {
  expect(await outcome('http://shop.example/', [], names(addresses))).toBe('not-allowed')
})

test('a name is looked up once, so that it cannot be another address when it is used', async () => {
  const port = await listen((_, response) => response.end())
  const rebinding = names(['127.0.0.1'], ['10.0.0.1'])
  expect(await outcome(`http://shop.example:${port}/`, ['shop.example'], rebinding)).toBe(200)
  expect(rebinding.asked).toBe(1)
})

test.each([
  ['127.0.0.1', 200],
  ['127.0.0.0/8', 200],
  ['127.0.0.1:PORT', 200],
  ['127.0.0.1:1', 'not-allowed'],
  ['10.0.0.0/8', 'not-allowed'],
  ['localhost', 'not-allowed'],
])('with --allow-net %s the answer is %s', async (allowed, expected) => {
  const port = await listen((_, response) => response.end())
  const rules = [allowed.replace('PORT', String(port))]
  expect(await outcome(`http://127.0.0.1:${port}/`, rules)).toBe(expected)
  expect(await outcome(`http://[::ffff:127.0.0.1]:${port}/`, rules)).toBe(expected)
})

test.each(['', 'a b', '10.0.0.0/33', 'localhost:0', 'localhost:99999', 'shop.example/8', '[::1'])(
  '--allow-net %j is refused',
  (text) => {
    expect(parseNetRule(text)).toEqual({
      message:
        `"${text}" names nothing that could be allowed. Write a host, an address or a range, with or without ` +
        'a port: localhost:3000, 10.0.0.0/8, [::1]:3000.',
    })
  },
)

test.each([
  '::1',
  '[::1]',
  '[::1]:3000',
  'fd00::/8',
  '[fd00::]/8',
  'localhost:80',
  '10.0.0.0/8:80',
])('--allow-net %j is read', (text) => {
  expect(parseNetRule(text)).not.toHaveProperty('message')
})

test('a request arrives as it was given, and of the answer no more is kept than asked for', async () => {
  const seen: unknown[] = []
  const port = await listen((request, response) => {
    request.on('data', (chunk: Buffer) => seen.push(chunk.toString()))
    request.on('end', () => {
      seen.push(request.method, request.url, request.headers['x-one'])
      response.writeHead(503, { 'Retry-After': '7' }).end('x'.repeat(100_000))
    })
  })
  const net = createNodeNet([rule('127.0.0.1')])
  const answer = await net.send(post(`http://127.0.0.1:${port}/a?b=c`)).answered
  expect(seen).toEqual(['{"n":1}', 'POST', '/a?b=c', '1'])
  expect([answer.status, answer.headers.get('retry-after'), fromUtf8(answer.body)]).toEqual([
    503,
    '7',
    'x'.repeat(10),
  ])
})

test('redirects are answers', async () => {
  const port = await listen((_, response) => {
    response.writeHead(302, { Location: 'http://169.254.169.254/' }).end()
  })
  const net = createNodeNet([rule('127.0.0.1')])
  const { status, headers } = await net.send(post(`http://127.0.0.1:${port}/`)).answered
  expect([status, headers.get('location')]).toEqual([302, 'http://169.254.169.254/'])
})

test('silence, a broken connection and nobody there are failures with their reasons', async () => {
  const port = await listen((request, response) => {
    if (request.url === '/broken') response.socket?.destroy()
  })
  const net = createNodeNet([rule('127.0.0.1')])
  const message = async (path: string, changes: Partial<NetRequest> = {}) => {
    const url = `http://127.0.0.1:${port}${path}`
    const failed = await net.send(post(url, changes)).answered.catch((error: NetFailure) => error)
    return 'code' in failed ? [failed.code, failed.message.replace(String(port), 'PORT')] : failed
  }
  expect(await message('/', { timeoutMs: 20 })).toEqual([
    'timed-out',
    'http://127.0.0.1:PORT/ gave no answer within 0.02 s.',
  ])
  expect(await message('/broken')).toEqual([
    'no-answer',
    'http://127.0.0.1:PORT/broken broke off the connection.',
  ])
  server?.closeAllConnections()
  server?.close()
  expect(await message('/')).toEqual(['no-answer', 'http://127.0.0.1:PORT/ takes no connections.'])
})

/** The designer's files: small on the way, kept for good or asked for again. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesignerFiles } from './designer-files.ts'
import { securityHeaders } from './security-headers.ts'

const SCRIPT = 'const shown = true\n'.repeat(1000)
const PAGE = '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><p>Designer</p>'

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-designer-'))
let nonceCount = 0
const app = express()
app.use(securityHeaders(() => `nonce${++nonceCount}`))
app.use(createDesignerFiles(folder))
const server = app.listen(0, '127.0.0.1')

beforeAll(() => {
  mkdirSync(path.join(folder, 'assets'))
  writeFileSync(path.join(folder, 'index.html'), PAGE)
  writeFileSync(path.join(folder, 'mill.svg'), '<svg/>')
  writeFileSync(path.join(folder, 'assets/app-Ab12.js'), SCRIPT)
})

afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Not by `fetch`, which unpacks what it gets. */
function get(place: string, headers: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo
  return new Promise<{
    status: number | undefined
    headers: Record<string, unknown>
    body: Buffer
  }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: place, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode, headers } = response
        resolve({ status: statusCode, headers, body: Buffer.concat(chunks) })
      })
    })
      .on('error', reject)
      .end()
  })
}

test.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
])('a script is sent compressed by %s and may be kept for good', async (encoding, unpack) => {
  const { headers, body } = await get('/assets/app-Ab12.js', { 'accept-encoding': encoding })
  expect(headers).toMatchObject({
    'content-encoding': encoding,
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'Accept-Encoding',
    etag: expect.stringMatching(/^W\//),
  })
  expect(body.length).toBeLessThan(SCRIPT.length / 10)
  expect(unpack(body).toString()).toBe(SCRIPT)
})

test('who cannot unpack gets a script as it is', async () => {
  const { headers, body } = await get('/assets/app-Ab12.js')
  expect(headers['content-encoding']).toBeUndefined()
  expect(body.toString()).toBe(SCRIPT)
})

test('a script that the browser has is not sent again', async () => {
  const { headers } = await get('/assets/app-Ab12.js')
  const again = await get('/assets/app-Ab12.js', { 'if-none-match': String(headers.etag) })
  expect([again.status, again.body.length]).toEqual([304, 0])
})

test('a file without a hash in its name is asked for again, by its tag', async () => {
  const { headers } = await get('/mill.svg')
  expect(headers['cache-control']).toBe('no-cache')
  const again = await get('/mill.svg', { 'if-none-match': String(headers.etag) })
  expect(again.status).toBe(304)
})

test.each(['/', '/index.html', '/pipelines/some-id', '/topics/my.topic'])(
  'the page at %s has a nonce of its own each time, and is never taken from a cache',
  async (place) => {
    const first = await get(place, { accept: 'text/html' })
    const second = await get(place, {
      accept: 'text/html',
      'if-none-match': String(first.headers.etag),
    })
    for (const { status, headers, body } of [first, second]) {
      expect(status).toBe(200)
      expect(headers['cache-control']).toBe('no-cache')
      const [, nonce] = /nonce="(nonce\d+)"/.exec(body.toString()) ?? []
      expect(headers['content-security-policy']).toContain(`'nonce-${nonce}'`)
    }
    expect(first.body.equals(second.body)).toBe(false)
  },
)

test.each(['/assets/gone-Cd34.js', '/gone.png', '/assets/..%2f..%2fsecret.txt', '/.env'])(
  '%s is not there',
  async (place) => {
    expect((await get(place, { accept: '*/*' })).status).toBe(404)
  },
)

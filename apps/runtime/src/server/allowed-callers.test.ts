/** Which names and pages a request may come with. */

import { expect, test } from 'vitest'
import { refuseCaller } from './allowed-callers.ts'

test.each([
  ['127.0.0.1:4000', undefined],
  ['localhost:4000', 'http://localhost:4000'],
  ['[::1]:4000', 'http://[::1]:4000'],
  ['127.0.0.1:5173', 'http://127.0.0.1:5173'],
  ['LOCALHOST:4000', undefined],
  ['millrace.example', 'https://millrace.example'],
])('host %s with origin %s is answered', (host, origin) => {
  const headers = { host, ...(origin === undefined ? {} : { origin }) }
  expect(refuseCaller(headers, ['millrace.example'])).toBeUndefined()
})

test.each([
  ['evil.example:4000', undefined, 'host-not-allowed'],
  ['127.0.0.1.evil.example', undefined, 'host-not-allowed'],
  ['localhost@evil.example', undefined, 'host-not-allowed'],
  ['', undefined, 'host-not-allowed'],
  ['[', undefined, 'host-not-allowed'],
  ['127.0.0.1:4000', 'http://evil.example', 'origin-not-allowed'],
  ['127.0.0.1:4000', 'http://127.0.0.1:3000', 'origin-not-allowed'],
  ['127.0.0.1:4000', 'http://localhost:4000', 'origin-not-allowed'],
  ['127.0.0.1:4000', 'null', 'origin-not-allowed'],
  ['127.0.0.1:4000', '', 'origin-not-allowed'],
])('host %s with origin %s is refused', (host, origin, code) => {
  const headers = { host, ...(origin === undefined ? {} : { origin }) }
  expect(refuseCaller(headers, [])?.code).toBe(code)
})

test.each([
  ['cross-site', 'no-cors', 'origin-not-allowed'],
  ['same-site', 'no-cors', 'origin-not-allowed'],
  ['cross-site', 'cors', 'origin-not-allowed'],
  ['cross-site', 'navigate', undefined],
  ['same-origin', 'cors', undefined],
  ['none', 'navigate', undefined],
])('what a browser asks for %s, to %s, without an origin', (site, mode, code) => {
  const headers = { host: 'localhost:4000', 'sec-fetch-site': site, 'sec-fetch-mode': mode }
  expect(refuseCaller(headers, [])?.code).toBe(code)
})

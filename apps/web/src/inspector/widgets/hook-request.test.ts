/** Checks that the request which the page offers can be pasted into a shell as it is. */

import { expect, test } from 'vitest'
import { curlRequest, hookAddress } from './hook-request.ts'

const NOW_MS = Date.UTC(2026, 0, 1)

test('the request sends a record with a value for each column', () => {
  const address = hookAddress('http://127.0.0.1:8080', 'orders')
  const schema = { at: 'timestamp', item: 'string', price: 'double', count: 'integer' }
  expect(curlRequest(address, schema, NOW_MS)).toBe(
    "curl http://127.0.0.1:8080/hooks/orders -H 'Content-Type: application/json' -d " +
      `'{"at":"2026-01-01T00:00:00.000Z","item":"text","price":1.5,"count":1}'`,
  )
})

test('a quote in the name of a column ends no argument of the shell', () => {
  expect(curlRequest('http://h/hooks/a', { "it's": 'boolean' }, NOW_MS)).toContain(
    `'{"it'\\''s":true}'`,
  )
})

test('without a schema the request sends an empty record', () => {
  expect(curlRequest('http://h/hooks/a', undefined, NOW_MS)).toMatch(/ '\{\}'$/)
})

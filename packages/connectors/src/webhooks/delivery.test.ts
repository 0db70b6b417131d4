/** What requests to webhooks bring, and what is refused of them with what words. */

import { fromUtf8, toUtf8 } from '@millrace/engine'
import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { readDelivery } from './delivery.ts'
import { listItems } from './list-items.ts'
import { DeliveryRefused } from './refused.ts'

const EVENT = '{"specversion":"1.0","id":"1","source":"/shop","type":"sold","data":{"n":1}}'

function deliver(headers: Record<string, string>, body: string | Uint8Array) {
  const bytes = typeof body === 'string' ? toUtf8(body) : body
  const { records, key } = readDelivery(new Map(Object.entries(headers)), bytes)
  return { records: records.map((record) => fromUtf8(record)), key }
}

test.each([
  ['application/json', '{"n":1}', ['{"n":1}']],
  ['application/json; charset=utf-8', '\ufeff{"n":1}', ['{"n":1}']],
  ['Application/JSON', '[ {"n":1} , {"n":[1,{"a":"]"}]} ]', ['{"n":1}', '{"n":[1,{"a":"]"}]}']],
  ['application/json', '[]', []],
  ['application/x-ndjson', '{"n":1}\n\n{"n":2}\r\n', ['{"n":1}', '{"n":2}\r']],
  ['application/jsonl', '', []],
  ['application/cloudevents+json', EVENT, [EVENT]],
  ['application/cloudevents-batch+json', `[${EVENT}, ${EVENT}]`, [EVENT, EVENT]],
])('%s with %s brings %j', (type, body, records) => {
  expect(deliver({ 'content-type': type }, body).records).toEqual(records)
})

test('numbers beyond those that are exact stay as they were written', () => {
  const record = '{"n":9007199254740993,"x":1e999}'
  expect(deliver({ 'content-type': 'application/json' }, `[${record}]`).records).toEqual([record])
})

test.each(Array.from({ length: 20 }, (_, seed) => seed + 1))(
  'the items of a list are what JSON says they are, seed %i',
  (seed) => {
    const random = seededRandom(seed)
    const value = (depth: number): unknown => {
      const kind = random.integer(0, depth > 3 ? 3 : 5)
      if (kind === 0) return random.integer(-99, 99)
      if (kind === 1) return random.pick(['', 'a,b', '"', '\\', '\\"', ']', '}{', 'ü\n'])
      if (kind === 2) return random.pick([null, true, false])
      const items = Array.from({ length: random.integer(0, 4) }, () => value(depth + 1))
      if (kind < 5) return items
      return Object.fromEntries(items.map((item, index) => [`k"${index}`, item]))
    }
    const list = Array.from({ length: random.integer(0, 9) }, () => value(0))
    const text = JSON.stringify(list, null, random.pick([0, 2]))
    expect(listItems(text).map((item) => JSON.parse(item) as unknown)).toEqual(list)
  },
)

const BINARY = { 'ce-specversion': '1.0', 'ce-id': 'a%20b', 'ce-source': '/s', 'ce-type': 't' }

test.each([
  [{ 'content-type': 'application/json' }, '{"n": 1}', { data: { n: 1 } }],
  [{ 'content-type': 'text/plain' }, 'Grüße', { data: 'Grüße' }],
  [{ 'content-type': 'image/png' }, Uint8Array.of(255, 0, 1, 2), { data_base64: '/wABAg==' }],
  [{}, '', {}],
])('an event in headers with %j becomes its JSON form', (headers, body, data) => {
  const { records, key } = deliver({ ...BINARY, ...headers }, body)
  const type = 'content-type' in headers ? { datacontenttype: headers['content-type'] } : {}
  const attributes = { specversion: '1.0', id: 'a b', source: '/s', type: 't', ...type }
  expect(JSON.parse(records[0] ?? '')).toEqual({ ...attributes, ...data })
  expect(key).toBe('e /s a b')
})

test('bytes of any number stand in base64 as Node writes it', () => {
  for (let length = 1; length < 10; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => 250 - index * 31)
    const { records } = deliver({ ...BINARY, 'content-type': 'application/octet-stream' }, bytes)
    const { data_base64 } = JSON.parse(records[0] ?? '') as { data_base64: string }
    expect(data_base64).toBe(Buffer.from(bytes).toString('base64'))
  }
})

test('a delivery is known by its key, a single event by source and id', () => {
  const type = { 'content-type': 'application/cloudevents+json' }
  expect(deliver(type, EVENT).key).toBe('e /shop 1')
  expect(deliver({ ...type, 'idempotency-key': 'k' }, EVENT).key).toBe('h k')
  expect(deliver({ 'content-type': 'application/json', 'idempotency-key': '"k"' }, '{}').key).toBe(
    'h k',
  )
  expect(deliver({ 'content-type': 'application/json' }, '{}').key).toBeUndefined()
})

const JSON_TYPE = { 'content-type': 'application/json' }

test.each([
  [
    JSON_TYPE,
    '{"n":',
    400,
    'The body is not JSON: it ends at column 6 before the record does. Nothing of the request was kept.',
  ],
  [
    { 'content-type': 'application/x-ndjson' },
    '{"n":1}\n{n}',
    400,
    'Line 2 of the body is not JSON: "n}" at column 2 does not belong there. Nothing of the request was kept.',
  ],
  [
    JSON_TYPE,
    '[{"n":1}, 7]',
    400,
    'Record 2 of the body is a number, and a record is a JSON object. Nothing of the request was kept.',
  ],
  [
    JSON_TYPE,
    `{"n":${'['.repeat(70)}${']'.repeat(70)}}`,
    413,
    'The body is nested more than 64 levels deep. Make it flatter.',
  ],
  [
    { 'content-type': 'application/x-ndjson' },
    '{}\n'.repeat(10_001),
    413,
    'The request has 10001 records, and may have 10000. Divide it.',
  ],
  [JSON_TYPE, Uint8Array.of(123, 255, 125), 400, 'The body is not UTF-8. Send it as UTF-8.'],
  [
    { 'content-type': 'application/json; charset=latin1' },
    '{}',
    415,
    'The body is not UTF-8, but "latin1". Send it as UTF-8.',
  ],
  [
    { 'content-type': 'text/csv' },
    'a,b',
    415,
    'The body is of type "text/csv". Send one of application/json, application/x-ndjson, ' +
      'application/ndjson, application/jsonl, application/cloudevents+json, ' +
      'application/cloudevents-batch+json as Content-Type, or a CloudEvent with headers ce-….',
  ],
  [
    { ...JSON_TYPE, 'idempotency-key': '' },
    '{}',
    400,
    'The Idempotency-Key has 0 characters. Give 1 to 200.',
  ],
  [
    { 'content-type': 'application/cloudevents+json' },
    '{"specversion":"1.0","id":"","source":"s","type":"t"}',
    400,
    'The event is no CloudEvent: its attribute "id" must be a text that is not empty.',
  ],
  [
    { 'content-type': 'application/cloudevents+json' },
    EVENT.replace('1.0', '0.3'),
    400,
    'The event is of version "0.3" of CloudEvents, and "1.0" is read here.',
  ],
  [
    { 'content-type': 'application/cloudevents-batch+json' },
    `[${EVENT}, {}]`,
    400,
    'Record 2 of the body is no CloudEvent: its attribute "id" must be a text that is not empty.',
  ],
  [
    { 'content-type': 'application/cloudevents-batch+json' },
    EVENT,
    400,
    'A batch of CloudEvents is a list, and the body is none. Send a list, or one event as ' +
      'application/cloudevents+json.',
  ],
  [
    { ...BINARY, ...JSON_TYPE },
    '{',
    400,
    'The data of the event is not JSON: it ends at column 2 before the record does. Nothing of ' +
      'the request was kept.',
  ],
  [
    { ...BINARY, 'ce-id': '%zz' },
    '',
    400,
    'Header "ce-id" has a "%" that begins no character. Write it as "%25".',
  ],
  [
    { ...BINARY, 'ce-a_b': '' },
    '',
    400,
    'Header "ce-a_b" names no attribute: a name has letters and digits only.',
  ],
])('%j with this body is refused: %#', (headers, body, status, message) => {
  let refused: unknown
  try {
    deliver(headers, body)
  } catch (error) {
    refused = error
  }
  expect(refused).toBeInstanceOf(DeliveryRefused)
  expect(refused).toMatchObject({ status, message })
})

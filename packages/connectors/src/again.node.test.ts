/** Sources read one record again that somebody has corrected, as they read all others. */

import { type SourceReader, toUtf8 } from '@millrace/engine'
import { VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { createFileReader } from './file-source.node.ts'
import { fileSource } from './file-source.ts'
import { httpSource } from './http-source.ts'
import { topicSource } from './topic-source.ts'
import { createTopicReader } from './topics/topic-reader.ts'
import { createWebhookReader } from './webhooks/webhook-reader.ts'

const resolvePath = (path: string) => `/${path}`
const SCHEMA = { at: 'timestamp', n: 'integer' }

function openFile(content: string, config: object): SourceReader {
  const env = new VirtualEnv()
  env.disk.files.set('/in', Buffer.from(content))
  const parsed = fileSource.config.parse({ path: 'in', schema: SCHEMA, eventTime: 'at', ...config })
  return createFileReader(parsed, { env, resolvePath, position: undefined })
}

test('a line of JSON', async () => {
  const reader = openFile('', { format: 'jsonl' })
  expect(await reader.again?.({ bytes: toUtf8('{"at":5,"n":1}') })).toMatchObject({
    ...{ rows: [[5, 1]], times: [5], rejects: [] },
  })
  expect(await reader.again?.({ bytes: toUtf8('{"at":5,"n":"x"}') })).toMatchObject({
    rows: [],
    rejects: [{ raw: '{"at":5,"n":"x"}', code: 'wrong-type', column: 'n' }],
  })
  await reader.close()
})

test('a record of CSV, by the header that stands in the file', async () => {
  const reader = openFile('n;at\n7;1970-01-01\n', { format: 'csv', csv: { delimiter: ';' } })
  const early = await reader.again?.({ bytes: toUtf8('1;1970-01-01T00:00:01Z') })
  expect(early?.rejects.map(({ code }) => code)).toEqual(['header-not-read'])
  await reader.read(10)
  const bytes = toUtf8('1;1970-01-01T00:00:01Z')
  expect(await reader.again?.({ bytes })).toMatchObject({ rows: [[1000, 1]], times: [1000] })
  await reader.close()
})

test('a text with two lines is two records', async () => {
  const reader = openFile('', { format: 'jsonl', onError: 'fail' })
  const chunk = await reader.again?.({ bytes: toUtf8('{"at":5}\n{"at":6}\n\n') })
  expect([chunk?.rows.length, chunk?.rejects.length]).toEqual([2, 0])
  const bad = await reader.again?.({ bytes: new Uint8Array([0xff, 0xfe]) })
  expect(bad?.rejects.map(({ code }) => code)).toEqual(['not-utf8'])
  await reader.close()
})

test('a record of a topic, with its key and its own time', async () => {
  const config = { topic: 't', schema: { id: 'string', n: 'integer' }, key: 'id', onError: 'fail' }
  const env = new VirtualEnv()
  const reader = createTopicReader(topicSource.config.parse(config), { env, position: undefined })
  const record = { key: toUtf8('ada'), partition: 1, offset: 9, timestampMs: 1234 }
  expect(await reader.again?.({ ...record, bytes: toUtf8('{"n":1}') })).toMatchObject({
    ...{ rows: [['ada', 1]], times: [1234], rejects: [] },
  })
  expect(await reader.again?.({ ...record, bytes: toUtf8('{') })).toMatchObject({
    rejects: [{ code: 'not-json', place: { topic: 't', partition: 1, offset: 9 } }],
  })
  await reader.close()
})

test('a record that a webhook received', async () => {
  const env = new VirtualEnv()
  const config = httpSource.config.parse({ path: 'orders', schema: { n: 'integer' } })
  const reader = createWebhookReader(config, { env, position: undefined })
  const again = await reader.again?.({ bytes: toUtf8('{"n":3}'), timestampMs: 5 })
  expect(again).toMatchObject({ rows: [[3]], rejects: [] })
  await reader.close()
})

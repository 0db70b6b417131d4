/** Schemas guessed from the newest records of a topic. */

import { describe, expect, test } from 'vitest'
import { topicSource } from '../topic-source.ts'
import { inferTopic, type SampledTopic } from './infer-topic.ts'

type Values = SampledTopic['partitions'][number]

function infer(partitions: readonly Values[], keyed = 0) {
  return inferTopic({ topic: 'orders', partitions, keyed })
}

function inferred(partitions: readonly Values[], keyed = 0) {
  const found = infer(partitions, keyed)
  if ('message' in found) throw new Error(found.message)
  // Whatever is inferred can be pasted into a document.
  topicSource.config.parse({ topic: 'orders', ...found.config })
  return found
}

const at = (second: number) => `{"at":"2026-01-01T00:00:0${second}Z","n":${second}}`

test('columns and types are those of the records of all partitions', () => {
  expect(inferred([[at(1)], ['{"at":"2026-01-01T00:00:02Z","n":2.5,"user":"ada"}']])).toEqual({
    config: { schema: { at: 'timestamp', n: 'double', user: 'string' }, eventTime: 'at' },
    notes: ['Column "user" is NULL or missing in about 50 % of the records.'],
  })
})

test('how late records come is measured within each partition, as its watermark is', () => {
  const ordered = inferred([
    [at(5), at(6)],
    [at(1), at(2)],
  ])
  expect(ordered.config).not.toHaveProperty('watermark')
  const late = inferred([
    [at(5), at(6)],
    [at(4), at(1)],
  ])
  expect(late.config.watermark).toEqual({ maxOutOfOrderness: '5s' })
})

test('without a column of times, the time in the topic counts, and keys are pointed to', () => {
  expect(inferred([['{"n":1}', null]], 2)).toEqual({
    config: { schema: { n: 'integer' } },
    notes: [
      'No column looks like a time, so the event time of a record is its time in the topic.',
      '1 record of the sample without a value: with "Key", such a record becomes a row; without, ' +
        'it is skipped.',
      'The records have keys. To have them in a column, add one to the schema and name it as "Key".',
    ],
  })
})

test('records that cannot be read are counted, and the others decide', () => {
  const { config, notes } = inferred([['{"n":1}', 'hello', undefined, '[1]']])
  expect(config).toEqual({ schema: { n: 'integer' } })
  expect(notes[0]).toBe('3 records of the sample cannot be read and would go to the errors port.')
})

describe('nothing is guessed from', () => {
  test.each<[what: string, partitions: readonly Values[], message: string]>([
    [
      'an empty topic',
      [[], []],
      'Topic "orders" has no records yet, so there is nothing to go by. Send one, or write the ' +
        'columns of the schema yourself.',
    ],
    [
      'records without values',
      [[null], [null]],
      'None of the newest 2 records of topic "orders" has a value, so there is nothing to go by. ' +
        'Send one that has.',
    ],
    [
      'records that are no objects',
      [['42', 'hello']],
      'None of the newest 2 records of topic "orders" is a JSON object, and a topic source reads ' +
        'nothing else. The last one is "hello". Write objects such as {"user": "ada"} to it.',
    ],
    [
      'bytes that are no text',
      [[undefined]],
      'None of the newest 1 record of topic "orders" is a JSON object, and a topic source reads ' +
        'nothing else. The last one is not UTF-8. Write objects such as {"user": "ada"} to it.',
    ],
    [
      'objects without fields',
      [['{}']],
      'The JSON objects among the records of topic "orders" have no fields.',
    ],
  ])('%s', (_, partitions, message) => {
    expect(infer(partitions)).toEqual({ message })
  })
})

/** Reads the records of a topic of the embedded log. */

import { defineOperator } from '@millrace/engine'
import { appendStream, checkEventTime, fields } from '@millrace/pipeline'
import * as z from 'zod'
import { startMs } from './topics/start-time.ts'
import { topicName } from './topics/topic-fields.ts'
import { createTopicReader, startingAt, topicPlaces } from './topics/topic-reader.ts'

const config = z
  .strictObject({
    topic: topicName({ title: 'Topic', description: 'The topic to read. It must be there.' }),
    partitions: z
      .array(z.int('A partition must be a whole number.').min(0, 'Partitions count from 0.'))
      .min(1, 'Partitions names none. Leave the field out to read all of them.')
      .optional()
      .meta({
        title: 'Partitions',
        description: 'Those to read, counted from 0; all of them if left out.',
        examples: [[0, 1]],
      }),
    start: z
      .enum(['earliest', 'latest', 'timestamp', 'offset'])
      .prefault('earliest')
      .meta({
        title: 'Start',
        description:
          'Where a job that begins anew starts: at the first record that is there, behind the last, at a time, or ' +
          'at an offset. A job that goes on from a checkpoint reads on from there.',
        widget: 'choice',
      }),
    startTimestamp: z
      .string()
      .optional()
      .meta({
        title: 'Start timestamp',
        description:
          'For start "timestamp": the first record of each partition whose time is not before it.',
        examples: ['2026-01-01T00:00:00Z'],
        onlyWith: { field: 'start', value: 'timestamp' },
      }),
    startOffset: z
      .int('Start offset must be a whole number.')
      .min(0)
      .optional()
      .meta({
        title: 'Start offset',
        description: 'For start "offset": that of the first record read of each partition.',
        examples: [1000],
        onlyWith: { field: 'start', value: 'offset' },
      }),
    bounded: z.boolean().prefault(false).meta({
      title: 'Bounded',
      description: 'Ends behind what was the last record when the job began.',
    }),
    schema: fields.schema(),
    key: fields
      .column({
        title: 'Key',
        description: 'The column of the schema that the key of each record goes to.',
      })
      .optional(),
    eventTime: fields
      .eventTime({
        title: 'Event time',
        description: 'Where it is not set, the time of a record in the topic.',
      })
      .optional(),
    watermark: fields.watermark(),
    onError: fields.onError(),
  })
  .superRefine((config, context) => {
    const refuse = (code: string, path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message, params: { code } })
    const { start, startTimestamp, startOffset, schema, key } = config
    if ((start === 'timestamp') !== (startTimestamp !== undefined)) {
      refuse('start-without-its-field', 'startTimestamp', START_TIMESTAMP)
    } else if (startTimestamp !== undefined && startMs(startTimestamp) === undefined) {
      const message =
        `Start timestamp "${startTimestamp}" is no time. ` +
        'Write it as "2026-01-01T00:00:00Z", for instance.'
      refuse('bad-start-timestamp', 'startTimestamp', message)
    }
    if ((start === 'offset') !== (startOffset !== undefined)) {
      refuse('start-without-its-field', 'startOffset', START_OFFSET)
    }
    if (key !== undefined && !schema.some(({ name }) => name === key)) {
      refuse('key-not-in-schema', 'key', `Key "${key}" is no column of the schema. Add it there.`)
    }
  })

const START_TIMESTAMP =
  'Start "timestamp" and the field "startTimestamp" go together. Give both, or neither.'
const START_OFFSET =
  'Start "offset" and the field "startOffset" go together. Give both, or neither.'

export type TopicSourceConfig = z.output<typeof config>

const ORDERS = [
  { at: '2026-01-01T00:00:01.000Z', key: 'ada', value: '{"item":"tea","price":3}' },
  { at: '2026-01-01T00:00:02.000Z', key: 'bob', value: '{"item":"milk"' },
  { at: '2026-01-01T00:00:03.000Z', key: 'ada', value: null },
]

export const topicSource = defineOperator<TopicSourceConfig, never, 'out' | 'errors'>({
  id: 'topic-source',
  category: 'source',
  title: 'Topic source',
  icon: 'radio',
  summary: 'Reads the records of a topic of the embedded log.',
  details: [
    'The values of the records are JSON objects. Fields that the schema does not name are ignored and missing ' +
      'ones are NULL. Without `eventTime`, the event time of a record is its time in the topic. The schema ' +
      'column named by `key` gets the key: as text where its type is string, read as JSON otherwise.',
    'Records of one partition come in their order, and each partition has a watermark of its own. With `bounded`, ' +
      'partitions are read by lowest watermark, so that the same topic gives the same result each time.',
    'A record without a value says that its key is gone. With `key`, it becomes a row in which all columns but that ' +
      'are NULL, which a temporal join takes as a deletion; without, it is counted as skipped.',
    'Positions are part of the checkpoint, so that a job that goes on reads each record once. Where retention has ' +
      'taken records that it has not read, it fails and says so.',
    'To `errors` go, with the offset: values that are no UTF-8, no JSON object or do not fit the schema, and ' +
      'records whose event time is missing or outside of the years 0 to 9999.',
  ].join('\n\n'),
  configBesideState: [
    'start',
    'startTimestamp',
    'startOffset',
    'startOffsets',
    'schema',
    'eventTime',
    'watermark',
    'onError',
  ],
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'A job that goes on reads on from the offsets that the checkpoint names, as long as retention has not taken them; one that begins anew begins at `start`, and with "latest" leaves out what came in between.',
  },
  config,
  inputs: [],
  outputs: ['out', 'errors'],
  outputSchemas: ({ schema, eventTime }, _inputs, plan) => {
    if (eventTime !== undefined) checkEventTime(eventTime, schema, plan)
    return { out: appendStream(schema, true) }
  },
  topics: ({ topic }) => [{ topic, use: 'read' }],
  read: createTopicReader,
  startAt: startingAt,
  beginsAnew: ({ start, startTimestamp, startOffset }) => {
    if (start === 'latest') return 'with what is written from now on'
    if (start === 'timestamp') return `at the first record from ${startTimestamp} on`
    return start === 'offset' ? `at offset ${startOffset}` : undefined
  },
  topicPlaces: ({ topic }, position) => topicPlaces(topic, position),
  examples: [
    {
      title: 'Orders by customer, one of which breaks off',
      config: {
        topic: 'orders',
        bounded: true,
        schema: { customer: 'string', item: 'string', price: 'integer' },
        key: 'customer',
      },
      topics: { orders: ORDERS },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:01Z', row: { customer: 'ada', item: 'tea', price: 3 } },
          { watermark: '2026-01-01T00:00:00.999Z' },
          { at: '2026-01-01T00:00:03Z', row: { customer: 'ada', item: null, price: null } },
          { watermark: '2026-01-01T00:00:02.999Z' },
        ],
        errors: [
          {
            row: {
              raw: '{"item":"milk"',
              reason:
                'Partition 0: The line is not JSON: it ends at column 15 before the record does.',
              node: 'tested',
              line: null,
              offset: 1,
            },
          },
        ],
      },
    },
    {
      title: 'From a time on',
      config: {
        topic: 'orders',
        bounded: true,
        start: 'timestamp',
        startTimestamp: '2026-01-01T00:00:03Z',
        schema: { customer: 'string', price: 'integer' },
        key: 'customer',
      },
      topics: { orders: ORDERS },
      outputs: { out: [{ at: '2026-01-01T00:00:03Z', row: { customer: 'ada', price: null } }] },
    },
  ],
})

/** Writes records to a topic of the embedded log. */

import { defineOperator } from '@millrace/engine'
import { columnIndex, columnText, fields, isTable } from '@millrace/pipeline'
import * as z from 'zod'
import { topicName } from './topics/topic-fields.ts'
import { runTopicSink } from './topics/topic-writer.ts'

const config = z
  .strictObject({
    topic: topicName({
      title: 'Topic',
      description: 'The topic to write to. It is made where it is not there.',
    }),
    key: fields
      .columns({
        title: 'Key',
        description:
          'The columns that make up the key of each record; records of one key keep their order. Of a table, its own ' +
          'key if left out.',
      })
      .optional(),
    partitions: fields
      .count({ title: 'Partitions', description: 'Of a topic that is made.' })
      .prefault(1),
    compact: z.boolean().optional().meta({
      title: 'Compact',
      description:
        'Whether a topic that is made keeps only the newest record of each key. If left out, for tables.',
    }),
    retention: fields
      .duration({
        title: 'Retention',
        description: 'How long a topic that is made keeps records; for ever if left out.',
      })
      .optional(),
  })
  .refine(({ compact, retention }) => compact !== true || retention === undefined, {
    message:
      'A compacted topic keeps the newest record of each key for ever, and "retention" would take it. Remove one ' +
      'of them.',
    path: ['retention'],
    params: { code: 'retention-of-compacted' },
  })
  .refine(({ partitions }) => partitions <= 256, {
    message: 'A topic has at most 256 partitions. Choose fewer.',
    path: ['partitions'],
    params: { code: 'too-many-partitions' },
  })

export type TopicSinkConfig = z.output<typeof config>

export const topicSink = defineOperator<TopicSinkConfig, 'in', never>({
  id: 'topic-sink',
  category: 'sink',
  title: 'Topic sink',
  icon: 'send',
  summary: 'Writes records to a topic of the embedded log.',
  details: [
    'The value of a record is a JSON object with every column, its time is the event time, or the time of ' +
      'writing where there is none. The key is the text of the column, or JSON where it is no text or there are several.',
    '**With checkpoints**, what a checkpoint holds appears in all partitions at once when it is committed, and once, ' +
      'whatever crashes come between. **Without**, records are appended as they come, and a job that is run again ' +
      'after it failed writes them again: at least once.',
    'The rows of a table are written as upserts by key: `+I` and `+U` as the new row, `-D` as a record without a value, ' +
      'which says that the key is gone. A topic that is made for a table is compacted.',
    'Where the log has no space, the job waits until there is some.',
  ].join('\n\n'),
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'at-least-once',
    note: 'What a checkpoint holds appears in all partitions at once. Without checkpoints records are appended as they come, and again when the job is run again.',
  },
  writtenSince: ({ topic }) =>
    `Records that have been written to topic "${topic}" since stay there, for others may have read them; what ` +
    'comes again is written behind them.',
  config,
  inputs: ['in'],
  upsertInputs: ['in'],
  outputs: [],
  outputSchemas: ({ key }, { in: input }, plan) => {
    for (const [index, name] of (key ?? []).entries()) {
      if (columnIndex(input, name) >= 0) continue
      const known = input.columns.slice(0, 8).map((column) => columnText(column.name))
      const message = `There is no column "${name}". The columns are ${known.join(', ')}.`
      plan.report({ code: 'column-unknown', path: ['key', index], message })
    }
    const own = isTable(input) ? (input.key ?? []) : undefined
    const differs = own !== undefined && key !== undefined && key.join() !== own.join()
    if (differs) {
      const message =
        `The rows of a table are written by its key, ${own.map(columnText).join(', ')}, and Key says ` +
        `${key.map(columnText).join(', ')}. Leave Key out.`
      plan.report({ code: 'key-not-of-table', path: ['key'], message })
    }
    return {}
  },
  topics: ({ topic }) => [{ topic, use: 'write' }],
  run: runTopicSink,
  examples: [
    {
      title: 'Orders by customer',
      config: { topic: 'orders', key: ['customer'] },
      inputs: {
        in: {
          schema: { customer: 'string', price: 'integer' },
          elements: [
            { at: 1000, row: { customer: 'ada', price: 3 } },
            { at: 2000, row: { customer: 'bob' } },
          ],
        },
      },
      outputTopics: {
        orders: [
          { at: '1970-01-01T00:00:01.000Z', key: 'ada', value: '{"customer":"ada","price":3}' },
          { at: '1970-01-01T00:00:02.000Z', key: 'bob', value: '{"customer":"bob","price":null}' },
        ],
      },
    },
    {
      title: 'The changes of a table',
      config: { topic: 'stock' },
      inputs: {
        in: {
          schema: { item: 'string', shop: 'integer', stock: 'integer' },
          table: { changes: 'retract', key: ['item', 'shop'] },
          elements: [
            { at: 1000, change: '+I', row: { item: 'tea', shop: 1, stock: 1 } },
            { at: 2000, change: '-U', row: { item: 'tea', shop: 1, stock: 1 } },
            { at: 2000, change: '+U', row: { item: 'tea', shop: 1, stock: 4 } },
            { at: 3000, change: '-D', row: { item: 'tea', shop: 1, stock: 4 } },
          ],
        },
      },
      outputTopics: {
        stock: [
          {
            at: '1970-01-01T00:00:01.000Z',
            key: '{"item":"tea","shop":1}',
            value: '{"item":"tea","shop":1,"stock":1}',
          },
          {
            at: '1970-01-01T00:00:02.000Z',
            key: '{"item":"tea","shop":1}',
            value: '{"item":"tea","shop":1,"stock":4}',
          },
          { at: '1970-01-01T00:00:03.000Z', key: '{"item":"tea","shop":1}', value: null },
        ],
      },
    },
  ],
})

/** Emits rows that are written in the document. */

import { defineOperator } from '@millrace/engine'
import { appendStream, checkEventTime, fields } from '@millrace/pipeline'
import * as z from 'zod'
import { checkPaceOfTimed, paceFields } from './reading/source-config.ts'

/** More belong into a file: the document is saved with every edit. */
const ROWS_MAX = 1_000

const config = z
  .strictObject({
    schema: fields.schema(),
    rows: z
      .array(
        z
          .record(z.string(), z.unknown())
          .meta({ title: 'Row', description: 'Column name -> value, as in a line of JSON.' }),
      )
      .min(1, 'Without a row nothing would be emitted. Add one.')
      .max(
        ROWS_MAX,
        `More than ${ROWS_MAX} rows make the document slow to save. Put them into a file, and read it with "file-source".`,
      )
      .meta({
        title: 'Rows',
        description: 'They are emitted in this order. A column that a row leaves out is NULL.',
        widget: 'rows',
        examples: [[{ at: '2026-01-01T00:00:01Z', user: 'ada' }]],
      }),
    eventTime: fields.eventTime().optional(),
    watermark: fields.watermark(),
    ...paceFields,
    onError: fields.onError(),
  })
  .superRefine(checkPaceOfTimed)

export type RowsSourceConfig = z.output<typeof config>

export const rowsSource = defineOperator<RowsSourceConfig, never, 'out' | 'errors'>({
  id: 'rows-source',
  category: 'source',
  title: 'Rows source',
  icon: 'table-properties',
  summary: 'Emits rows that are written in the document, one after the other.',
  details: [
    'For trying out what a pipeline does with a few records that you choose: one out of order, one that is ' +
      'late, one that cannot be read. The rows go with the document wherever it is sent, so that it needs no file.',
    'A row is read as a line of JSON would be: fields that the schema does not name are ignored, missing ones ' +
      'are NULL. Timestamps are ISO-8601 (a text without a zone is UTC) or milliseconds since 1970.',
    `There may be up to ${ROWS_MAX} rows. When all of them are out, the input has ended, and what was open fires.`,
    'To `errors` go, as JSON, with the reason and the number of the row as its line: rows with a value that is not of the ' +
      'type of its column, and rows whose event time is missing or outside of the years 0 to 9999.',
  ].join('\n\n'),
  configBesideState: ['schema', 'eventTime', 'watermark', 'rate', 'pace', 'speed', 'onError'],
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'A job that goes on emits what comes behind the row that the checkpoint names; one that begins anew begins with the first row.',
  },
  config,
  inputs: [],
  outputs: ['out', 'errors'],
  outputSchemas: ({ schema, eventTime }, _inputs, plan) => {
    if (eventTime !== undefined) checkEventTime(eventTime, schema, plan)
    return { out: appendStream(schema, eventTime !== undefined) }
  },
  examples: [
    {
      title: 'Three clicks, the last of which has no time',
      config: {
        schema: { at: 'timestamp', user: 'string' },
        rows: [
          { at: '2026-01-01T00:00:02Z', user: 'ada' },
          { at: '2026-01-01T00:00:01Z', user: 'bob' },
          { at: 'yesterday', user: 'eve' },
        ],
        eventTime: 'at',
        watermark: { maxOutOfOrderness: '5s' },
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:02Z', row: { at: '2026-01-01T00:00:02.000Z', user: 'ada' } },
          { watermark: '2025-12-31T23:59:56.999Z' },
          { at: '2026-01-01T00:00:01Z', row: { at: '2026-01-01T00:00:01.000Z', user: 'bob' } },
        ],
        errors: [
          {
            row: {
              raw: '{"at":"yesterday","user":"eve"}',
              reason: 'Column "at": "yesterday" is not of type timestamp.',
              node: 'tested',
              line: 3,
              offset: 86,
            },
          },
        ],
      },
    },
  ],
})

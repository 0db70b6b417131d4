/** Reads records from a file of JSON lines or comma-separated values. */

import { defineOperator } from '@millrace/engine'
import { appendStream, checkEventTime, fields } from '@millrace/pipeline'
import * as z from 'zod'
import { CSV_OF_OTHER, csv, format, refuseCsvOfOther } from './file-format.ts'
import { checkPaceOfTimed, paceFields } from './reading/source-config.ts'

const config = z
  .strictObject({
    path: fields.path({
      title: 'Path',
      description: "The file. A relative path counts from the document's folder.",
    }),
    format: format(),
    compression: z.enum(['none', 'gzip']).optional().meta({
      title: 'Compression',
      description: 'If left out, gzip for a path that ends in ".gz", none for any other.',
      widget: 'choice',
    }),
    csv: csv(),
    schema: fields.schema(),
    eventTime: fields.eventTime().optional(),
    watermark: fields.watermark(),
    ...paceFields,
    onError: fields.onError(),
  })
  .refine((config) => !refuseCsvOfOther(config), CSV_OF_OTHER)
  .superRefine(checkPaceOfTimed)

export type FileSourceConfig = z.output<typeof config>

export const fileSource = defineOperator<FileSourceConfig, never, 'out' | 'errors'>({
  id: 'file-source',
  category: 'source',
  title: 'File source',
  icon: 'file-input',
  summary: 'Reads records from a file of JSON lines or comma-separated values.',
  details: [
    'The file is UTF-8; a byte order mark and carriage returns at line ends are skipped. Blank lines and the ' +
      'header of a CSV file are counted as skipped lines. A job ends when its files end.',
    'Timestamps are ISO-8601 (a text without a zone is UTC) or milliseconds since 1970. For the event time, ' +
      '`unit` says what numbers count and `format` how texts are read.',
    'In **JSON lines**, fields that the schema does not name are ignored and missing ones are NULL. A record ' +
      'with a field `__proto__` is refused unless the schema names it, since only attacks have one.',
    'In **CSV**, columns are found by the header; without one they stand in the order of the schema. A field ' +
      'with nothing in it is NULL, `""` is the empty text. Lists, records and `any` are read as JSON. A quoted ' +
      'field may hold line ends; one that is never closed costs its own line only, and the next ' +
      'one is read anew.',
    'To `errors` go, with the text, the reason, the line and the offset in bytes (of the unpacked file): lines ' +
      'that are not UTF-8, have more than 1 MiB, are no JSON object, are nested more than 512 levels deep or ' +
      'have the wrong number of fields, values that are not of the type of their column, and records whose ' +
      'event time is missing or outside of the years 0 to 9999.',
  ].join('\n\n'),
  configBesideState: ['schema', 'eventTime', 'watermark', 'rate', 'pace', 'speed', 'onError'],
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'A job that goes on reads on from the byte that the checkpoint names; one that begins anew reads the file from its beginning. The file must not be changed before that byte.',
  },
  config,
  inputs: [],
  outputs: ['out', 'errors'],
  files: ({ path }) => [{ path, use: 'read' }],
  outputSchemas: ({ schema, eventTime }, _inputs, plan) => {
    if (eventTime !== undefined) checkEventTime(eventTime, schema, plan)
    return { out: appendStream(schema, eventTime !== undefined) }
  },
  examples: [
    {
      title: 'Clicks with a line that is no record',
      config: {
        path: 'clicks.jsonl',
        format: 'jsonl',
        schema: { at: 'timestamp', page: 'string', ms: 'double' },
        eventTime: 'at',
      },
      files: {
        'clicks.jsonl': [
          '{"at": "2026-01-01T00:00:01Z", "page": "/", "ms": 80}',
          '{"at": "2026-01-01T00:00:02Z", "page": "/cart", "color": "red"}',
          '{"at": "yesterday", "page": "/"}',
          '',
        ].join('\n'),
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T00:00:01Z',
            row: { at: '2026-01-01T00:00:01.000Z', page: '/', ms: 80 },
          },
          { watermark: '2026-01-01T00:00:00.999Z' },
          {
            at: '2026-01-01T00:00:02Z',
            row: { at: '2026-01-01T00:00:02.000Z', page: '/cart', ms: null },
          },
          { watermark: '2026-01-01T00:00:01.999Z' },
        ],
        errors: [
          {
            row: {
              raw: '{"at": "yesterday", "page": "/"}',
              reason: 'Column "at": "yesterday" is not of type timestamp.',
              node: 'tested',
              line: 3,
              offset: 118,
            },
          },
        ],
      },
    },
    {
      title: 'Comma-separated values, times in seconds',
      config: {
        path: 'rides.csv',
        format: 'csv',
        csv: { delimiter: ';' },
        schema: { started: 'integer', rider: 'string', km: 'double' },
        eventTime: { column: 'started', unit: 's' },
      },
      files: { 'rides.csv': 'rider;started;km\nada;1767225600;3.5\n"Bob; Eve";1767225660;\n' },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:00Z', row: { started: 1767225600, rider: 'ada', km: 3.5 } },
          { watermark: '2025-12-31T23:59:59.999Z' },
          { at: '2026-01-01T00:01:00Z', row: { started: 1767225660, rider: 'Bob; Eve', km: null } },
          { watermark: '2026-01-01T00:00:59.999Z' },
        ],
        errors: [],
      },
    },
  ],
})

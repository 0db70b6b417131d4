/** Writes records to a file of JSON lines or comma-separated values. */

import { defineOperator, type Saved } from '@millrace/engine'
import type { ExampleStream } from '@millrace/pipeline'
import * as z from 'zod'
import {
  CSV_OF_OTHER,
  csv,
  format,
  normalizedPath,
  refuseCsvOfOther,
  sinkPath,
} from './file-format.ts'
import { reportOpColumn } from './writing/op-column.ts'

const config = z
  .strictObject({
    path: sinkPath(),
    format: format(),
    csv: csv(),
    changelog: z
      .enum(['op', 'debezium'])
      .prefault('op')
      .meta({
        title: 'Changelog',
        description:
          'How the rows of a table say what they change. op: by a first column "op". debezium: by envelopes with the ' +
          'row before and after a change.',
        widget: 'choice',
      }),
  })
  .refine((config) => !refuseCsvOfOther(config), CSV_OF_OTHER)
  .refine(({ format, changelog }) => format === 'jsonl' || changelog === 'op', {
    message:
      'Changelog is "debezium", whose envelopes are JSON, and format is csv. Set "format" to "jsonl", or ' +
      '"changelog" to "op".',
    path: ['changelog'],
    params: { code: 'debezium-not-json' },
  })

/** Of an unbounded job there is a file for each checkpoint. */
function isNumbered(prepared: Saved): boolean {
  return typeof prepared === 'object' && prepared !== null && 'number' in prepared
}

export type FileSinkConfig = z.output<typeof config>

/** A table that examples write. */
const STOCK: ExampleStream = {
  schema: { item: 'string', stock: 'integer' },
  eventTime: false,
  table: { changes: 'retract', key: ['item'] },
  elements: [
    { change: '+I', row: { item: 'tea', stock: 1 } },
    { change: '-U', row: { item: 'tea', stock: 1 } },
    { change: '+U', row: { item: 'tea', stock: 4 } },
    { change: '-D', row: { item: 'tea', stock: 4 } },
  ],
}

export const fileSink = defineOperator<FileSinkConfig, 'in', never>({
  id: 'file-sink',
  category: 'sink',
  title: 'File sink',
  icon: 'file-output',
  summary: 'Writes records to a file of JSON lines or comma-separated values.',
  details: [
    'Records are written to `path.part`, which is made durable and renamed to `path` when the job has ended ' +
      'well, also if there was no record. A job that fails or is aborted leaves the file that was there before, ' +
      'and removes the part. Folders that are missing are created.',
    'A job that takes checkpoints and whose input does not end, as on a server, writes a file for each checkpoint ' +
      'that has records, with a number before the ending: `out.jsonl` becomes `out-000001.jsonl`, ' +
      '`out-000002.jsonl` and so on. The log of the job names the first one of a run.',
    'A job with a live source ends when it is told to (Ctrl-C on the command line): what has come by then is ' +
      'taken to its end, open windows fire, and the files are completed.',
    'A line has every column of its row, NULL as `null`. The rows of a table have a first column `op`, which ' +
      'is `+I`, `-U`, `+U` or `-D`. With `changelog` "debezium" a line is an envelope instead, ' +
      '`{"before": ..., "after": ..., "op": "c"}`, where `op` is `c` for a row that comes, `u` for one that takes the ' +
      'place of another and `d` for one that goes; a stream is written so too, as rows that come. `before` is `null` ' +
      'for an update whose old row does not come to sinks, as with results of windows that fire again. In CSV, NULL is a field with nothing in it and `""` the empty text; lists, ' +
      'records and `any` are JSON.',
    'Two file sinks cannot write one path.',
  ].join('\n\n'),
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'A file is visible when its checkpoint is committed, and what was written later is taken back. A run without checkpoints shows its file at the end, whole, and writes it anew when it is run again.',
  },
  writtenSince: ({ path }, prepared) =>
    isNumbered(prepared)
      ? `Files of "${path}" that have been completed since are put aside, into "superseded" beside them.`
      : undefined,
  config,
  inputs: ['in'],
  upsertInputs: ['in'],
  outputs: [],
  files: ({ path }) => [{ path, use: 'write' }],
  exclusiveResources: ({ path }) => [`File "${normalizedPath(path)}"`],
  outputSchemas: ({ changelog }, { in: input }, plan) => {
    if (changelog === 'op') reportOpColumn(input, plan)
    return {}
  },
  examples: [
    {
      title: 'Every column of every record',
      config: { path: 'out.jsonl', format: 'jsonl' },
      inputs: {
        in: {
          schema: { at: 'timestamp', page: 'string', ms: 'double' },
          elements: [
            { at: 1000, row: { at: '1970-01-01T00:00:01Z', page: '/', ms: 80 } },
            { at: 2000, row: { page: '/cart' } },
          ],
        },
      },
      outputFiles: {
        'out.jsonl':
          '{"at":"1970-01-01T00:00:01.000Z","page":"/","ms":80}\n' +
          '{"at":null,"page":"/cart","ms":null}\n',
      },
    },
    {
      title: 'The changes of a table',
      config: { path: 'out.jsonl', format: 'jsonl' },
      inputs: { in: STOCK },
      outputFiles: {
        'out.jsonl':
          '{"op":"+I","item":"tea","stock":1}\n' +
          '{"op":"-U","item":"tea","stock":1}\n' +
          '{"op":"+U","item":"tea","stock":4}\n' +
          '{"op":"-D","item":"tea","stock":4}\n',
      },
    },
    {
      title: 'The changes of a table as envelopes of Debezium',
      config: { path: 'out.jsonl', format: 'jsonl', changelog: 'debezium' },
      inputs: { in: STOCK },
      outputFiles: {
        'out.jsonl':
          '{"before":null,"after":{"item":"tea","stock":1},"op":"c"}\n' +
          '{"before":{"item":"tea","stock":1},"after":{"item":"tea","stock":4},"op":"u"}\n' +
          '{"before":{"item":"tea","stock":4},"after":null,"op":"d"}\n',
      },
    },
    {
      title: 'Comma-separated values',
      config: { path: 'out.csv', format: 'csv' },
      inputs: {
        in: {
          schema: { page: 'string', tags: 'list<string>' },
          elements: [
            { at: 1000, row: { page: 'a, b', tags: ['x'] } },
            { at: 2000, row: { page: '', tags: null } },
            { at: 3000, row: {} },
          ],
        },
      },
      outputFiles: { 'out.csv': 'page,tags\n"a, b","[""x""]"\n"",\n,\n' },
    },
  ],
})

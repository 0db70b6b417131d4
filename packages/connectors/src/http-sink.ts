/** Sends records to an endpoint over HTTP. */

import {
  defineOperator,
  JobFailed,
  type Net,
  process,
  type RunContext,
  refusalRow,
} from '@millrace/engine'
import {
  columnIndex,
  columnText,
  createRowText,
  fields,
  isTable,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import * as z from 'zod'
import { HttpWriter } from './http/http-writer.ts'
import { laneOf } from './http/request-batch.ts'
import { endpointUrl, requestHeaders } from './http/request-fields.ts'
import { reportOpColumn } from './writing/op-column.ts'
import { createJsonLines } from './writing/row-lines.ts'

/** The loop takes nothing more while so many requests are outstanding. */
const CONCURRENCY_MAX = 16

const config = z.strictObject({
  url: endpointUrl(),
  method: z.enum(['POST', 'PUT', 'PATCH']).prefault('POST').meta({
    title: 'Method',
    description: 'The HTTP method of each request.',
    widget: 'choice',
  }),
  headers: requestHeaders(),
  format: z.enum(['json', 'ndjson']).prefault('json').meta({
    title: 'Format',
    description: 'json: an object, or a list of them for batches. ndjson: an object a line.',
    widget: 'choice',
  }),
  batch: z
    .strictObject({
      records: fields
        .count({
          title: 'Records',
          description: 'How many go in one request at most.',
          min: 1,
          max: 1000,
        })
        .prefault(1),
      wait: fields
        .duration({
          title: 'Wait',
          description: 'So long a batch waits at most for further records.',
        })
        .prefault('100ms'),
    })
    .prefault({})
    .meta({ title: 'Batch', description: 'How many records go together in one request.' }),
  key: fields
    .columns({
      title: 'Key',
      description:
        'Records of one key are sent in their order, one request after another. Without, requests may overtake each ' +
        'other, unless concurrency is 1.',
      min: 1,
    })
    .optional(),
  concurrency: fields
    .count({
      title: 'Concurrency',
      description: 'How many requests are under way at once at most.',
      min: 1,
      max: CONCURRENCY_MAX,
    })
    .prefault(4),
  timeout: fields
    .duration({ title: 'Timeout', description: 'So long an answer may take.' })
    .prefault('30s'),
  retries: fields
    .count({
      title: 'Retries',
      description: 'How often a request is sent again before the job fails.',
      max: 1000,
    })
    .prefault(10),
  onError: fields.onError(),
})

export type HttpSinkConfig = z.output<typeof config>

export const httpSink = defineOperator<HttpSinkConfig, 'in', 'errors'>({
  id: 'http-sink',
  category: 'sink',
  title: 'HTTP sink',
  icon: 'globe',
  summary: 'Sends records to an endpoint over HTTP.',
  details: [
    'Each record is a request, or as many as `batch.records` says, in JSON with every column, NULL as `null`. The rows ' +
      'of a table have a first field `op`, which is `+I`, `-U`, `+U` or `-D`.',
    '**At least once, with a key.** An answer may get lost after the endpoint has taken the records; then they are sent ' +
      'again under the same `Idempotency-Key`, and an endpoint that remembers keys takes them once. With checkpoints, ' +
      'what was sent and not answered is part of the checkpoint, so keys stay the same over restarts. What was sent ' +
      'after the last checkpoint is sent again too: with one record a request under the same key; a batch that was not ' +
      'full when it was sent may be cut elsewhere then, and has another key.',
    '**Sent again**, after up to 0.5 s, 1 s, 2 s and so on to 30 s, and not before a `Retry-After` of up to 15 minutes: ' +
      'what got no answer, and what got 408, 409, 425, 429 or 5xx. After `retries` the job fails and is started again ' +
      'by whoever runs it; nothing is lost then.',
    '**Refused**: a record that gets any other 4xx goes to `errors` with the answer, or fails the job, as `onError` ' +
      'says. A batch that is refused is divided until the record is found. 401, 402, 403, 404, 405, 407, 410 and ' +
      'redirects, which are not followed, are not about a record: the job fails.',
    'Only addresses of the internet are called. Those of this machine and of private networks must be allowed by ' +
      'whoever starts Millrace, with `--allow-net` for `millrace serve` and `millrace run`.',
  ].join('\n\n'),
  configBesideState: [
    'url',
    'method',
    'headers',
    'format',
    'batch',
    'key',
    'concurrency',
    'timeout',
    'retries',
    'onError',
  ],
  guarantee: {
    withCheckpoints: 'at-least-once',
    without: 'at-least-once',
    note: 'Requests are repeated under the same `Idempotency-Key`: an endpoint that knows keys takes them once, with checkpoints and one record a request.',
  },
  config,
  inputs: ['in'],
  upsertInputs: ['in'],
  outputs: ['errors'],
  outputSchemas: ({ key }, { in: input }, plan) => {
    reportOpColumn(input, plan)
    for (const [index, name] of (key ?? []).entries()) {
      if (columnIndex(input, name) >= 0) continue
      const known = input.columns.slice(0, 8).map((column) => columnText(column.name))
      const message = `There is no column "${name}". The columns are ${known.join(', ')}.`
      plan.report({ code: 'column-unknown', path: ['key', index], message })
    }
    return {}
  },
  run: (config, inputs, context) =>
    process(inputs, context, { ports: ['errors'] }, ({ out }) => {
      const schema = context.inputSchemas.in
      if (schema === undefined) throw new Error('An HTTP sink has an input.')
      const refused: { readonly letter: Row; done(): void }[] = []
      const writer = new HttpWriter({
        config,
        env: context.env,
        net: requireNet(context),
        scope: `${context.jobId ?? context.env.ids.next()}-${context.nodeId}`,
        ledger: context.ledger,
        outstanding: context.outstanding,
        refuse: (record, reason, done) => {
          if (config.onError === 'fail') context.fail(refusedRecord(record, reason))
          else refused.push({ letter: toLetter(context.nodeId, schema, record, reason), done })
        },
        fail: (error) => context.fail(error),
      })
      context.onCheckpoint(writer)
      const { line } = createJsonLines(schema)
      const toLane = createLane(config, schema)
      return {
        rows: (_input, { rows, changes }, from, to) => {
          context.ledger.held += to - from
          for (let index = from; index < to; index++) {
            const row = rows[index] ?? []
            writer.write(line(row, changes?.[index]).slice(0, -1), toLane(row))
          }
        },
        watermark: (watermarkMs) => {
          if (watermarkMs === Number.POSITIVE_INFINITY) writer.handOver()
          return undefined
        },
        nextProcessingMs: () => (refused.length > 0 ? 0 : Number.POSITIVE_INFINITY),
        processingTime: () => {
          for (const { letter, done } of refused.splice(0)) {
            context.ledger.release('deadLettered', 1)
            out.errors.emit(letter, Number.NaN)
            done()
          }
          return undefined
        },
        underWay: () => writer.isBusy,
      }
    }),
  examples: [
    {
      title: 'A request for each record',
      config: { url: 'https://shop.example/orders' },
      inputs: {
        in: {
          schema: { customer: 'string', price: 'double' },
          elements: [
            { at: 1000, row: { customer: 'ada', price: 3.5 } },
            { at: 2000, row: { customer: 'bob' } },
          ],
        },
      },
      outputRequests: [
        { to: 'POST https://shop.example/orders', body: '{"customer":"ada","price":3.5}' },
        { to: 'POST https://shop.example/orders', body: '{"customer":"bob","price":null}' },
      ],
    },
    {
      title: 'Changes of a table, several in a request',
      config: {
        url: 'https://shop.example/stock',
        method: 'PUT',
        headers: { 'X-Shop': '7' },
        batch: { records: 100 },
        key: ['item'],
        concurrency: 1,
      },
      inputs: {
        in: {
          schema: { item: 'string', stock: 'integer' },
          eventTime: false,
          table: { changes: 'upsert', key: ['item'] },
          elements: [
            { change: '+I', row: { item: 'tea', stock: 1 } },
            { change: '+U', row: { item: 'tea', stock: 4 } },
          ],
        },
      },
      outputRequests: [
        {
          to: 'PUT https://shop.example/stock',
          body: '[{"op":"+I","item":"tea","stock":1},{"op":"+U","item":"tea","stock":4}]',
        },
      ],
    },
  ],
})

/** All in one lane where order does not matter. */
function createLane(
  { key, concurrency }: HttpSinkConfig,
  schema: StreamSchema,
): (row: Row) => number {
  if (key === undefined || concurrency === 1) return () => 0
  const indexes = key.map((name) => columnIndex(schema, name))
  const text = createRowText(indexes.flatMap((index) => schema.columns[index] ?? []))
  return (row) => laneOf(text(indexes.map((index) => row[index] ?? null)), concurrency)
}

/** Of a table, what is sent is not the row that came in, so it cannot be sent in again. */
function toLetter(nodeId: string, schema: StreamSchema, record: string, message: string): Row {
  const cause = { code: 'refused-by-endpoint', message }
  return refusalRow(nodeId, record, cause, isTable(schema) ? {} : { channel: 0 })
}

function requireNet({ env }: RunContext): Net {
  if (env.net !== undefined) return env.net
  const message =
    'Nothing can be sent from here. Deploy the pipeline on a server, or run it with "millrace run".'
  throw new JobFailed({ domain: 'user', retry: false, message })
}

function refusedRecord(record: string, reason: string): JobFailed {
  const message = `${reason} The record is ${record.slice(0, 200)}. Set onError to "dead-letter" to put such records aside.`
  return new JobFailed({ domain: 'user', retry: false, message })
}

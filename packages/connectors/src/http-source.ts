/** Receives records over HTTP, at a path of its own. */

import { defineOperator } from '@millrace/engine'
import { appendStream, checkEventTime, fields, type WebhookSignature } from '@millrace/pipeline'
import * as z from 'zod'
import { topicPlaces } from './topics/topic-reader.ts'
import { signature } from './webhooks/signature-config.ts'
import { createWebhookReader, webhookStartingAt } from './webhooks/webhook-reader.ts'
import { WEBHOOK_BYTES_MAX, webhookTopic } from './webhooks/webhook-topic.ts'

const config = z.strictObject({
  path: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,79}$/,
      'Path must be 1 to 80 lower-case letters, digits, hyphens and underscores, and begin with a letter or a digit.',
    )
    .meta({
      title: 'Path',
      description:
        'Requests go to /hooks/ and this path. Whoever knows it may send: where that matters, ask for a signature.',
      examples: ['orders'],
      widget: 'hook-path',
    }),
  start: z
    .enum(['unread', 'earliest', 'latest'])
    .prefault('unread')
    .meta({
      title: 'Start',
      description:
        'Where a job that begins anew starts: with what no job has read yet, with everything that is kept, or with ' +
        'what comes from now on. A job that goes on from a checkpoint reads on from there.',
      widget: 'choice',
    }),
  schema: fields.schema(),
  eventTime: fields
    .eventTime({
      title: 'Event time',
      description: 'Where it is not set, the time at which a record arrives.',
    })
    .optional(),
  watermark: fields.watermark(),
  signature: signature(),
  requestSize: fields
    .sizeBytes({
      title: 'Request size',
      description: 'The largest body, unpacked.',
      maxBytes: WEBHOOK_BYTES_MAX,
    })
    .prefault('1MB'),
  rate: fields
    .rate({
      title: 'Rate',
      description: 'At most so many requests per second; others get 429.',
      what: 'requests',
    })
    .prefault(1000),
  backlog: fields
    .sizeBytes({
      title: 'Backlog',
      description: 'While more than this has not been read yet, requests get 429.',
    })
    .prefault('1GB'),
  keep: fields
    .duration({
      title: 'Keep',
      description:
        'How long records stay that have been read, at least: so far back a job can be restored.',
      min: 'zero',
    })
    .prefault('1h'),
  whileStopped: z.enum(['accept', 'refuse']).prefault('accept').meta({
    title: 'While stopped',
    description:
      'What becomes of requests while no job reads them. accept: they are kept for the next one. refuse: they get 503.',
    widget: 'choice',
  }),
  onError: fields.onError(),
})

/** What a job that goes on from nothing reads. */
const BEGINS = {
  unread: 'with what no job has read yet',
  earliest: undefined,
  latest: 'with what comes from now on',
} as const

export type HttpSourceConfig = z.output<typeof config>

function toSignature({
  tolerance,
  ...signed
}: NonNullable<HttpSourceConfig['signature']>): WebhookSignature {
  return { ...signed, toleranceMs: tolerance }
}

export const httpSource = defineOperator<HttpSourceConfig, never, 'out' | 'errors'>({
  id: 'http-source',
  category: 'source',
  title: 'HTTP source',
  icon: 'webhook',
  summary: 'Receives records over HTTP, at a path of its own.',
  details: [
    'Records are sent as `POST /hooks/` and the path to the server that runs the pipeline. The answer is `202` with ' +
      '`{"accepted": 3}` when they last through a power cut, in a topic of the log that belongs to this source. A ' +
      'request is taken as a whole or not at all.',
    'A body is, by its `Content-Type`, a JSON object or a list of them (`application/json`), a JSON object a line ' +
      '(`application/x-ndjson`, `application/jsonl`), or CloudEvents 1.0: an event ' +
      '(`application/cloudevents+json`), a list of events (`application/cloudevents-batch+json`), or an event in ' +
      'headers `ce-…` with its data as the body. Of an event the record is its JSON form, whichever way it came: ' +
      '`{"id": …, "source": …, "type": …, "time": …, "data": …}`. Bodies may be packed with gzip.',
    '**Once.** A request that is repeated with the same `Idempotency-Key` gets the same answer and is kept once, as ' +
      'long as the key is among the newest 4,096. Without one, a single CloudEvent is known by its source and id.',
    '**Signed.** With `signature` a request must carry an HMAC with SHA-256 over its body, byte by byte as it is ' +
      'sent (packed, where it is packed). `github` is `X-Hub-Signature-256: sha256=…`; `stripe` is ' +
      '`Stripe-Signature: t=…,v1=…` over the time in seconds, a full stop and the body, with several `v1` while a ' +
      'secret is exchanged; `generic` is hex or Base64 in `X-Signature` or another header, with a time in ' +
      '`timestampHeader` if that is given. A signed time must be within `tolerance` of that of the server, which keeps ' +
      'old requests from being sent again; within it, a request that is repeated with the same signature is kept once, ' +
      'unless it brings another `Idempotency-Key`. The secret is named, never written: `secret://shop-hook` is ' +
      'what the server has in its environment as `MILLRACE_SECRET_SHOP_HOOK`. What is not signed so gets `401`.',
    '**Refused**, with `{"code", "message"}` and nothing kept: `400` what cannot be read, `401` what is not signed as it must be, `413` what is too large, ' +
      'nests deeper than 64 or has more than 10,000 records, `415` what is of another type, `429` with `Retry-After` ' +
      'what is too much, `503` with `Retry-After` where the log has no space. Requests of pages from elsewhere get `403`.',
    'What is JSON and does not fit the schema goes to `errors`, with its offset in the topic. Fields that the schema ' +
      'does not name are ignored and missing ones are NULL. Without `eventTime`, the event time is that of the arrival.',
    'The path is there from the first start of the pipeline until it is deleted or another version without the path is ' +
      'started. `millrace run --port PORT` serves it while it runs.',
  ].join('\n\n'),
  configBesideState: [
    'start',
    'startsAt',
    'schema',
    'eventTime',
    'watermark',
    'signature',
    'requestSize',
    'rate',
    'backlog',
    'keep',
    'whileStopped',
    'onError',
  ],
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'at-least-once',
    note: 'Of what was answered with 202. A job that goes on reads on from the offset that the checkpoint names; one that begins anew begins with what no finished run has read, unless its start says otherwise.',
  },
  config,
  inputs: [],
  outputs: ['out', 'errors'],
  exclusiveResources: ({ path }) => [`Webhook "${path}"`],
  topics: ({ path }) => [{ topic: webhookTopic(path), use: 'read' }],
  topicPlaces: ({ path }, position) => topicPlaces(webhookTopic(path), position),
  webhooks: ({ path, requestSize, rate, backlog, whileStopped, signature: signed }) => [
    {
      path,
      topic: webhookTopic(path),
      requestBytesMax: requestSize,
      requestsPerSecond: rate,
      unreadBytesMax: backlog,
      whileStopped,
      ...(signed === undefined ? {} : { signature: toSignature(signed) }),
    },
  ],
  outputSchemas: ({ schema, eventTime }, _inputs, plan) => {
    if (eventTime !== undefined) checkEventTime(eventTime, schema, plan)
    return { out: appendStream(schema, true) }
  },
  read: createWebhookReader,
  startAt: webhookStartingAt,
  beginsAnew: ({ start }) => BEGINS[start],
  examples: [
    {
      title: 'Pushes to a repository, signed by GitHub',
      config: {
        path: 'pushes',
        schema: { ref: 'string', after: 'string' },
        signature: { scheme: 'github', secret: 'secret://github-hook' },
      },
    },
    {
      title: 'Orders, by the time of their arrival',
      config: { path: 'orders', schema: { customer: 'string', price: 'double' } },
    },
    {
      title: 'CloudEvents, by the time at which they happened',
      config: {
        path: 'shop-events',
        schema: {
          id: 'string',
          type: 'string',
          time: 'timestamp',
          data: 'record{item: string, price: double}',
        },
        eventTime: 'time',
        watermark: { maxOutOfOrderness: '10s', idleTimeout: '1m' },
      },
    },
  ],
})

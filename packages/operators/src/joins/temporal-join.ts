/** Gives each record of a stream the row that a table had at the record's time. */

import { defineOperator, process } from '@millrace/engine'
import {
  appendStream,
  fields,
  namesText,
  type PlanContext,
  type StreamSchema,
} from '@millrace/pipeline'
import * as z from 'zod'
import { stateTimeToLive } from '../state-lifetime.ts'
import * as joinFields from './join-fields.ts'
import { checkJoin, type JoinConfig, type JoinSchemas, lateColumns } from './join-schema.ts'
import { LatestJoin } from './latest-values.ts'
import { JOIN_PORTS } from './pairing.ts'
import { temporalJoinExamples } from './temporal-join-examples.ts'
import { TemporalJoin } from './temporal-versions.ts'

const NAMES = ['stream', 'table'] as const

const config = z.strictObject({
  on: joinFields.on(1, NAMES),
  type: joinFields.type(['inner', 'left']),
  asOf: z.enum(['event-time', 'latest']).prefault('event-time').meta({
    title: 'As of',
    description:
      "The row that the table had at the record's event time, or the latest one when the record arrives.",
    widget: 'choice',
  }),
  where: joinFields.where('stream.amount > table.limit'),
  columns: joinFields.columns('stream.x and table.x', NAMES),
  stateTimeToLive: stateTimeToLive(),
  onError: fields.onError(),
})

type TemporalJoinConfig = z.output<typeof config>

function checkInputs(
  { asOf, on }: TemporalJoinConfig,
  { left: stream, right: table }: JoinSchemas,
  plan: PlanContext,
): void {
  if (stream.changes !== 'append') {
    const message =
      `Input "stream" is a table (${stream.changes}), whose rows replace each other, and a temporal join gives rows to ` +
      'the records of a stream. Use a table-join for two tables, or put this node before the operator that makes the table.'
    plan.report({ code: 'temporal-join-stream-is-table', port: 'stream', message })
  }
  for (const [port, { eventTime }] of [['stream', stream] as const, ['table', table] as const]) {
    if (asOf === 'latest' || eventTime) continue
    const message =
      `A temporal join as of event time goes by the times of both inputs, and input "${port}" has none. ` +
      'Put an assign-time before the operator that makes it, or set "asOf" to "latest".'
    plan.report({ code: 'needs-event-time', port, message })
  }
  checkTableKey(on, table, plan)
}

/** Under one key there is one row at a time. */
function checkTableKey(on: JoinConfig['on'], { key }: StreamSchema, plan: PlanContext): void {
  const names = [...new Set(on.map(([, name]) => name))]
  if (key === undefined || (key.length === names.length && key.every((one) => names.includes(one))))
    return
  const message =
    `The table's key is ${key.length === 0 ? 'no column' : namesText(key)}, and "on" compares ${namesText(names)}, for ` +
    'which it may have several rows at a time. Compare all columns of the key and no others, or put a to-table with ' +
    `the key ${namesText(names)} before this input.`
  plan.report({ code: 'temporal-join-key-not-of-table', path: ['on'], message })
}

export const temporalJoin = defineOperator({
  id: 'temporal-join',
  category: 'join',
  title: 'Temporal join',
  icon: 'history',
  summary: 'Gives each record of a stream the row that a table had at the time of the record.',
  details: [
    'The table is a stream of versions, or a table with the key that `on` compares. A version holds from its event ' +
      'time on, that time included, until the next one of its key; of two versions of one time the later to arrive ' +
      'holds. A row whose columns are all NULL but for the key and its event time (a timestamp) deletes, and so does `-D`.',
    'As of event time, a record waits until the watermark of both inputs has reached its time, and records leave in ' +
      'the order of time, equal times by key and arrival. Of the versions at or before the watermark the last one of ' +
      'each key is kept. A record and a version at or before the watermark on arrival are late: they leave by `late`, ' +
      'with their side and as a record in the column of that side.',
    'As of `latest`, a record leaves when it arrives, with the row that the table has then. That is quick and needs ' +
      'no event time, and depends on which of two inputs is read first.',
    'NULL is equal to nothing. A left join lets a record leave with NULL for the table where the table has no row for ' +
      'it or `where` is not TRUE. Changes of the table alone make nothing leave. With `stateTimeToLive`, what the table ' +
      'has for a key is forgotten when none of it has been written for so long.',
  ].join('\n\n'),
  config,
  inputs: NAMES,
  outputs: JOIN_PORTS,
  outputSchemas: (config, { stream, table }, plan) => {
    const schemas = { left: stream, right: table, names: NAMES }
    checkInputs(config, schemas, plan)
    const timed = config.asOf === 'event-time'
    return {
      out: appendStream(checkJoin(config, schemas, plan), timed || stream.eventTime),
      late: appendStream(lateColumns(schemas), timed),
    }
  },
  run: (config, inputs, context) => {
    const { stream, table } = context.inputSchemas
    if (stream === undefined || table === undefined) throw new Error('A join has two inputs.')
    const schemas = { left: stream, right: table, names: NAMES }
    const { onError, asOf } = config
    return process(inputs, context, { ports: JOIN_PORTS, onError }, (emit) =>
      asOf === 'latest'
        ? new LatestJoin(config, schemas, context, emit)
        : new TemporalJoin(config, schemas, context, emit),
    )
  },
  examples: temporalJoinExamples,
})

/** Gives records an event time out of one of their columns, and the stream its watermarks. */

import { defineOperator, END_OF_TIME_MS, process, SourceWatermarks } from '@millrace/engine'
import {
  appendStream,
  checkEventTime,
  createTimeReader,
  durationText,
  EMPTY_ROW,
  fields,
  type PlanContext,
  type StreamSchema,
  UnreadableValue,
} from '@millrace/pipeline'
import * as z from 'zod'

const config = z
  .strictObject({
    eventTime: fields.eventTime(),
    watermark: fields.watermark(),
    onError: fields.onError(),
  })
  .superRefine(({ watermark }, context) => {
    if (watermark.idleTimeout === undefined) return
    context.addIssue({
      code: 'custom',
      path: ['watermark', 'idleTimeout'],
      message:
        `Idle timeout is ${durationText(watermark.idleTimeout)}, and only a source can be idle: it knows when ` +
        'nothing arrives. Set it in the watermark of the source, together with an event time, or remove it.',
      params: { code: 'idle-timeout-not-at-source' },
    })
  })

type AssignTimeConfig = z.output<typeof config>

function checkAssignTime(
  { eventTime }: AssignTimeConfig,
  input: StreamSchema,
  plan: PlanContext,
): StreamSchema {
  if (input.changes !== 'append') {
    const message =
      `The input is a table (${input.changes}), whose rows replace each other, and only records of an append ` +
      'stream can be given an event time. Put the assign-time before the operator that makes the table.'
    plan.report({ code: 'assign-time-on-table', port: 'in', message })
  }
  const column = input.columns.find(({ name }) => name === eventTime.column)
  if (column?.type.kind === 'timestamp' && eventTime.format !== undefined) {
    const message = `Format is for texts, and column "${column.name}" is a timestamp already. Remove the format.`
    plan.report({ code: 'event-time-type', path: ['eventTime'], message })
  } else checkEventTime(eventTime, input.columns, plan)
  return appendStream(input.columns, true)
}

export const assignTime = defineOperator({
  id: 'assign-time',
  category: 'transform',
  title: 'Assign time',
  icon: 'clock',
  summary:
    'Gives records an event time out of one of their columns, and the stream its watermarks.',
  details:
    'The column is a timestamp, a number of milliseconds (or seconds, with `unit`) since 1970, or a text in ' +
    'ISO-8601 or by `format`. It stays a column. Watermarks are made as sources make them: the latest time less ' +
    'the maximum out-of-orderness and 1 ms, each time it enters another interval. Those that come in are ' +
    'ignored, except for the end of input. A record with no usable time goes to `errors`.',
  config,
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (config, { in: input }, plan) => ({ out: checkAssignTime(config, input, plan) }),
  run: ({ eventTime, watermark, onError }, inputs, context) =>
    process(inputs, context, { ports: ['out', 'errors'], onError }, (emit) => {
      const { ledger, inputSchemas, state } = context
      const readTime = createTimeReader(inputSchemas.in?.columns ?? [], eventTime)
      const settings = {
        maxOutOfOrdernessMs: watermark.maxOutOfOrderness,
        intervalMs: watermark.interval,
      }
      const saved = state.value('watermarks', new SourceWatermarks(settings, 1).save())
      const watermarks = new SourceWatermarks(settings, 1, saved.get())
      return {
        rows: (input, { rows }, from, to) => {
          for (let index = from; index < to; index++) {
            const row = rows[index] ?? EMPTY_ROW
            let timeMs: number
            try {
              timeMs = readTime(row)
            } catch (error) {
              if (!(error instanceof UnreadableValue)) throw error
              emit.refuse(input, row, error)
              continue
            }
            ledger.passed++
            emit.out.out.emit(row, timeMs)
            const watermarkMs = watermarks.observe(0, timeMs)
            if (watermarkMs !== undefined) emit.watermark(watermarkMs)
          }
          saved.set(watermarks.save())
        },
        outgoingWatermark: (ms) => (ms === END_OF_TIME_MS ? ms : Number.NEGATIVE_INFINITY),
      }
    }),
  examples: [
    {
      title: 'The time that a sensor wrote, up to two seconds out of order',
      config: { eventTime: 'at', watermark: { maxOutOfOrderness: '2s', interval: '1s' } },
      inputs: {
        in: {
          schema: { at: 'timestamp', celsius: 'double' },
          eventTime: false,
          elements: [
            { row: { at: '2026-01-01T00:00:10.000Z', celsius: 20.5 } },
            { row: { at: '2026-01-01T00:00:09.000Z', celsius: 20.4 } },
            { row: { at: null, celsius: 20.6 } },
            { row: { at: '2026-01-01T00:00:12.000Z', celsius: 20.7 } },
          ],
        },
      },
      outputs: {
        out: [
          { at: '2026-01-01T00:00:10Z', row: { at: '2026-01-01T00:00:10.000Z', celsius: 20.5 } },
          { watermark: '2026-01-01T00:00:07.999Z' },
          { at: '2026-01-01T00:00:09Z', row: { at: '2026-01-01T00:00:09.000Z', celsius: 20.4 } },
          { at: '2026-01-01T00:00:12Z', row: { at: '2026-01-01T00:00:12.000Z', celsius: 20.7 } },
          { watermark: '2026-01-01T00:00:09.999Z' },
        ],
      },
    },
  ],
})

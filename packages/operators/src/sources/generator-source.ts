/** Makes up records: as many and as fast as asked for, the same ones for the same seed. */

import { defineOperator, type RunContext, type SourceReader } from '@millrace/engine'
import { appendStream, type Column, fields } from '@millrace/pipeline'
import * as z from 'zod'
import { beginsNow, checkPace, paceFields, startOf, toPace } from './event-pace.ts'
import { createGenerator, generator, generatorType, percent } from './generators.ts'
import { type MadeChunk, MadeRecords } from './made-records.ts'
import { type Disorder, RecordSequence, type SequencePosition } from './record-sequence.ts'

const DELAYED_MAX = 1_000_000

const idleGaps = z
  .strictObject({
    every: fields.duration({ title: 'Every', description: 'Records come for this long.' }),
    length: fields.duration({ title: 'Length', description: 'Then none come for this long.' }),
  })
  .meta({ title: 'Idle gaps', description: 'Stretches of event time without a record.' })

const disorder = z
  .strictObject({
    late: percent({
      title: 'Late',
      description: 'How many records come after later ones.',
    }).prefault(0),
    maxDelay: fields
      .duration({
        title: 'Maximum delay',
        description: 'How much later they come at most, in event time. Delays are evenly spread.',
        min: 'zero',
      })
      .prefault('0s'),
    duplicates: percent({
      title: 'Duplicates',
      description: 'How many records come a second time, up to the maximum delay later.',
    }).prefault(0),
    idleGaps: idleGaps.optional(),
  })
  .meta({ title: 'Disorder', description: 'What real streams do.', widget: 'disorder' })

const config = z
  .strictObject({
    columns: fields.entries(generator, {
      title: 'Columns',
      description: 'Column name -> what its values are.',
      widget: 'generators',
      min: 1,
      example: { id: { type: 'sequence' }, amount: { type: 'uniform', min: 0, max: 100 } },
    }),
    rate: fields
      .rate({ title: 'Rate', description: 'Records per second of event time.' })
      .prefault(100),
    count: fields
      .count({ title: 'Count', description: 'How many records there are; no end if left out.' })
      .optional(),
    seed: fields
      .count({ title: 'Seed', description: 'The same seed makes the same records.' })
      .prefault(1),
    ...paceFields,
    disorder: disorder.optional(),
    watermark: fields.watermark(),
    onError: fields.onError(),
  })
  .superRefine((config, context) => {
    checkPace(config, context)
    checkDisorder(config, context)
  })

type GeneratorSourceConfig = z.output<typeof config>

function checkDisorder(
  { disorder, rate }: Pick<GeneratorSourceConfig, 'disorder' | 'rate'>,
  context: z.RefinementCtx,
): void {
  if (disorder === undefined) return
  const { late, duplicates, maxDelay } = disorder
  const report = (path: string, code: string, message: string) =>
    context.addIssue({ code: 'custom', path: ['disorder', path], message, params: { code } })
  if (late > 0 && maxDelay === 0) {
    const message = `Late is ${late} %, and maximum delay is 0s. Say how late, for instance "10s".`
    report('maxDelay', 'late-without-delay', message)
  }
  const waiting = (rate * (maxDelay / 1000) * (late + duplicates)) / 100
  if (waiting > DELAYED_MAX) {
    const message =
      `About ${Math.round(waiting)} records would wait for their time at once, and ${DELAYED_MAX} may. ` +
      'Choose a shorter delay, fewer late records and duplicates, or a lower rate.'
    report('maxDelay', 'too-many-delayed', message)
  }
}

function toDisorder({ disorder }: GeneratorSourceConfig): Disorder {
  const { late = 0, duplicates = 0, maxDelay = 0, idleGaps } = disorder ?? {}
  return {
    late,
    duplicates,
    maxDelayMs: maxDelay,
    idleGaps: idleGaps && { everyMs: idleGaps.every, lengthMs: idleGaps.length },
  }
}

/** Where it goes on after a restart. */
interface GeneratorPosition extends SequencePosition {
  readonly startMs: number
}

function columnsOf({ columns }: GeneratorSourceConfig): readonly Column[] {
  return columns.map(({ name, value }) => ({ name, type: generatorType(value) }))
}

function createReader(config: GeneratorSourceConfig, context: RunContext): SourceReader {
  const { columns, count, rate, seed, watermark, onError } = config
  const position = context.position as unknown as GeneratorPosition | undefined
  const startMs = position?.startMs ?? startOf(config, () => context.nowMs())
  const records = new RecordSequence({
    columns: columns.map(({ name, value }) => createGenerator(name, value, seed)),
    seed,
    startMs,
    recordsPerSecond: rate,
    count: count ?? Number.POSITIVE_INFINITY,
    disorder: toDisorder(config),
  })
  if (position !== undefined) records.moveTo(position)
  const made = new MadeRecords(columnsOf(config), onError)
  const { idleTimeout } = watermark
  let isTold = position !== undefined || !beginsNow(config)
  return {
    bounded: count !== undefined,
    replayable: true,
    ...toPace(config),
    watermark: {
      maxOutOfOrdernessMs: watermark.maxOutOfOrderness,
      intervalMs: watermark.interval,
      ...(idleTimeout === undefined ? {} : { idleTimeoutMs: idleTimeout }),
    },
    read: (rowsMax) => {
      const chunk: MadeChunk = { rows: [], times: [], rejects: [] }
      if (!isTold) {
        isTold = true
        return { ...chunk, next: { startMs, ...records.position } }
      }
      let left = rowsMax
      for (; left > 0; left--) {
        const record = records.next()
        if (record === undefined) break
        made.add(record.row, record.timeMs, chunk)
      }
      if (left === rowsMax) return undefined
      return { ...chunk, next: { startMs, ...records.position } }
    },
    close: async () => {},
  }
}

export const generatorSource = defineOperator({
  id: 'generator-source',
  category: 'source',
  title: 'Generator',
  icon: 'dices',
  summary: 'Makes up records: as many and as fast as asked for, the same ones for the same seed.',
  details: [
    'Each column has a generator: `sequence`, `uniform`, `normal`, `zipf` (few values are frequent), `choice`, ' +
      '`boolean`, `walk` (near the value before), `uuid`, `constant` or `time` (the event time). Each takes ' +
      '`nulls`, the percentage of NULL. The values of a column depend on seed, name and place only: another ' +
      'column changes nothing about them.',
    'Records are evenly spaced in event time by `rate`. With a `count` they end and are read as fast as possible, ' +
      'unless `pace` says otherwise; without one they go on for ever, as fast as the clock.',
    '`disorder` lets some records come late, some twice, and leaves gaps. Whether a record that comes late is ' +
      'late to a window depends on the watermark: set its maximum out-of-orderness below the maximum delay to ' +
      'see some that are.',
    'To `errors` go, as JSON, records whose event time is after the year 9999 and those with an integer beyond ' +
      '2^53 - 1, as a `sequence` has in the end.',
  ].join('\n\n'),
  configBesideState: ['pace', 'speed', 'watermark', 'onError'],
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'A job that goes on makes up the same records from the number that the checkpoint names; one that begins anew begins with the first.',
  },
  config,
  inputs: [],
  outputs: ['out', 'errors'],
  outputSchemas: (config) => ({ out: appendStream(columnsOf(config), true) }),
  read: createReader,
  beginsAnew: (config) => (beginsNow(config) ? 'with the present time' : undefined),
  examples: [
    {
      title: 'Three orders, one each second',
      config: {
        count: 3,
        rate: 1,
        columns: {
          id: { type: 'sequence', start: 100 },
          at: { type: 'time' },
          item: { type: 'choice', values: ['tea', 'cup', 'pot'], weights: [6, 3, 1] },
          paid: { type: 'constant', value: true },
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T00:00:00Z',
            row: { id: 100, at: '2026-01-01T00:00:00.000Z', item: 'tea', paid: true },
          },
          {
            at: '2026-01-01T00:00:01Z',
            row: { id: 101, at: '2026-01-01T00:00:01.000Z', item: 'tea', paid: true },
          },
          {
            at: '2026-01-01T00:00:02Z',
            row: { id: 102, at: '2026-01-01T00:00:02.000Z', item: 'cup', paid: true },
          },
        ],
      },
    },
  ],
})

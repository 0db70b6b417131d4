/** Operators for the engine's own tests: small enough that it is plain what they should do. */

import { appendStream, INTEGER, type Row, type StreamSchema } from '@millrace/pipeline'
import * as z from 'zod'
import { JobFailed } from '../failure.ts'
import { defineOperator, type OperatorDefinition } from '../operator.ts'
import { process } from '../process.ts'
import type { SourceChunk } from '../source.ts'
import { fromUtf8 } from '../utf8.ts'

const NUMBERS: StreamSchema = appendStream([{ name: 'n', type: INTEGER }], true)

const listConfig = z.strictObject({
  /** [event time, number], in the order in which they arrive; a text instead is a bad record. */
  rows: z.array(z.union([z.tuple([z.int(), z.int()]), z.string()])),
  delayMs: z.int().default(0),
  intervalMs: z.int().default(1),
  idleTimeoutMs: z.int().optional(),
  chunkRows: z.int().default(3),
  /** A live source gives one chunk every so many milliseconds of processing time. */
  everyMs: z.int().optional(),
  /** Never ends: behind the last row the first one comes again, each time so much later. */
  roundMs: z.int().optional(),
  pace: z
    .strictObject({
      recordsPerSecond: z.number().optional(),
      eventTimeSpeed: z.number().optional(),
    })
    .default({}),
  timed: z.boolean().default(true),
})

type ListConfig = z.output<typeof listConfig>

/** Reads a list; waits before each chunk where it is live. */
export const listSource = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'list-source',
  category: 'source',
  config: listConfig,
  inputs: [],
  outputs: ['out', 'errors'],
  outputSchemas: ({ timed }) => ({ out: { ...NUMBERS, eventTime: timed } }),
  read: (config: ListConfig, { env, position: restored }) => {
    let position = typeof restored === 'number' ? restored : 0
    const { delayMs, intervalMs, idleTimeoutMs, everyMs, pace, timed } = config
    const next = (rowsMax: number) => {
      const rows = rowsFrom(config, position, Math.min(config.chunkRows, rowsMax))
      if (rows.length === 0) return undefined
      position += rows.length
      return { ...toChunk(rows, timed), next: position }
    }
    const idle = idleTimeoutMs === undefined ? {} : { idleTimeoutMs }
    const watermark = { maxOutOfOrdernessMs: delayMs, intervalMs, ...idle }
    return {
      bounded: everyMs === undefined,
      replayable: true,
      ...(timed ? { watermark } : {}),
      pace: {
        ...(pace.recordsPerSecond === undefined ? {} : { recordsPerSecond: pace.recordsPerSecond }),
        ...(pace.eventTimeSpeed === undefined ? {} : { eventTimeSpeed: pace.eventTimeSpeed }),
      },
      read: (rowsMax) => {
        if (everyMs === undefined) return next(rowsMax)
        return new Promise((resolve) => {
          env.timers.after(everyMs, () => resolve(next(rowsMax)))
        })
      },
      again: ({ bytes }) => toChunk([parseRow(fromUtf8(bytes) ?? '')], timed),
      close: async () => {},
    }
  },
})

/** Reads a list as the one above does, and lets even and odd numbers out by different ports. */
export const dealingSource = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'dealing-source',
  category: 'source',
  config: listConfig,
  inputs: [],
  outputs: ['even', 'odd', 'errors'],
  outputSchemas: ({ timed }) => {
    const schema = { ...NUMBERS, eventTime: timed }
    return { even: schema, odd: schema }
  },
  read: (config: ListConfig, context) => {
    const list = listSource.read?.(config, context)
    if (list === undefined) throw new Error('A source has something to read with.')
    const deal = (chunk: SourceChunk | undefined): SourceChunk | undefined =>
      chunk && { ...chunk, rowPorts: chunk.rows.map(([n]) => Math.abs(Number(n) % 2)) }
    return {
      ...list,
      ports: ['even', 'odd'],
      read: (rowsMax) => {
        const chunk = list.read(rowsMax)
        return chunk instanceof Promise ? chunk.then(deal) : deal(chunk)
      },
    }
  },
})

function parseRow(text: string): ListConfig['rows'][number] {
  const found = /^(\d+) (\d+)$/.exec(text)
  return found === null ? text : [Number(found[1]), Number(found[2])]
}

function rowsFrom({ rows, roundMs }: ListConfig, from: number, count: number): ListConfig['rows'] {
  if (roundMs === undefined) return rows.slice(from, from + count)
  return Array.from({ length: count }, (_, index) => {
    const row = rows[(from + index) % rows.length] ?? ''
    const round = Math.floor((from + index) / rows.length)
    return typeof row === 'string' ? row : [row[0] + round * roundMs, row[1]]
  })
}

function toChunk(given: ListConfig['rows'], timed: boolean): SourceChunk {
  const rows: Row[] = []
  const times: number[] = []
  const rejects: { at: number; raw: string; reason: string }[] = []
  for (const row of given) {
    if (typeof row === 'string') {
      rejects.push({ at: rows.length, raw: row, reason: 'It is a text.' })
      continue
    }
    times.push(row[0])
    rows.push([row[1]])
  }
  return { rows, rejects, ...(timed ? { times } : {}) }
}

/** Lets through numbers that leave this remainder, each `copies` times. */
export const keep = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'keep',
  category: 'transform',
  config: z.strictObject({
    divisor: z.int().default(1),
    remainder: z.int().default(0),
    copies: z.int().default(1),
  }),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (_, { in: input }) => ({ out: input }),
  run: ({ divisor, remainder, copies }, inputs, context) =>
    process<'in', 'out' | 'errors'>(
      inputs,
      context,
      { ports: ['out', 'errors'] },
      ({ out, refuse }) => ({
        rows: (input, { rows, times }, from, to) => {
          for (let index = from; index < to; index++) {
            const row = rows[index] ?? []
            const [n] = row
            if (n === 13) {
              refuse(input, row, { code: 'bad-luck', message: '13 brings bad luck.' })
            } else if (n === 666)
              throw new JobFailed({ domain: 'user', retry: false, message: '666!' })
            else if (typeof n === 'number' && n % divisor === remainder) {
              context.ledger.passed++
              for (let copy = 0; copy < copies; copy++) out.out.emit(row, times?.[index] ?? 0)
            } else context.ledger.filtered++
          }
        },
      }),
    ),
})

/** Takes everything in, whatever it comes from. */
export const meet = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'meet',
  category: 'transform',
  config: z.strictObject({}),
  inputs: ['in'],
  manyInput: 'in',
  outputs: ['out'],
  outputSchemas: (_, { in: input }) => ({ out: input }),
  run: (_, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => ({
      rows: (_, { rows, times }, from, to) => {
        context.ledger.passed += to - from
        for (let index = from; index < to; index++)
          out.out.emit(rows[index] ?? [], times?.[index] ?? 0)
      },
    })),
})

/**
 * Holds its records, and at each watermark emits how many it got, `copies` times, yielding after
 * each.
 */
export const burst = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'burst',
  category: 'window',
  config: z.strictObject({ copies: z.int().default(1) }),
  inputs: ['in'],
  outputs: ['out'],
  outputSchemas: () => ({ out: NUMBERS }),
  run: ({ copies }, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => {
      const count = context.state.value('count', 0)
      return {
        rows: (_, __, from, to) => {
          context.ledger.held += to - from
          count.set(count.get() + to - from)
        },
        *watermark(watermarkMs) {
          const held = count.get()
          if (held === 0) return
          for (let copy = 0; copy < copies; copy++) {
            out.out.emit([held], watermarkMs)
            yield
          }
          context.ledger.release('absorbed', held)
          count.set(0)
        },
      }
    }),
})

/** Takes records and holds back the next turn until `outstanding` is let go, 5 ms later. */
export const slowSink = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'slow-sink',
  category: 'sink',
  config: z.strictObject({ weight: z.int().default(0), failAt: z.string().default('') }),
  inputs: ['in'],
  outputs: [],
  outputSchemas: () => ({}),
  run: ({ weight, failAt }, inputs, context) => {
    if (failAt === 'start') {
      throw new JobFailed({ domain: 'external', retry: true, message: 'It does not start.' })
    }
    const step = async (name: string) => {
      const log = context.env.disk
      const file = await log.open(`/${context.nodeId}.${name}`, 'create')
      await file.close()
      if (name === failAt) {
        throw new JobFailed({ domain: 'external', retry: true, message: `It does not ${name}.` })
      }
    }
    context.onCheckpoint({
      recover: () => step('recover'),
      cut: () => ({
        prepare: async () => {
          await step('prepare')
          return undefined
        },
      }),
      commit: () => step('commit'),
      abort: () => step('abort'),
      close: async () => {},
    })
    return process(inputs, context, { ports: [] }, () => ({
      rows: (_, __, from, to) => {
        context.ledger.passed += to - from
        if (weight === 0) return
        context.outstanding.add(weight)
        context.env.timers.after(5, () => context.outstanding.remove(weight))
      },
    }))
  },
})

export const smallOperators: readonly OperatorDefinition[] = [
  listSource,
  dealingSource,
  keep,
  meet,
  burst,
  slowSink,
]

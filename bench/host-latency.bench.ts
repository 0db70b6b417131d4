/**
 * Measures how old a record is when the page hears of it, at 10,000 records a second: from the time
 * at which its source lets it in until it is in the hands of a client. Records that follow the
 * clock carry that time as their event time, so it needs no second clock.
 *
 * A page hears in two ways. A tap sends the newest records; each that is sent is measured. Counters
 * tell of all of them: record n is known with the first frame whose count reaches n.
 */

import { setTimeout as wait } from 'node:timers/promises'
import type { wire } from '../packages/pipeline/src/index.ts'
import { LiveClient } from './live-client.ts'
import { MeasuredServer, serveCommand, withFolder } from './measured-server.ts'

export const name = 'Record in to page at 10,000 records/s'

const RATE = 10_000
const WARM_MS = 4_000
const MEASURED_MS = 20_000
const LIMIT_MS = 500

const PIPELINE = {
  format: 'millrace/1',
  name: 'Ten thousand a second',
  nodes: {
    visits: {
      operator: 'generator-source',
      config: {
        columns: {
          id: { type: 'sequence' },
          page: { type: 'choice', values: ['home', 'cart', 'search'] },
          ms: { type: 'uniform', min: 0, max: 300, decimals: 0 },
        },
        rate: RATE,
      },
    },
    all: { operator: 'filter', config: { where: 'ms >= 0' } },
    'per-page': {
      operator: 'tumbling-window',
      config: { size: '1s', groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } },
    },
    results: { operator: 'view-sink', config: {} },
  },
  edges: [
    { from: 'visits', to: 'all' },
    { from: 'all', to: 'per-page' },
    { from: 'per-page', to: 'results' },
  ],
}

interface Counted {
  readonly atMs: number
  readonly count: number
}

export async function run() {
  return withFolder(async (folder) => {
    const server = await MeasuredServer.start(serveCommand(folder))
    try {
      await server.stopAllJobs()
      return await measure(server)
    } finally {
      await server.end()
    }
  })
}

async function measure(server: MeasuredServer) {
  const jobId = await server.runDocument(PIPELINE)
  const client = await LiveClient.open(server.url)
  const counted: Counted[] = []
  let count = 0
  await client.watch(jobId, ({ nodes }) => {
    count = nodes.all?.in ?? count
    counted.push({ atMs: Date.now(), count })
  })
  await wait(WARM_MS)
  counted.length = 0
  const fills: { readonly atMs: number; readonly fill: wire.SocketEvents['tapFilled'] }[] = []
  client.on('tapFilled', (fill) => fills.push({ atMs: Date.now(), fill }))
  await client.ask('openTap', { jobId, nodeId: 'all', port: 'out' })
  await wait(MEASURED_MS)
  client.close()

  const tapped = fills.flatMap(({ atMs, fill }) =>
    fill.records.map(({ eventTime }) => atMs - Number(eventTime)),
  )
  const first = fills[0]?.fill.records[0]
  const last = fills.at(-1)?.fill
  if (first === undefined || last === undefined) throw new Error('The tap sent nothing.')
  const known = agesOfCounted(counted, first)
  const seconds = MEASURED_MS / 1000
  const rate = ((counted.at(-1)?.count ?? 0) - (counted[0]?.count ?? 0)) / spanSeconds(counted)
  return [
    {
      name: 'records at the page, p99',
      value: percentile(tapped, 0.99),
      unit: 'ms',
      limit: LIMIT_MS,
      how:
        `${tapped.length} records that a tap sent in ${seconds} s, from event time (the moment at ` +
        'which the source is due to let them in) to arrival at a client of socket.io',
    },
    { name: 'records at the page, median', value: percentile(tapped, 0.5), unit: 'ms' },
    {
      name: 'counters at the page, p99',
      value: percentile(known, 0.99),
      unit: 'ms',
      limit: LIMIT_MS,
      how: `all records, from the same time to the frame whose count first holds them (${counted.length} frames)`,
    },
    { name: 'counters at the page, median', value: percentile(known, 0.5), unit: 'ms' },
    { name: 'records that flowed', value: rate, unit: 'records/s' },
    {
      name: 'records that the tap did not send',
      value: (last.unsent / last.seen) * 100,
      unit: '%',
      how: 'a tap sends the newest 100 of each fifth of a second; the others are counted',
    },
  ]
}

/** Record n is due at the time of record 0 and n steps more. One of each frame's ten is taken. */
function agesOfCounted(counted: readonly Counted[], first: wire.TappedRecord): readonly number[] {
  const stepMs = 1000 / RATE
  const beganMs = Number(first.eventTime) - Number(first.row.id) * stepMs
  return counted.slice(1).flatMap(({ atMs, count }, index) => {
    const before = counted[index]?.count ?? count
    const ages: number[] = []
    for (let number = before; number < count; number += 10) {
      ages.push(atMs - (beganMs + number * stepMs))
    }
    return ages
  })
}

function spanSeconds(counted: readonly Counted[]): number {
  return ((counted.at(-1)?.atMs ?? Number.NaN) - (counted[0]?.atMs ?? Number.NaN)) / 1000
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/**
 * Measures what browsers cost the server that stop reading, while 200 nodes tick and eight taps
 * each send wide records. The same clients read first and then stall, in one run, so that growth is
 * held against what the server holds anyway. Several stall at once, since one is less than the
 * server's memory goes up and down by itself.
 *
 * What passes through leaves garbage, which V8 lets grow to some hundred megabytes before it
 * collects. What is held is what is left after that: the least of what was seen.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { largePipeline } from './large-pipeline.ts'
import { LiveClient } from './live-client.ts'
import { MeasuredServer, serveCommand, withFolder } from './measured-server.ts'

export const name = 'Stalled browsers'

const CLIENTS = 8
const TAPS_EACH = 8
const NODES = 200
const WARM_MS = 6_000
/** Shorter than the server waits for an answer to its ping, after which it cuts a client off. */
const STALL_MS = 20_000
const SAMPLE_MS = 500
const MB = 1e6

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

interface Sample {
  readonly residentBytes: number
  readonly heldBytes: number
}

async function measure(server: MeasuredServer) {
  const jobId = await server.runDocument(wideRecords())
  let bytes = 0
  const clients: LiveClient[] = []
  for (let client = 0; client < CLIENTS; client++) {
    const live = await LiveClient.open(server.url)
    clients.push(live)
    live.on('tapFilled', (filled) => {
      bytes += JSON.stringify(filled).length
    })
    await live.watch(jobId)
    for (let tap = 0; tap < TAPS_EACH; tap++) {
      await live.ask('openTap', { jobId, nodeId: `n${tap}-0`, port: 'out' })
    }
  }
  await wait(WARM_MS)
  bytes = 0
  const reading = await sampleFor(server, STALL_MS)
  const perClientMB = bytes / CLIENTS / MB
  for (const client of clients) client.stall()
  const stalled = await sampleFor(server, STALL_MS)
  const sockets = await server.metric('millrace_sockets')
  for (const client of clients) client.close()

  const growth = (field: keyof Sample) =>
    (least(stalled, field) - least(reading, field)) / CLIENTS / MB
  const seconds = STALL_MS / 1000
  return [
    {
      name: 'held per stalled browser',
      value: growth('heldBytes'),
      unit: 'MB',
      limit: 2,
      how:
        `heap in use and buffers of the web server, by /metrics: the least in ${seconds} s in ` +
        `which ${CLIENTS} clients read nothing, minus the least in ${seconds} s in which they ` +
        `read, by ${CLIENTS}; below 0 it is less than what varies by itself`,
    },
    {
      name: 'held by the server while they read',
      value: least(reading, 'heldBytes') / MB,
      unit: 'MB',
    },
    {
      name: 'resident per stalled browser',
      value: growth('residentBytes'),
      unit: 'MB',
      how: 'VmRSS in the same way, with garbage that is not collected yet',
    },
    {
      name: 'what each would have been sent',
      value: perClientMB,
      unit: 'MB',
      how: `records of ${TAPS_EACH} taps, as JSON, that each client took in while it read`,
    },
    { name: 'still connected at the end', value: sockets, unit: 'clients' },
  ]
}

async function sampleFor(server: MeasuredServer, ms: number): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  const { server: web } = server.processes
  for (let waited = 0; waited < ms; waited += SAMPLE_MS) {
    await wait(SAMPLE_MS)
    const heapBytes = await server.metric('nodejs_heap_size_used_bytes')
    const externalBytes = await server.metric('nodejs_external_memory_bytes')
    samples.push({
      residentBytes: server.residentBytes(web),
      heldBytes: heapBytes + externalBytes,
    })
  }
  return samples
}

function least(samples: readonly Sample[], field: keyof Sample): number {
  return Math.min(...samples.map((sample) => sample[field]))
}

/** Records of about a kilobyte at the first node of each chain, 500 a second. */
function wideRecords() {
  const document = largePipeline(NODES)
  const columns = {
    page: { type: 'choice', values: ['home', 'cart', 'search'] },
    ms: { type: 'uniform', min: 0, max: 300, decimals: 0 },
    text: { type: 'choice', values: ['a'.repeat(1000), 'b'.repeat(1000)] },
  }
  for (const node of Object.values(document.nodes)) {
    if (node.operator === 'generator-source') node.config = { ...node.config, columns, rate: 500 }
  }
  return document
}

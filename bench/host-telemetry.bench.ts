/**
 * Measures what it costs to watch a job of 200 nodes at five frames a second: CPU time of web
 * server and engine host together, in turns with a client that watches and without one, while the
 * job runs at the same rate. The share is what watching adds, of the CPU time while watched.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { largePipeline } from './large-pipeline.ts'
import { LiveClient } from './live-client.ts'
import { MeasuredServer, serveCommand, withFolder } from './measured-server.ts'
import { median } from './memory-job.ts'

export const name = 'Telemetry of 200 nodes at 5 Hz'

const NODES = 200
/** Of each of the twenty sources; eight filters, a window and a sink follow each. */
const RATE = 2_000
const WARM_MS = 4_000
const TURN_MS = 4_000
const TURNS = 6

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
  const jobId = await server.runDocument(busyPipeline())
  const client = await LiveClient.open(server.url)
  let frames = 0
  let bytes = 0
  let records = 0
  client.on('jobMeasured', (frame) => {
    frames++
    bytes += JSON.stringify(frame).length
    records = frame.nodes['n0-0']?.outPerSecond ?? records
  })
  await client.watch(jobId)
  await wait(WARM_MS)
  frames = 0
  bytes = 0
  const watched: number[] = []
  const alone: number[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    await client.ask('watchJob', { jobId })
    watched.push(await cpuShare(server))
    await client.ask('unwatchJob', { jobId })
    alone.push(await cpuShare(server))
  }
  client.close()
  const [withIt, without] = [median(watched), median(alone)]
  const seconds = (TURNS * TURN_MS) / 1000
  const ofCore = '% of a core'
  return [
    { name: 'both processes, watched', value: withIt * 100, unit: ofCore },
    { name: 'both processes, not watched', value: without * 100, unit: ofCore },
    {
      name: 'telemetry, share of the CPU time',
      value: (1 - without / withIt) * 100,
      unit: '%',
      limit: 5,
      how:
        `medians of ${TURNS} turns of ${TURN_MS / 1000} s each way, user and system time from ` +
        `/proc, ${NODES} nodes and ${20 * RATE} records/s at the sources`,
    },
    { name: 'telemetry itself', value: (withIt - without) * 100, unit: ofCore },
    { name: 'frames that came', value: frames / seconds, unit: 'frames/s' },
    { name: 'size of a frame', value: bytes / frames / 1000, unit: 'kB' },
    { name: 'records that one source let in', value: records, unit: 'records/s' },
  ]
}

/** Of one core, over one turn. */
async function cpuShare(server: MeasuredServer): Promise<number> {
  const { server: web, hosts } = server.processes
  const spent = () => [web, ...hosts].reduce((sum, pid) => sum + server.cpuMs(pid), 0)
  const beganMs = performance.now()
  const before = spent()
  await wait(TURN_MS)
  return (spent() - before) / (performance.now() - beganMs)
}

function busyPipeline() {
  const document = largePipeline(NODES)
  for (const node of Object.values(document.nodes)) {
    if (node.operator === 'generator-source') node.config = { ...node.config, rate: RATE }
  }
  return document
}

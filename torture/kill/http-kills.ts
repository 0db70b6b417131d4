/**
 * A real job with an HTTP sink, killed at each of its requests: when the request has arrived and is
 * not taken, when it was taken and is not answered, and when it was answered. Then the job is
 * started again, and what a real endpoint was sent is counted, with and without its keys.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { shuffled } from '../parts/shuffle.ts'
import { bundledCommandLine, Workload } from './workload.ts'

export const MOMENTS = ['before it is taken', 'before the answer', 'behind the answer'] as const
export type Moment = (typeof MOMENTS)[number]

export interface HttpKillRow {
  readonly moment: Moment
  /** How many requests it is tried at. */
  readonly sites: number
  struck: number
  /** Every record is there, and once for whoever knows keys. */
  recovered: number
  lost: number
  /** Sent more often than once. */
  repeated: number
  /** The same where requests under a known key are not taken again. */
  repeatedByKey: number
}

export interface HttpKills {
  readonly rows: readonly HttpKillRow[]
  readonly faults: readonly string[]
}

export interface HttpKillOptions {
  /** Of the repository. */
  readonly root: string
  /** Of so many requests one is struck. */
  readonly every: number
  readonly secondsMax?: number
  /** Draws the order. */
  readonly seed?: number
}

const RECORDS = 24

export async function httpKills(options: HttpKillOptions): Promise<HttpKills> {
  const { root, every, secondsMax = Number.POSITIVE_INFINITY, seed = 1 } = options
  const bundled = await bundledCommandLine(root)
  const counts = { struck: 0, recovered: 0, lost: 0, repeated: 0, repeatedByKey: 0 }
  const places: number[] = []
  for (let nth = Math.ceil(every / 2); nth <= RECORDS; nth += every) places.push(nth)
  const rows = MOMENTS.map((moment): HttpKillRow => ({ moment, sites: places.length, ...counts }))
  const strikes = rows.flatMap((row) => places.map((nth) => ({ row, nth })))
  const untilMs = performance.now() + secondsMax * 1000
  const faults: string[] = []
  for (const { row, nth } of shuffled(strikes, seed)) {
    if (performance.now() > untilMs) break
    faults.push(...(await strike(bundled, row, nth)))
  }
  return { rows, faults }
}

async function strike(bundled: string, row: HttpKillRow, nth: number): Promise<readonly string[]> {
  const endpoint = await Endpoint.open(row.moment, nth)
  const allowed = ['--allow-net', endpoint.address]
  const workload = new Workload(bundled, { document: documentFor(endpoint), words: allowed })
  try {
    await workload.start(workload.command, {}, (pid) => {
      endpoint.pid = pid
    })
    if (!endpoint.hasStruck) return [`Request ${nth} never came.`]
    row.struck++
    const where = `Killed at request ${nth}, ${row.moment}`
    if ((await workload.finish()) === undefined) return [`${where}: it does not come to its end.`]
    return judge(endpoint, row).map((fault) => `${where}: ${fault}`)
  } finally {
    await endpoint.close()
    workload.remove()
  }
}

function judge({ taken }: Endpoint, row: HttpKillRow): readonly string[] {
  const lost = RECORDS - new Set(taken.map(({ record }) => record)).size
  const byKey = new Map(taken.map(({ key, record }) => [key, record]))
  const repeatedByKey = byKey.size - new Set(byKey.values()).size
  row.lost += lost
  row.repeated += taken.length - (RECORDS - lost)
  row.repeatedByKey += repeatedByKey
  if (lost === 0 && repeatedByKey === 0) row.recovered++
  return [
    ...(lost > 0 ? [`${lost} records are lost.`] : []),
    ...(repeatedByKey > 0 ? [`${repeatedByKey} records came again under another key.`] : []),
  ]
}

interface Taken {
  readonly key: string
  readonly record: number
}

/** Takes records, and kills who sends them at the nth request. */
class Endpoint {
  readonly taken: Taken[] = []
  hasStruck = false
  /** Who is killed. */
  pid = 0
  readonly #server: Server
  readonly #moment: Moment
  readonly #nth: number
  #requests = 0

  static async open(moment: Moment, nth: number): Promise<Endpoint> {
    const endpoint = new Endpoint(moment, nth)
    endpoint.#server.listen(0, '127.0.0.1')
    await once(endpoint.#server, 'listening')
    return endpoint
  }

  private constructor(moment: Moment, nth: number) {
    this.#moment = moment
    this.#nth = nth
    this.#server = createServer((request, response) => void this.#take(request, response))
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const isHere = ++this.#requests === this.#nth
      if (isHere && this.#moment === 'before it is taken') return this.#strike()
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { n } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly n: number }
      this.taken.push({ key: String(request.headers['idempotency-key']), record: n })
      if (isHere && this.#moment === 'before the answer') return this.#strike()
      response.writeHead(204).end(() => {
        if (isHere) this.#strike()
      })
    } catch {
      // Whoever was killed leaves a request half sent, and it is not taken.
      response.destroy()
    }
  }

  #strike(): void {
    this.hasStruck = true
    process.kill(this.pid, 'SIGKILL')
  }
}

function documentFor({ address }: Endpoint): object {
  const columns = { n: { type: 'sequence' } }
  return {
    format: 'millrace/1',
    name: 'Send',
    nodes: {
      in: {
        operator: 'generator-source',
        config: { columns, count: RECORDS, rate: 100, pace: 'event-time' },
      },
      out: { operator: 'http-sink', config: { url: `http://${address}/orders` } },
    },
    edges: [{ from: 'in', to: 'out' }],
    settings: { checkpointInterval: '100ms' },
  }
}

export function httpKillsText(rows: readonly HttpKillRow[]): string {
  const head = ['requests', 'struck', 'recovered', 'lost', 'repeated', 'by key']
  const lines = rows.map((row) => [
    row.moment,
    ...[row.sites, row.struck, row.recovered, row.lost, row.repeated, row.repeatedByKey].map(
      String,
    ),
  ])
  const text = ([what = '', ...cells]: readonly string[]) =>
    what.padEnd(22) + cells.map((one) => one.padEnd(11)).join('')
  return [['HTTP request, killed', ...head], ...lines].map(text).join('\n')
}

/**
 * A real server that is killed again and again while clients send and a job copies what they send
 * to a topic and to files. Afterwards everything that was acknowledged is in both, once.
 */

import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNodeEnv } from '../../apps/runtime/src/env/node-env.ts'
import { type SeededRandom, seededRandom } from '../../packages/engine/src/testing/index.ts'
import { openLog } from '../../packages/storage/src/index.ts'
import { ledgerCounts, ledgerFaults } from '../checks/ledger.ts'
import { readTopics } from '../jobs/topics.ts'
import { Sender } from './sender.ts'
import { Refused, ServerProcess } from './server-process.ts'

const CLIENTS = 3
/** From running to the next kill. */
const ALIVE_MS_MAX = 700
/** The server answers 600 questions in ten seconds. */
const POLL_MS = 25
const RUNNING_WITHIN_MS = 120_000
const COPIED_WITHIN_MS = 180_000
const NOT_FOUND = 404
const HOST_SHARE = 0.35
/** So many servers are killed again while they start. */
const EARLY_SHARE = 0.4
/** From the start of a server to such a kill: before it serves, and while its job comes back. */
const EARLY_MS_MAX = 2000
/** A job whose host ends more often is put away by its server, as it should be. */
const HOST_KILLS_MAX = 2
const HOST_KILLS_WITHIN_MS = 90_000

export interface CyclesOptions {
  readonly root: string
  readonly cycles: number
  readonly seed: number
  readonly secondsMax?: number
  onCycle?(done: number): void
}

export interface CyclesReport {
  readonly serverKills: number
  /** Of them, so many came while the server started. */
  readonly earlyKills: number
  readonly hostKills: number
  readonly acknowledged: number
  readonly resent: number
  readonly poison: number
  readonly lost: number
  readonly duplicate: number
  /** From the start of a server, or the kill of a host, to a job that runs; in order. */
  readonly serverRestartMs: readonly number[]
  readonly hostRestartMs: readonly number[]
  readonly faults: readonly string[]
  /** Where there are faults, where what the server has written lies. */
  readonly left?: string
}

export async function killCycles(options: CyclesOptions): Promise<CyclesReport> {
  const server = new ServerProcess(options.root)
  const left = `What the server has left lies in ${server.folder}.`
  try {
    const report = await new Cycles(server, options).run()
    if (report.faults.length > 0) return { ...report, left }
    server.remove()
    return report
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    throw new Error(`${text} ${left}`, { cause: error })
  } finally {
    await server.kill().catch(() => undefined)
  }
}

interface JobStatus {
  readonly jobId: string
  readonly state: string
  readonly restarts: number
  readonly failure: { readonly message: string } | null
}

class Cycles {
  readonly #server: ServerProcess
  readonly #options: CyclesOptions
  readonly #random: SeededRandom
  readonly #serverRestartMs: number[] = []
  readonly #hostRestartMs: number[] = []
  #serverKills = 0
  #earlyKills = 0
  #jobId = ''
  /** When hosts of the server that runs were killed. */
  #hostKilledMs: readonly number[] = []

  constructor(server: ServerProcess, options: CyclesOptions) {
    this.#server = server
    this.#options = options
    this.#random = seededRandom(options.seed)
  }

  async run(): Promise<CyclesReport> {
    const server = this.#server
    await server.start()
    const { id } = await server.ask<{ id: string }>('POST', '/pipelines', { document: DOCUMENT })
    this.#jobId = (await server.ask<JobStatus>('POST', '/jobs', { pipelineId: id })).jobId
    await this.#running()
    const senders = Array.from(
      { length: CLIENTS },
      (_, index) => new Sender(`c${index}`, () => server.url),
    )
    try {
      await this.#killAll()
      for (const sender of senders) await sender.end()
    } catch (error) {
      for (const sender of senders) sender.giveUp()
      throw error
    }
    return this.#judge(senders)
  }

  async #killAll(): Promise<void> {
    const { cycles, secondsMax = Number.POSITIVE_INFINITY, onCycle } = this.#options
    const untilMs = performance.now() + secondsMax * 1000
    const goesOn = () => this.#kills < cycles && performance.now() < untilMs
    while (goesOn()) {
      await sleep(this.#random.integer(0, ALIVE_MS_MAX))
      if (this.#random.chance(HOST_SHARE) && this.#mayKillHost()) {
        const { restarts } = await this.#job()
        if (!(await this.#server.killHost(this.#jobId))) continue
        this.#hostKilledMs = [...this.#hostKilledMs, performance.now()]
        this.#hostRestartMs.push(await this.#running(restarts + 1))
      } else {
        await this.#killServer()
        while (goesOn() && this.#random.chance(EARLY_SHARE)) await this.#killEarly()
        const startedMs = performance.now()
        await this.#server.start()
        this.#hostKilledMs = []
        await this.#running()
        this.#serverRestartMs.push(performance.now() - startedMs)
      }
      onCycle?.(this.#kills)
    }
  }

  get #kills(): number {
    return this.#serverKills + this.#hostRestartMs.length
  }

  async #killServer(): Promise<void> {
    await this.#server.kill()
    this.#serverKills++
  }

  /** Starts the server and kills it again, wherever it has come to. */
  async #killEarly(): Promise<void> {
    const start = this.#server.start().catch(() => undefined)
    await sleep(this.#random.integer(0, EARLY_MS_MAX))
    await this.#killServer()
    this.#earlyKills++
    await start
  }

  #mayKillHost(): boolean {
    const sinceMs = performance.now() - HOST_KILLS_WITHIN_MS
    return this.#hostKilledMs.filter((ms) => ms > sinceMs).length < HOST_KILLS_MAX
  }

  #job(): Promise<JobStatus> {
    return this.#server.ask<JobStatus>('GET', `/jobs/${this.#jobId}`)
  }

  /** Resolves when the job runs, restarted so often at least, with how long that took. */
  async #running(restartsLeast = 0): Promise<number> {
    const startedMs = performance.now()
    for (;;) {
      const { state, restarts, failure } = await this.#job()
      const tookMs = performance.now() - startedMs
      if (state === 'running' && restarts >= restartsLeast) return tookMs
      const isOver = state === 'failed' || state === 'stopped' || state === 'finished'
      if (isOver || tookMs > RUNNING_WITHIN_MS) {
        throw new Error(`The job is ${state} after ${tookMs.toFixed(0)} ms. ${failure?.message}`)
      }
      await sleep(POLL_MS)
    }
  }

  async #judge(senders: readonly Sender[]): Promise<CyclesReport> {
    const acknowledged = new Set(senders.flatMap((sender) => [...sender.acknowledged]))
    const faults: string[] = []
    const there = await this.#copied(acknowledged.size)
    if (there < acknowledged.size) {
      const within = `within ${COPIED_WITHIN_MS / 1000} s`
      faults.push(`${there} of ${acknowledged.size} records come to the topic ${within}.`)
    }
    await this.#server.end()
    const found = {
      'the topic': await this.#topicIds(),
      'the files': this.#server.linesOf('copy').map(idOf),
    }
    let [lost, duplicate] = [0, 0]
    for (const [place, ids] of Object.entries(found)) {
      const counts = ledgerCounts(ids, acknowledged)
      faults.push(...ledgerFaults(`In ${place}`, counts))
      lost += counts.lost.length
      duplicate += counts.duplicate.length
    }
    const sum = (of: (sender: Sender) => number) => senders.reduce((all, one) => all + of(one), 0)
    return {
      serverKills: this.#serverKills,
      earlyKills: this.#earlyKills,
      hostKills: this.#hostRestartMs.length,
      acknowledged: acknowledged.size,
      resent: sum(({ resent }) => resent),
      poison: sum(({ poison }) => poison),
      lost,
      duplicate,
      serverRestartMs: this.#serverRestartMs.toSorted((a, b) => a - b),
      hostRestartMs: this.#hostRestartMs.toSorted((a, b) => a - b),
      faults,
    }
  }

  /** Waits until the topic has so many records; resolves with how many it has. */
  async #copied(count: number): Promise<number> {
    const untilMs = performance.now() + COPIED_WITHIN_MS
    for (;;) {
      const there = await recordsIn(this.#server.ask<Topic>('GET', '/topics/copy'))
      if (there >= count || performance.now() > untilMs) return there
      await sleep(POLL_MS)
    }
  }

  async #topicIds(): Promise<readonly string[]> {
    const folder = path.join(this.#server.data, 'log')
    const topics = await readTopics(createNodeEnv(), (env) =>
      openLog({ env, folder, limits: { reserveBytes: 0 } }),
    )
    return [...topics]
      .filter(([place]) => place.startsWith('copy/'))
      .flatMap(([, text]) => text.split('\n').filter((line) => line !== ''))
      .map((line) => idOf(line.slice(line.indexOf('{'))))
  }
}

interface Topic {
  readonly partitions: readonly { readonly startOffset: number; readonly endOffset: number }[]
}

/**
 * How many records a topic has. A job runs before its sinks have made their topics, so one that is
 * not there has none yet; one that is lost has none for ever.
 */
export async function recordsIn(asked: Promise<Topic>): Promise<number> {
  try {
    const { partitions } = await asked
    return partitions.reduce((sum, one) => sum + one.endOffset - one.startOffset, 0)
  } catch (error) {
    if (error instanceof Refused && error.status === NOT_FOUND) return 0
    throw error
  }
}

function idOf(line: string): string {
  return (JSON.parse(line) as { id: string }).id
}

const DOCUMENT = {
  format: 'millrace/1',
  name: 'Copy',
  nodes: {
    clicks: {
      operator: 'http-source',
      config: { path: 'clicks', rate: 100_000, schema: { id: 'string' } },
    },
    topic: { operator: 'topic-sink', config: { topic: 'copy', partitions: 2, key: ['id'] } },
    file: { operator: 'file-sink', config: { path: 'copy.jsonl', format: 'jsonl' } },
  },
  edges: [
    { from: 'clicks', to: 'topic' },
    { from: 'clicks', to: 'file' },
  ],
  settings: { checkpointInterval: '150ms' },
}

/** Of numbers in order; undefined where there are none. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

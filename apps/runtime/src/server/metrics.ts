/** `/metrics` for Prometheus: what each job has counted, and how the processes are. */

import type { Clock } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** Above this many nodes, counts are given per pipeline. */
const NODES_MAX = 2_000

export interface JobMetrics {
  readonly status: wire.JobStatus
  readonly nodes: Readonly<Record<string, wire.NodeMetrics>>
}

export interface MetricsOptions {
  readonly clock: Clock
  readonly version: string
  jobs(): Promise<readonly JobMetrics[]>
  sockets(): number
  hosts(): readonly { readonly residentBytes: number }[]
}

type CountedField = 'in' | 'out' | 'late' | 'deadLettered' | 'dropped'

const FELL_WITH_LETTERS: ReadonlySet<CountedField> = new Set(['in', 'out', 'deadLettered'])

/** Letters that are sent in again leave the books of a node, and a counter must never fall. */
function risingCount(metrics: wire.NodeMetrics, field: CountedField): number {
  return metrics[field] + (FELL_WITH_LETTERS.has(field) ? (metrics.again ?? 0) : 0)
}

const COUNTERS = {
  millrace_events_in_total: ['in', 'Records that entered a node.'],
  millrace_events_out_total: ['out', 'Records that left a node, through any port.'],
  millrace_late_events_total: ['late', 'Records that came after their windows.'],
  millrace_dead_letter_events_total: [
    'deadLettered',
    'Records that could not be read or computed.',
  ],
  millrace_dropped_events_total: ['dropped', 'Records left out by a policy with a name.'],
} as const

/** Of the newest checkpoint of each running job. */
const CHECKPOINT_GAUGES = {
  millrace_checkpoint_last_timestamp_seconds: 'When the newest checkpoint of a job was cut.',
  millrace_checkpoint_age_seconds: 'How long ago the newest checkpoint of a job was cut.',
  millrace_checkpoint_bytes: 'What was written for the newest checkpoint of a job.',
  millrace_checkpoint_duration_seconds: 'How long the newest checkpoint of a job took.',
} as const

/**
 * Of the process, of which there is one: what measures it goes on for as long as it runs, and so is
 * started once, however many servers come and go in it.
 */
let ofProcess: Registry | undefined

function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

export class Metrics {
  readonly #registry = new Registry()
  readonly #options: MetricsOptions
  readonly #counters: readonly {
    readonly field: CountedField
    readonly counter: Counter
  }[]
  readonly #restarts: Counter
  readonly #lag: Gauge
  readonly #running: Gauge
  readonly #checkpoints: ReadonlyMap<string, Gauge>
  readonly #checkpointFailures: Counter

  constructor(options: MetricsOptions) {
    this.#options = options
    const registers = [this.#registry]
    processRegistry()
    const labelNames = ['pipeline', 'node']
    this.#counters = Object.entries(COUNTERS).map(([name, [field, help]]) => ({
      field,
      counter: new Counter({ name, help, labelNames, registers }),
    }))
    this.#restarts = new Counter({
      name: 'millrace_restarts_total',
      help: 'Times that a job was started again after its engine host died.',
      labelNames: ['pipeline'],
      registers,
    })
    this.#lag = new Gauge({
      name: 'millrace_watermark_lag_seconds',
      help: 'How far the watermark of a node is behind the clock.',
      labelNames,
      registers,
    })
    this.#running = new Gauge({
      name: 'millrace_jobs',
      help: 'Jobs by state.',
      labelNames: ['state'],
      registers,
    })
    this.#checkpoints = new Map(
      Object.entries(CHECKPOINT_GAUGES).map(([name, help]) => [
        name,
        new Gauge({ name, help, labelNames: ['pipeline'], registers }),
      ]),
    )
    this.#checkpointFailures = new Counter({
      name: 'millrace_checkpoint_failures_total',
      help: 'Checkpoints of a job that could not be stored.',
      labelNames: ['pipeline'],
      registers,
    })
    const { sockets, hosts, version } = options
    new Gauge({
      name: 'millrace_sockets',
      help: 'Pages that are connected.',
      registers,
      collect() {
        this.set(sockets())
      },
    })
    new Gauge({
      name: 'millrace_engine_resident_bytes',
      help: 'Memory of all engine hosts.',
      registers,
      collect() {
        this.set(hosts().reduce((sum, { residentBytes }) => sum + residentBytes, 0))
      },
    })
    const build = { name: 'millrace_build_info', help: 'Which Millrace this is.' }
    new Gauge({ ...build, labelNames: ['version'], registers }).set({ version }, 1)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    const jobs = await this.#options.jobs()
    this.#fill(jobs)
    const texts = [processRegistry(), this.#registry].map((registry) => registry.metrics())
    return (await Promise.all(texts)).join('\n')
  }

  #fill(jobs: readonly JobMetrics[]): void {
    for (const { counter } of this.#counters) counter.reset()
    const metrics = [this.#restarts, this.#lag, this.#running, this.#checkpointFailures]
    for (const metric of [...metrics, ...this.#checkpoints.values()]) metric.reset()
    const nodeCount = jobs.reduce((sum, { nodes }) => sum + Object.keys(nodes).length, 0)
    const nowMs = this.#options.clock.nowMs()
    for (const { status, nodes } of jobs) {
      const pipeline = status.pipelineId
      this.#running.inc({ state: status.state })
      this.#restarts.inc({ pipeline }, status.restarts)
      this.#fillCheckpoints(status, nowMs)
      for (const [id, metrics] of Object.entries(nodes)) {
        const labels = nodeCount > NODES_MAX ? { pipeline, node: '' } : { pipeline, node: id }
        for (const { field, counter } of this.#counters) {
          counter.inc(labels, risingCount(metrics, field))
        }
        const { watermark } = metrics
        if (typeof watermark === 'number') this.#lag.set(labels, (nowMs - watermark) / 1000)
      }
    }
  }

  /** One that has ended goes on ageing for nobody. */
  #fillCheckpoints({ pipelineId, checkpoints, endedAtMs }: wire.JobStatus, nowMs: number): void {
    if (checkpoints === null || endedAtMs !== null) return
    const labels = { pipeline: pipelineId }
    const { last, failures } = checkpoints
    this.#checkpointFailures.inc(labels, failures)
    if (last === null) return
    const { atMs, bytes, durationMs } = last
    const set = (name: keyof typeof CHECKPOINT_GAUGES, value: number) =>
      this.#checkpoints.get(name)?.set(labels, value)
    set('millrace_checkpoint_last_timestamp_seconds', atMs / 1000)
    set('millrace_checkpoint_age_seconds', (nowMs - atMs) / 1000)
    set('millrace_checkpoint_bytes', bytes)
    set('millrace_checkpoint_duration_seconds', durationMs / 1000)
  }
}

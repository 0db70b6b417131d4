/** When checkpoints of a job are taken: one at a time, and none before it has recovered. */

import { commitOnce, JobCheckpoints } from './job-checkpoints.ts'
import type { JobGraph } from './job-graph.ts'
import type { CheckpointOptions, JobOptions } from './job-options.ts'
import { savedResends } from './job-resends.ts'
import type { JobResends } from './resends.ts'

export interface WritingOptions {
  readonly options: JobOptions
  readonly graph: JobGraph
  readonly resends: JobResends | undefined
  wake(): void
  fail(error: unknown): void
}

export class JobWriting {
  /** Undefined where none are taken. */
  readonly checkpoints: JobCheckpoints | undefined
  readonly #writing: WritingOptions
  /** Sinks take back what no checkpoint holds; until then nothing arrives. */
  #recovering = false
  /** The recovery or checkpoint that is under way; it never rejects. */
  #underWay: Promise<void> = Promise.resolve()

  constructor(writing: WritingOptions) {
    this.#writing = writing
    const { checkpoints } = writing.options
    this.checkpoints = checkpoints && this.#createCheckpoints(checkpoints)
  }

  get recovering(): boolean {
    return this.#recovering
  }

  /** When nothing is being written. */
  settled(): Promise<void> {
    return this.#underWay
  }

  /** Before the first turn. */
  start(): void {
    if (this.checkpoints !== undefined) this.#underWay = this.#recover(this.checkpoints)
  }

  /** When the next checkpoint is due, in monotonic milliseconds; Infinity where there is none. */
  get dueMs(): number {
    return this.checkpoints?.dueMs ?? Number.POSITIVE_INFINITY
  }

  /** Between turns. Returns when the next one is due; undefined if it has been cut now. */
  cutIfDue(monotonicMs: number): number | undefined {
    if (this.checkpoints === undefined) return Number.POSITIVE_INFINITY
    const { dueMs } = this.checkpoints
    if (dueMs > monotonicMs) return dueMs
    this.#underWay = this.#take(this.checkpoints)
    return undefined
  }

  /** All input has ended. */
  async writeLast(): Promise<void> {
    await this.#told(this.checkpoints?.take(true) ?? this.#commitOnce())
  }

  async #commitOnce(): Promise<void> {
    const { graph, options } = this.#writing
    graph.checkLedgers()
    await commitOnce(graph.sinks, (nodeId) => options.onOutputCompleted?.(nodeId))
    for (const source of graph.sources) source.acknowledge(source.save())
  }

  #createCheckpoints(checkpoints: CheckpointOptions): JobCheckpoints {
    const { options, graph, resends } = this.#writing
    const { store, intervalMs, restored, lastId = 0, onTaken } = checkpoints
    return new JobCheckpoints({
      env: options.env,
      graph,
      store,
      intervalMs,
      lastId: Math.max(restored?.id ?? 0, lastId),
      resent: () => savedResends(options, resends),
      onOutputCompleted: (nodeId) => options.onOutputCompleted?.(nodeId),
      onTaken,
    })
  }

  async #recover(checkpoints: JobCheckpoints): Promise<void> {
    this.#recovering = true
    await this.#told(checkpoints.recover())
    this.#recovering = false
    this.#writing.wake()
  }

  /** When it is done, the next one may be due, though nothing else happens. */
  async #take(checkpoints: JobCheckpoints): Promise<void> {
    await this.#told(checkpoints.take(false))
    this.#writing.wake()
  }

  /** What it rejects with fails the job. */
  async #told(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#writing.fail(error)
    }
  }
}

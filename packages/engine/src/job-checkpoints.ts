/**
 * Takes checkpoints of a running job, one at a time: *cut* between turns, *write* while turns go
 * on, then *commit* what the sinks have prepared, then tell the sources. Nothing outside what is
 * written in one go is needed to recover.
 */

import { encodeEntry, encodeMeta, type SavedNode, type SavedSource } from './checkpoint.ts'
import type { CheckpointStore, CheckpointSummary, StateChange } from './checkpoint-store.ts'
import type { Env } from './env.ts'
import type { StateEntry } from './state.ts'
import type { Saved } from './state-codec.ts'
import type { PreparedOutput, TransactionalSink } from './transactional-sink.ts'

export interface JobTransaction {
  /** Undefined for what could not be processed. */
  readonly nodeId: string | undefined
  readonly sink: TransactionalSink
}

/** What the job hands over at a cut. */
export interface CutParts {
  readonly nodes: readonly {
    readonly nodeId: string
    readonly saved: SavedNode
    readonly entries: IterableIterator<StateEntry>
  }[]
  acknowledge(nodeId: string, source: SavedSource): void
}

export interface JobCheckpointsOptions {
  readonly env: Env
  readonly store: CheckpointStore
  readonly intervalMs: number | undefined
  /** The one that the job goes on from. */
  readonly lastId: number | undefined
  readonly onCommitted: (nodeId: string) => void
}

/** Entries are encoded for so long before the thread is given back. */
const PORTION_MS = 3
const ENTRIES_BETWEEN_LOOKS = 16

export class JobCheckpoints {
  readonly #options: JobCheckpointsOptions
  #lastId: number
  #isFirst: boolean
  #nextAtMs: number
  #asked = false
  #busy = false
  readonly #waiting: {
    resolve(summary: Pick<CheckpointSummary, 'id' | 'atMs'>): void
    reject(error: unknown): void
  }[] = []

  constructor(options: JobCheckpointsOptions) {
    this.#options = options
    this.#lastId = options.lastId ?? 0
    this.#isFirst = options.lastId === undefined
    this.#nextAtMs = this.#laterMs()
  }

  /** Whether one is being written. */
  get busy(): boolean {
    return this.#busy
  }

  /** Resolves when a checkpoint that is cut from now on is stored and committed. */
  ask(): Promise<Pick<CheckpointSummary, 'id' | 'atMs'>> {
    this.#asked = true
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** When the next one should be cut, in monotonic milliseconds. */
  get dueMs(): number {
    if (this.#busy) return Number.POSITIVE_INFINITY
    return this.#asked ? Number.NEGATIVE_INFINITY : this.#nextAtMs
  }

  /**
   * Cuts now and writes from now on. Rejects where it could not be stored: then the job must not
   * go on, since what has changed since the last checkpoint is known to nobody.
   */
  async take(
    parts: CutParts,
    transactions: readonly JobTransaction[],
    isLast: boolean,
  ): Promise<void> {
    const id = ++this.#lastId
    this.#busy = true
    const waiting = this.#waiting.splice(0)
    this.#asked = false
    const atMs = this.#options.env.clock.nowMs()
    const outputs = transactions.map((transaction) => ({
      ...transaction,
      output: transaction.sink.cut({ checkpointId: id, isLast }),
    }))
    try {
      const prepared = await prepareAll(outputs)
      const meta = encodeMeta({
        finished: isLast,
        nodes: Object.fromEntries(parts.nodes.map(({ nodeId, saved }) => [nodeId, saved])),
        prepared: Object.fromEntries(prepared.map(({ nodeId = '', saved }) => [nodeId, saved])),
      })
      const full = this.#isFirst
      this.#isFirst = false
      await this.#options.store.write({ id, atMs, full, meta, changes: this.#changes(parts) })
      for (const { nodeId, sink, saved } of prepared) {
        await sink.commit(saved)
        if (nodeId !== undefined) this.#options.onCommitted(nodeId)
      }
      for (const { nodeId, saved } of parts.nodes) {
        if (saved.source !== undefined) parts.acknowledge(nodeId, saved.source)
      }
      for (const { resolve } of waiting) resolve({ id, atMs })
    } catch (error) {
      for (const { reject } of waiting) reject(error)
      throw error
    } finally {
      this.#busy = false
      this.#nextAtMs = this.#laterMs()
    }
  }

  /** Nobody will take one any more. */
  giveUp(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  async *#changes(parts: CutParts): AsyncGenerator<StateChange, void> {
    const { clock, timers } = this.#options.env
    let count = 0
    let untilMs = clock.monotonicMs() + PORTION_MS
    for (const { nodeId, entries } of parts.nodes) {
      for (const entry of entries) {
        yield encodeEntry(nodeId, entry)
        if (++count % ENTRIES_BETWEEN_LOOKS !== 0 || clock.monotonicMs() < untilMs) continue
        await new Promise<void>((resolve) => timers.yield(resolve))
        untilMs = clock.monotonicMs() + PORTION_MS
      }
    }
  }

  #laterMs(): number {
    const { env, intervalMs } = this.#options
    if (intervalMs === undefined) return Number.POSITIVE_INFINITY
    return env.clock.monotonicMs() + intervalMs
  }
}

/** All of them at once; in the order of the nodes. */
export function prepareAll<T extends { readonly output: PreparedOutput }>(
  outputs: readonly T[],
): Promise<readonly (T & { readonly saved: Saved })[]> {
  return Promise.all(outputs.map(async (one) => ({ ...one, saved: await one.output.prepare() })))
}

/**
 * Takes checkpoints of a running job, one at a time: *cut* between turns, *write* while turns go
 * on, then *commit* what the sinks have prepared, then tell the sources. Nothing outside what is
 * written in one go is needed to recover.
 */

import { EntryKeys, encodeMeta, type SavedNode, type SavedResends } from './checkpoint.ts'
import type {
  CheckpointStore,
  CheckpointSummary,
  CheckpointWrite,
  StateChange,
  StateChanges,
} from './checkpoint-store.ts'
import type { Env } from './env.ts'
import type { JobGraph } from './job-graph.ts'
import { plainObject } from './plain-object.ts'
import type { StateEntry } from './state.ts'
import type { Saved } from './state-codec.ts'
import {
  namedSink,
  type PreparedOutput,
  type SinkCut,
  type TransactionalSink,
} from './transactional-sink.ts'

export interface JobTransaction {
  /** Undefined for what could not be processed. */
  readonly nodeId: string | undefined
  readonly sink: TransactionalSink
}

export interface JobCheckpointsOptions {
  readonly env: Env
  readonly graph: JobGraph
  readonly store: CheckpointStore
  readonly intervalMs: number | undefined
  /** Ids come behind this one. */
  readonly lastId: number
  /** Up to where dead letters have been sent in again. */
  readonly resent: () => SavedResends | undefined
  /** After the last checkpoint: all that the node will ever write is visible. */
  readonly onOutputCompleted: (nodeId: string) => void
  readonly onTaken: ((taken: CheckpointTaken) => void) | undefined
}

/** A checkpoint that is stored, and whose output is visible. */
export interface CheckpointTaken {
  readonly id: number
  readonly atMs: number
  /** From the cut on. */
  readonly tookMs: number
  /** All input had ended. */
  readonly isLast: boolean
}

/** A node at a cut. */
interface CutNode {
  readonly nodeId: string
  readonly saved: SavedNode
  readonly entries: IterableIterator<StateEntry>
}

/** Entries are encoded for so long, and so many of them, before the thread is given back. */
const PORTION_MS = 3
const PORTION_ENTRIES_MAX = 1024
const ENTRIES_BETWEEN_LOOKS = 16
/** A tenth of a millisecond or so. */
const BYTES_BETWEEN_LOOKS = 64 * 1024

export class JobCheckpoints {
  readonly #options: JobCheckpointsOptions
  #lastId: number
  /** What is stored goes on from nothing, or from what has not all been taken over. */
  #isFirst: boolean
  #nextAtMs: number
  #asked = false
  /** Where the next one is written too. */
  #copyTo: CheckpointStore | undefined
  #busy = false
  readonly #waiting: {
    resolve(summary: Pick<CheckpointSummary, 'id' | 'atMs'>): void
    reject(error: unknown): void
  }[] = []

  constructor(options: JobCheckpointsOptions) {
    this.#options = options
    this.#lastId = options.lastId
    this.#isFirst = !options.graph.isAsStored
    this.#nextAtMs = this.#laterMs()
  }

  /** Whether one is being written. */
  get busy(): boolean {
    return this.#busy
  }

  /**
   * Resolves when a checkpoint that is cut from now on is stored and committed. With `copyTo` it is
   * stored there as well, as a whole; where that does not succeed, the checkpoint does not either.
   */
  ask(copyTo?: CheckpointStore): Promise<Pick<CheckpointSummary, 'id' | 'atMs'>> {
    this.#asked = true
    this.#copyTo ??= copyTo
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** When the next one should be cut, in monotonic milliseconds. */
  get dueMs(): number {
    if (this.#busy) return Number.POSITIVE_INFINITY
    return this.#asked ? Number.NEGATIVE_INFINITY : this.#nextAtMs
  }

  /**
   * Before anything arrives: what sinks had prepared for the checkpoint that the job goes on from
   * becomes visible, and what they wrote later is taken back.
   */
  async recover(): Promise<void> {
    const { graph } = this.#options
    for (const { nodeId, sink } of graph.sinks) {
      await namedSink(nodeId, sink).recover(graph.preparedBy(nodeId))
    }
  }

  /**
   * Cuts now and writes from now on. Rejects where it could not be stored: then the job must not
   * go on, since what has changed since the last checkpoint is known to nobody.
   */
  async take(isLast: boolean): Promise<void> {
    const { env, graph, store } = this.#options
    graph.checkLedgers()
    const id = ++this.#lastId
    const atMs = env.clock.nowMs()
    const beganMs = env.clock.monotonicMs()
    this.#busy = true
    this.#asked = false
    const waiting = this.#waiting.splice(0)
    const copyTo = this.#copyTo
    this.#copyTo = undefined
    const full = this.#isFirst || store.wantsFull || copyTo !== undefined
    this.#isFirst = false
    const nodes = graph.nodes.map((running) => ({
      nodeId: running.node.id,
      saved: graph.save(running),
      entries: running.state.cut(full),
    }))
    const resent = this.#options.resent()
    const outputs = cutOutputs(graph.sinks, { checkpointId: id, isLast })
    try {
      const prepared = await prepareAll(outputs)
      const meta = encodeMeta({
        finished: isLast,
        ...(resent === undefined ? {} : { resent: { ...resent } }),
        nodes: plainObject(nodes.map(({ nodeId, saved }) => [nodeId, saved])),
        prepared: plainObject(prepared.map(({ nodeId = '', saved }) => [nodeId, saved])),
      })
      const entries = this.#changes(nodes)
      const changes =
        copyTo === undefined ? entries : await stored(copyTo, { id, atMs, full, meta, entries })
      await store.write({ id, atMs, full, meta, changes })
      await commitAll(prepared)
      if (isLast) tellAll(prepared, this.#options.onOutputCompleted)
      for (const { nodeId, saved } of nodes) {
        if (saved.source !== undefined) graph.find(nodeId)?.source?.acknowledge(saved.source)
      }
      this.#options.onTaken?.({ id, atMs, tookMs: env.clock.monotonicMs() - beganMs, isLast })
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

  async *#changes(nodes: readonly CutNode[]): AsyncGenerator<readonly StateChange[], void> {
    const { clock, timers } = this.#options.env
    let portion: StateChange[] = []
    // Nobody knows yet how large entries are.
    let room = 1
    let bytes = 0
    let left = PORTION_ENTRIES_MAX
    let untilMs = clock.monotonicMs() + PORTION_MS
    for (const { nodeId, entries } of nodes) {
      const keys = new EntryKeys(nodeId)
      for (const entry of entries) {
        const key = keys.keyOf(entry)
        bytes += key.length + (entry.value?.length ?? 0)
        portion.push({ key, value: entry.value })
        if (portion.length < Math.min(room, left) && bytes < BYTES_BETWEEN_LOOKS) continue
        bytes = 0
        room = Math.min(room * 2, ENTRIES_BETWEEN_LOOKS)
        left -= portion.length
        yield portion
        portion = []
        if (left > 0 && clock.monotonicMs() < untilMs) continue
        await new Promise<void>((resolve) => timers.yield(resolve))
        left = PORTION_ENTRIES_MAX
        untilMs = clock.monotonicMs() + PORTION_MS
      }
    }
    if (portion.length > 0) yield portion
  }

  #laterMs(): number {
    const { env, intervalMs } = this.#options
    if (intervalMs === undefined) return Number.POSITIVE_INFINITY
    return env.clock.monotonicMs() + intervalMs
  }
}

/** Without a store there is one cut, at the end. */
export async function commitOnce(
  sinks: readonly JobTransaction[],
  onOutputCompleted: (nodeId: string) => void,
): Promise<void> {
  const outputs = cutOutputs(sinks, { checkpointId: 1, isLast: true })
  await commitAll(await prepareAll(outputs))
  tellAll(outputs, onOutputCompleted)
}

/** Stores it, and gives back what is stored. */
async function stored(
  store: CheckpointStore,
  {
    entries,
    ...head
  }: Omit<CheckpointWrite, 'changes'> & {
    readonly entries: StateChanges
  },
): Promise<StateChanges> {
  await store.write({ ...head, changes: entries })
  const written = await store.read(head.id)
  if (written === undefined) throw new Error(`Checkpoint ${head.id} is not where it was written.`)
  return written.entries()
}

interface CutOutput extends JobTransaction {
  readonly output: PreparedOutput
}

function cutOutputs(sinks: readonly JobTransaction[], cut: SinkCut): readonly CutOutput[] {
  return sinks.map(({ nodeId, sink }) => {
    const named = namedSink(nodeId, sink)
    return { nodeId, sink: named, output: named.cut(cut) }
  })
}

/** All of them at once; in the order of the nodes. */
function prepareAll(
  outputs: readonly CutOutput[],
): Promise<readonly (CutOutput & { readonly saved: Saved })[]> {
  return Promise.all(outputs.map(async (one) => ({ ...one, saved: await one.output.prepare() })))
}

async function commitAll(
  prepared: readonly (JobTransaction & { readonly saved: Saved })[],
): Promise<void> {
  for (const { sink, saved } of prepared) await sink.commit(saved)
}

function tellAll(sinks: readonly JobTransaction[], tell: (nodeId: string) => void): void {
  for (const { nodeId } of sinks) if (nodeId !== undefined) tell(nodeId)
}

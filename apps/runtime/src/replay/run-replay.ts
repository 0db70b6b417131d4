/**
 * Replays a recording: the version that was recorded, whose output must be what it was, and beside
 * it another one, whose output is held against it. Both are given each turn at about the same time,
 * so that memory holds what differs and not what both have.
 */

import {
  type Env,
  fitCheckpoint,
  type OperatorDefinition,
  outputsOf,
  readCheckpoint,
  toJobPlan,
} from '@millrace/engine'
import type { CheckedPipeline, wire } from '@millrace/pipeline'
import type { OutputDigests, StoredRecording } from '@millrace/storage'
import { lostLines } from '../storage/checkpoint-folder.ts'
import { Refusal } from '../supervision/refusal.ts'
import { addNearRecords } from './near-records.ts'
import { turnReader, whyNotPaired, whyNotReplayable } from './replayable.ts'
import { ReplayedJob } from './replayed-job.ts'
import { onlyOn, SinkComparison } from './sink-comparison.ts'

type Checked = CheckedPipeline<OperatorDefinition>

export interface ReplayRunOptions {
  readonly env: Env
  readonly recording: StoredRecording
  /** The version that was recorded. */
  readonly old: Checked
  /** Another one; only the recorded one is run if absent. */
  readonly next: Checked | undefined
  /** By sink, the columns by which rows are paired. */
  readonly keys?: ReadonlyMap<string, readonly string[]>
  /** How much faster than it happened; as fast as it goes if absent. */
  readonly speed?: number
  /** What the names of files begin with that hold what does not fit into memory. */
  readonly place: string
  onProgress?(progress: { readonly turns: number; readonly records: number }): void
  /** Asked now and then. */
  isStopped?(): boolean
}

/** Rejects with a `Refusal` where it cannot be done. Undefined where it was stopped. */
export async function runReplay(options: ReplayRunOptions): Promise<wire.ReplayResult | undefined> {
  const { next, old } = options
  const reasons = next === undefined ? [] : whyNotReplayable(old, next)
  if (reasons.length > 0) throw new Refusal('conflict', 'not-replayable', reasons.join(' '))
  const unpaired = whyNotPaired(options.keys ?? new Map(), old, next ?? old)
  if (unpaired.length > 0) throw new Refusal('bad-request', 'not-paired', unpaired.join(' '))
  const run = new ReplayRun(options)
  return run.toEnd()
}

const TURNS_BETWEEN_LOOKS = 16

class ReplayRun {
  readonly #options: ReplayRunOptions
  #turns = 0
  #records = 0
  #points = 0
  #rows = 0
  #fault: string | null = null
  #firstMs: number | undefined
  #lastMs = 0

  constructor(options: ReplayRunOptions) {
    this.#options = options
  }

  async toEnd(): Promise<wire.ReplayResult | undefined> {
    const { env, old, next } = this.#options
    const oldJob = new ReplayedJob({
      env,
      plan: toJobPlan(old),
      restored: await this.#restored(),
      clocked: undefined,
      read: (turn) => turn,
      onOutputs: (expected, found) => this.#check(expected, found),
    })
    const nextJob =
      next &&
      new ReplayedJob({
        env,
        plan: toJobPlan(next),
        restored: await this.#restored(),
        clocked: new Set(oldJob.job.clocked),
        read: turnReader(old, next),
      })
    const comparisons = next && nextJob ? this.#compareOutputs(oldJob, nextJob, next) : new Map()
    const jobs = nextJob === undefined ? [oldJob] : [oldJob, nextJob]
    const stopped = await this.#feed(jobs, comparisons)
    if (stopped) for (const job of jobs) job.stop()
    const failures = await Promise.all(jobs.map(({ ended }) => ended))
    if (stopped) return undefined
    for (const [index, failure] of failures.entries()) {
      if (failure === undefined) continue
      const version = index === 0 ? 'recorded version' : 'other version'
      const where = failure.nodeId === undefined ? '' : ` at node "${failure.nodeId}"`
      const message = `The ${version} failed${where}: ${failure.message}`
      throw new Refusal('conflict', 'replay-failed', message)
    }
    return this.#result(oldJob, nextJob, comparisons)
  }

  async #restored() {
    const { recording, env } = this.#options
    const store = await recording.openCheckpoint(env.random)
    if (store === undefined) return undefined
    const restored = await readCheckpoint(store, env)
    await store.close()
    if (restored !== undefined) return restored
    const message =
      'The recording begins with a checkpoint that was not stored before its engine stopped, so nobody ' +
      'knows the state that it begins with. Record again.'
    throw new Refusal('conflict', 'checkpoint-missing', message)
  }

  #compareOutputs(old: ReplayedJob, next: ReplayedJob, checked: Checked) {
    const { env, place, keys } = this.#options
    const before = outputsOf(old.job, old.plan, true)
    const comparisons = new Map<string, SinkComparison>()
    for (const output of outputsOf(next.job, next.plan, true)) {
      const { nodeId } = output
      const other = before.find((one) => one.nodeId === nodeId)
      if (other === undefined) continue
      const title = shownTitle(checked, nodeId)
      const files = { disk: env.disk, place: `${place}-${nodeId}` }
      const sides = { old: other, next: output, key: keys?.get(nodeId) }
      comparisons.set(nodeId, new SinkComparison({ ...files, title, ...sides }))
    }
    old.watch((nodeId, ...row) => comparisons.get(nodeId)?.add('old', ...row))
    next.watch((nodeId, ...row) => comparisons.get(nodeId)?.add('new', ...row))
    return comparisons
  }

  /** True where it was stopped. */
  async #feed(
    jobs: readonly ReplayedJob[],
    comparisons: ReadonlyMap<string, SinkComparison>,
  ): Promise<boolean> {
    const { recording, isStopped, onProgress } = this.#options
    const startMs = this.#options.env.clock.monotonicMs()
    for await (const entry of recording.entries()) {
      if (entry.kind === 'turn') {
        const { turn } = entry
        this.#firstMs ??= turn.nowMs
        this.#lastMs = Math.max(this.#lastMs, turn.nowMs)
        await this.#waitFor(turn.nowMs, startMs)
        this.#turns++
        if (turn.kind === 'records') {
          this.#records += turn.chunk.rows.length + turn.chunk.rejects.length
        }
      }
      await Promise.all(jobs.map((job) => job.give(entry)))
      for (const one of comparisons.values()) if (one.busy) await one.settled
      if (this.#turns % TURNS_BETWEEN_LOOKS !== 0) continue
      onProgress?.({ turns: this.#turns, records: this.#records })
      if (isStopped?.() === true) return true
    }
    await Promise.all(jobs.map((job) => job.give(undefined)))
    return false
  }

  /** At the pace at which it happened, or faster. */
  async #waitFor(nowMs: number, startMs: number): Promise<void> {
    const { env, speed } = this.#options
    if (speed === undefined || this.#firstMs === undefined) return
    const dueMs = startMs + (nowMs - this.#firstMs) / speed
    const delayMs = dueMs - env.clock.monotonicMs()
    if (delayMs <= 0) return
    await new Promise<void>((resolve) => {
      env.timers.after(delayMs, resolve)
    })
  }

  #check(expected: OutputDigests, found: OutputDigests): void {
    this.#points++
    this.#rows = Object.values(found).reduce((sum, { rows }) => sum + rows, 0)
    for (const [nodeId, then] of Object.entries(expected)) {
      const now = Object.hasOwn(found, nodeId) ? found[nodeId] : undefined
      if (now?.rows === then.rows && now.digest === then.digest) continue
      const what = nodeId === '' ? 'What could not be processed' : `What came to sink "${nodeId}"`
      this.#fault ??=
        `${what} differs within the first ${this.#turns} turns: ${now?.rows ?? 0} rows now, and ` +
        `${then.rows} then${now?.rows === then.rows ? ', with other values or in another order' : ''}.`
    }
  }

  async #result(
    old: ReplayedJob,
    next: ReplayedJob | undefined,
    comparisons: ReadonlyMap<string, SinkComparison>,
  ): Promise<wire.ReplayResult> {
    const sinks: wire.SinkComparison[] = []
    const [before, after] = [old.digester.read(), next?.digester.read() ?? {}]
    for (const [nodeId, comparison] of comparisons) {
      const same = before[nodeId]?.digest === after[nodeId]?.digest
      sinks.push(await comparison.compare(same && before[nodeId]?.rows === after[nodeId]?.rows))
    }
    if (next !== undefined) sinks.push(...this.#onlyOnOneSide(old, next, comparisons))
    const { recording, old: oldChecked } = this.#options
    return {
      turns: this.#turns,
      records: this.#records,
      spanMs: this.#firstMs === undefined ? 0 : this.#lastMs - this.#firstMs,
      faithful: { points: this.#points, rows: this.#rows, fault: this.#fault },
      lostState: await this.#lostState(),
      sinks: await addNearRecords(sinks, recording, oldChecked),
    }
  }

  #onlyOnOneSide(
    old: ReplayedJob,
    next: ReplayedJob,
    compared: ReadonlyMap<string, unknown>,
  ): readonly wire.SinkComparison[] {
    const of = (side: 'old' | 'new', { job, plan, digester }: ReplayedJob, checked: Checked) =>
      outputsOf(job, plan)
        .filter(({ nodeId }) => !compared.has(nodeId))
        .map((output) => {
          const { nodeId } = output
          const rows = digester.read()[nodeId]?.rows ?? 0
          return onlyOn(side, output, shownTitle(checked, nodeId), rows)
        })
    const { old: before, next: after = before } = this.#options
    return [...of('old', old, before), ...of('new', next, after)]
  }

  async #lostState(): Promise<string[]> {
    const { next } = this.#options
    if (next === undefined) return []
    const restored = await this.#restored()
    if (restored === undefined) return []
    restored.room.close()
    const fits = fitCheckpoint(restored.meta, toJobPlan(next))
    return [...lostLines(fits, (nodeId) => next.nodes.get(nodeId)?.title)]
  }
}

/** As the canvas calls it: by its operator where it has no title, since the id stands beside it. */
function shownTitle({ nodes }: Checked, nodeId: string): string {
  const node = nodes.get(nodeId)
  if (node === undefined) return nodeId
  return node.title === nodeId ? node.operator.title : node.title
}

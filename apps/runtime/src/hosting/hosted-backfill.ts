/**
 * A backfill in its host: runs what an edit reaches over old records, up to where the running job
 * stands, and in the end composes the savepoint that the new version begins with. What sinks write
 * goes nowhere; sinks whose rows are part of the job are made anew.
 */

import {
  type CheckpointStore,
  type CheckpointWrite,
  composeCheckpoint,
  decodeMeta,
  drive,
  type Env,
  holdSources,
  identityOf,
  Job,
  type JobMeta,
  muteSinks,
  type OperatorDefinition,
  planState,
  type Topics,
  toJobFailure,
  writesOutside,
} from '@millrace/engine'
import type { Registry } from '@millrace/pipeline'
import { lookAtCheckpoints } from '@millrace/storage'
import { type BackfillPlan, planBackfill } from '../backfill/backfill-plan.ts'
import { livePlaces, type Places } from '../backfill/live-places.ts'
import { startPlaces } from '../backfill/start-places.ts'
import type { RootedFiles } from '../env/rooted-files.ts'
import { checkRecorded } from '../replay/recorded-document.ts'
import {
  checkpointFolder,
  openCheckpointFolder,
  openSavepoint,
} from '../storage/checkpoint-folder.ts'
import type { BackfillWish, HostedBackfillState } from '../supervision/backfill-messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import { CappedTopics } from './capped-topics.ts'
import { toWireTime } from './wire-time.ts'

export interface HostedBackfillOptions {
  readonly env: Env
  readonly registry: Registry<OperatorDefinition>
  /** The server's log. */
  readonly topics: Topics
  filesBelow(roots: readonly string[]): RootedFiles
}

/** How often it is looked whether it stands where it should. */
const LOOK_MS = 10
/** The engine host of the job may be bringing files together while they are looked at. */
const LOOKS_MAX = 100
/** Finds out whether there is a record at all. */
const ONE_BYTE = 1

export class HostedBackfill {
  /** Resolves when it has failed, with why. */
  readonly failed: Promise<string>
  readonly #options: HostedBackfillOptions
  readonly #wish: BackfillWish
  readonly #plan: BackfillPlan
  readonly #sources: ReadonlyMap<string, CappedTopics>
  readonly #starts: ReadonlyMap<string, Places>
  readonly #job: Job
  readonly #store: ComposingStore
  #meta: JobMeta
  #failure: string | undefined
  #deadLetters = 0

  /** Rejects with a `Refusal` where it cannot begin. */
  static async begin(
    options: HostedBackfillOptions,
    wish: BackfillWish,
    checkpointId: number,
  ): Promise<HostedBackfill> {
    const { registry, env, topics } = options
    const [live, next] = [checkRecorded(wish.live, registry), checkRecorded(wish.next, registry)]
    const plan = planBackfill(live, next)
    if (plan.reasons.length > 0) {
      throw new Refusal('conflict', 'no-backfill', plan.reasons.join(' '))
    }
    const meta = await readMeta(env, wish, (id) => id >= checkpointId)
    if (meta === undefined) throw notThere(checkpointId)
    refuseLostSinks(plan, meta)
    const places = await livePlaces({ ...plan, meta }, env, topics)
    const starts = await startPlaces(plan, wish.at, places, topics)
    const backfill = new HostedBackfill(options, wish, plan, meta, starts)
    await backfill.#raise(meta)
    return backfill
  }

  private constructor(
    options: HostedBackfillOptions,
    wish: BackfillWish,
    plan: BackfillPlan,
    meta: JobMeta,
    starts: ReadonlyMap<string, Places>,
  ) {
    const { env, topics } = options
    this.#options = options
    this.#wish = wish
    this.#plan = plan
    this.#meta = meta
    this.#starts = starts
    this.#sources = new Map([...starts.keys()].map((id) => [id, new CappedTopics(topics)]))
    this.#store = new ComposingStore(options, wish, plan)
    const files = options.filesBelow(wish.roots)
    const muted = muteSinks(startingAt(plan, starts), writesOutside)
    const held = holdSources(muted, (id) => this.#sourceOf(id).topics)
    this.#job = new Job(held, {
      env: { ...env, disk: files.disk },
      resolvePath: files.resolvePath,
      deadLetters: (letters) => {
        this.#deadLetters += letters.length
      },
      checkpoints: { store: this.#store },
      ...(wish.stateBytesMax !== null && { stateBytesMax: wish.stateBytesMax }),
    })
    this.#holdWatermarks()
    this.failed = this.#run()
  }

  progress(): HostedBackfillState {
    let [records, recordsBehind] = [0, 0]
    for (const [id, places] of this.#places()) {
      const starts = this.#starts.get(id)
      const caps = this.#sourceOf(id).caps
      for (const [partition, offset] of places) {
        records += offset - (starts?.get(partition) ?? offset)
        recordsBehind += Math.max(0, (caps.get(partition) ?? offset) - offset)
      }
    }
    const nodes = this.#job.nodes()
    const watermarks = [...this.#sources.keys()].map((id) => nodes.get(id)?.watermarkMs ?? 0)
    return {
      ...{ records, recordsBehind, deadLetters: this.#deadLetters },
      watermark: toWireTime(Math.min(...watermarks)),
      liveWatermark: toWireTime(Math.min(...this.#liveWatermarks().values())),
    }
  }

  /**
   * Up to there, or further: a job that takes checkpoints often may have let go of that one by now.
   * Rejects with a `Refusal`.
   */
  move(checkpointId: number): Promise<void> {
    return this.#moveTo(checkpointId, (id) => id >= checkpointId)
  }

  async #moveTo(checkpointId: number, fits: (id: number) => boolean): Promise<void> {
    const meta = await readMeta(this.#options.env, this.#wish, fits)
    if (meta === undefined) throw notThere(checkpointId)
    refuseLostSinks(this.#plan, meta)
    await this.#raise(meta)
  }

  /** Rejects with a `Refusal`; then nothing is to be begun with. */
  async finish(checkpointId: number, savepointId: string) {
    const { timers } = this.#options.env
    await this.#moveTo(checkpointId, (id) => id === checkpointId)
    const wait = () => new Promise<void>((resolve) => timers.after(LOOK_MS, resolve))
    while (!(await this.#isThere())) {
      this.#refuseFailed()
      await wait()
    }
    this.#job.pause()
    while (!this.#job.isBetweenTurns) await wait()
    this.#job.raiseWatermarks(this.#liveWatermarks())
    this.#store.aim({ checkpointId, savepointId })
    try {
      await this.#job.suspend()
    } catch (error) {
      this.#refuseFailed()
      throw new Refusal('conflict', 'backfill-failed', toJobFailure(error, undefined).message)
    }
    return this.#store.summary()
  }

  async #run(): Promise<string> {
    const failure = await drive(this.#job, this.#options.env)
    this.#job.release()
    if (failure === undefined && this.#store.written) return new Promise(() => {})
    this.#failure = failure?.message ?? 'All input has ended, and there is nothing to switch to.'
    return this.#failure
  }

  #refuseFailed(): void {
    if (this.#failure === undefined) return
    throw new Refusal('conflict', 'backfill-failed', this.#failure)
  }

  async #raise(meta: JobMeta): Promise<void> {
    const { env, topics } = this.#options
    const places = await livePlaces({ ...this.#plan, meta }, env, topics)
    this.#meta = meta
    this.#holdWatermarks()
    for (const [id, capped] of this.#sources) {
      capped.raise(places.get(id) ?? (await this.#endsOf(id)))
    }
  }

  /** Of a source that follows none, what is there now. */
  async #endsOf(id: string): Promise<Places> {
    const topic = this.#topicOf(id)
    const ends = await this.#options.topics.offsets(topic)
    return new Map(ends.map(({ endOffset }, partition) => [partition, endOffset]))
  }

  /** What has left the job's sources has left these too, and nothing more. */
  #liveWatermarks(): ReadonlyMap<string, number> {
    const { nodes } = this.#meta
    return new Map(
      [...this.#plan.follows].flatMap(([id, followed]) => {
        const saved = Object.hasOwn(nodes, followed) ? nodes[followed]?.source : undefined
        return saved === undefined ? [] : [[id, saved.emittedMs] as const]
      }),
    )
  }

  #holdWatermarks(): void {
    this.#job.holdWatermarks(this.#liveWatermarks())
  }

  /** By source and partition. */
  #places(): ReadonlyMap<string, Places> {
    const read = this.#job.topicPlaces()
    return new Map(
      [...this.#starts].map(([id, starts]) => {
        const own = new Map(starts)
        for (const { partition, offset } of read.get(id) ?? []) own.set(partition, offset)
        return [id, own]
      }),
    )
  }

  /** Whether there is no record left before any of the caps. Rejects where one is behind it. */
  async #isThere(): Promise<boolean> {
    for (const [id, places] of this.#places()) {
      const { caps, topics } = this.#sourceOf(id)
      for (const [partition, cap] of caps) {
        const offset = places.get(partition)
        if (offset === undefined || offset === cap) continue
        if (offset > cap) throw isAhead(id, partition, offset, cap)
        const { records } = await topics.read(this.#topicOf(id), partition, offset, ONE_BYTE)
        if (records.length > 0) return false
      }
    }
    return true
  }

  #topicOf(id: string): string {
    const node = this.#plan.next.nodes.find((one) => one.id === id)
    const topic = node?.operator.topics?.(node.config)[0]?.topic
    if (topic === undefined) throw new Error(`"${id}" reads no topic.`)
    return topic
  }

  #sourceOf(id: string): CappedTopics {
    const capped = this.#sources.get(id)
    if (capped === undefined) throw new Error(`"${id}" is no source of the backfill.`)
    return capped
  }
}

/** Every source begins at offsets, so that they are known before it has read anything. */
function startingAt(
  { backfilled }: BackfillPlan,
  starts: ReadonlyMap<string, Places>,
): BackfillPlan['backfilled'] {
  const nodes = backfilled.nodes.map((node) => {
    const { operator, config, id } = node
    const own = starts.get(id)
    if (own === undefined || operator.startAt === undefined) return node
    const topic = operator.topics?.(config)[0]?.topic ?? ''
    const offsets = [...own].map(([partition, offset]) => ({ topic, partition, offset }))
    return { ...node, config: operator.startAt(config, { kind: 'offsets', offsets }, false) }
  })
  return { ...backfilled, nodes }
}

/** Takes one checkpoint, and stores it together with what the running job has kept. */
class ComposingStore implements CheckpointStore {
  readonly wantsFull = true
  readonly newestId = 0
  written = false
  readonly #options: HostedBackfillOptions
  readonly #wish: BackfillWish
  readonly #plan: BackfillPlan
  #aim = { checkpointId: 0, savepointId: '' }
  #summary = { atMs: 0, bytes: 0 }

  constructor(options: HostedBackfillOptions, wish: BackfillWish, plan: BackfillPlan) {
    this.#options = options
    this.#wish = wish
    this.#plan = plan
  }

  aim(aim: { readonly checkpointId: number; readonly savepointId: string }): void {
    this.#aim = aim
  }

  summary(): { readonly atMs: number; readonly bytes: number } {
    return this.#summary
  }

  async write({ meta, changes }: CheckpointWrite): Promise<void> {
    const { env } = this.#options
    const { root, pipelineId: owner } = this.#wish
    const { checkpointId: id, savepointId } = this.#aim
    const live = await lookAgain(env, async () => {
      const from = await openCheckpointFolder({ env, root, owner, readOnly: true })
      return from.read(id)
    })
    if (live === undefined) throw notThere(id)
    const composed = composeCheckpoint({
      plan: this.#plan.next,
      reached: this.#plan.reached,
      live: { meta: decodeMeta(live.meta), entries: live.entries() },
      next: { meta: decodeMeta(meta), entries: changes },
    })
    const to = await openSavepoint({ env, root, owner, savepointId })
    const { atMs } = live
    await to.write({ id, atMs, full: true, meta: composed.meta, changes: composed.entries })
    const [summary] = await to.list()
    await to.close()
    this.#summary = { atMs, bytes: summary?.bytes ?? 0 }
    this.written = true
  }

  async read(): Promise<undefined> {
    return undefined
  }

  async list() {
    return []
  }

  async close(): Promise<void> {}
}

/** Of the newest checkpoint that fits; undefined where there is none. */
function readMeta(
  env: Env,
  { root, pipelineId }: BackfillWish,
  fits: (checkpointId: number) => boolean,
): Promise<JobMeta | undefined> {
  const folder = checkpointFolder(root, pipelineId)
  return lookAgain(env, async () => {
    const { checkpoints } = await lookAtCheckpoints(env.disk, folder, pipelineId)
    const fitting = checkpoints.filter(({ id }) => fits(id))
    const newest = fitting.toSorted((a, b) => b.id - a.id)[0]
    return newest && decodeMeta(newest.meta)
  })
}

async function lookAgain<Found>(
  { timers }: Env,
  find: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  for (let look = 1; look < LOOKS_MAX; look++) {
    const found = await find()
    if (found !== undefined) return found
    await new Promise<void>((resolve) => timers.after(LOOK_MS, resolve))
  }
  return find()
}

/** A sink may hold what it has not sent yet, and that must still mean the same. */
function refuseLostSinks({ live, next, reached }: BackfillPlan, { nodes }: JobMeta): void {
  for (const sink of next.nodes.filter(writesOutside)) {
    const before = live.nodes.find(({ id }) => id === sink.id)
    const saved = Object.hasOwn(nodes, sink.id) ? nodes[sink.id] : undefined
    if (!reached.has(sink.id) || before === undefined || saved?.hasState !== true) continue
    const plan = planState(identityOf(before), identityOf(sink), sink.operator)
    if (plan.kind !== 'lost') continue
    const message =
      `Sink "${sink.id}" (${sink.operator.title}) holds what it has not sent yet, and that would be lost: ` +
      `${plan.reason} Put a select before it that gives it the columns that it had.`
    throw new Refusal('conflict', 'sink-would-lose', message)
  }
}

function notThere(id: number): Refusal {
  const message = `Checkpoint ${id} of the running job is not there any more. Begin the backfill again.`
  return new Refusal('conflict', 'no-such-checkpoint', message)
}

function isAhead(id: string, partition: number, offset: number, cap: number): Refusal {
  const message =
    `Source "${id}" has read partition ${partition} up to offset ${offset}, and the running job stands at ` +
    `${cap}: it has gone back. Begin the backfill again.`
  return new Refusal('conflict', 'job-went-back', message)
}

/**
 * What a server and its engine host do with dead letters, in one simulated process: the desk, the
 * job with its letter writer, and what it is to try again. The table of letters stays when the
 * process dies, as its file does.
 */

import { LetterWriter } from '../../apps/runtime/src/letters/letter-writer.ts'
import { createResendFeed } from '../../apps/runtime/src/letters/resend-feed.ts'
import { LetterDesk, type LetterDeskOptions } from '../../apps/runtime/src/server/letter-desk.ts'
import type { LetterStore } from '../../apps/runtime/src/storage/letter-store.ts'
import {
  type CheckpointStore,
  type Env,
  Job,
  type JobPlan,
  readCheckpoint,
} from '../../packages/engine/src/index.ts'
import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'
import { type EmbeddedLog, openCheckpointFiles } from '../../packages/storage/src/index.ts'
import type { StartedJob } from '../jobs/life.ts'
import { openSimulatedLog } from '../jobs/topics.ts'
import type { World } from '../jobs/world.ts'
import type { Final } from './letter-checks.ts'
import { type Person, PIPELINE } from './person.ts'
import { idOf, OUTPUT } from './refusing-job.ts'

export interface LetterServerOptions {
  readonly random: SeededRandom
  readonly store: LetterStore
  readonly plan: JobPlan
  readonly person: Person
}

export interface LifeOptions {
  readonly batchRowsMax: number
  readonly checkpointMs: number
}

const ANOTHER_JOB = 0.3
const GOING_BACK = 0.5

export class LetterServer {
  /** Of the life that goes on. */
  desk: LetterDesk | undefined
  /** The job, when it has come to its end. */
  ended: Job | undefined
  readonly reached = new Set<string>()
  /** Some job has gone on from another checkpoint than the newest: what was written since stays. */
  hasGoneBack = false
  readonly #options: LetterServerOptions
  #jobNumber = 1
  /** That a job has ended is written down no sooner than somebody waits for it. */
  #writeEnd: () => void = () => {}
  #cannotBegin = false
  /** Checkpoints that nobody can begin with any more. */
  readonly #refused = new Set<number>()
  /** Checkpoints of histories that were gone back from. */
  readonly #left: { readonly after: number; readonly upTo: number }[] = []
  /** What the job began with, before it had checkpoints of its own. */
  #begin: { readonly id: number; readonly after: number } | undefined

  constructor(options: LetterServerOptions) {
    this.#options = options
  }

  /** Sometimes as another job, which goes on from a checkpoint of the one before. */
  async start(world: World, life: LifeOptions, mayBeAnother: boolean): Promise<StartedJob> {
    this.desk = undefined
    this.#writeEnd = () => {}
    const plain = world.connect()
    const topics = await openSimulatedLog(plain)
    const env = { ...plain, topics }
    const { disk, random } = env
    const place = { root: '/data', folder: '/data/checkpoints', owner: 'simulated' }
    const store = await openCheckpointFiles({ disk, random, ...place, retained: 4, changesMax: 2 })
    let job: Job | undefined
    const desk = this.#createDesk(env, topics, () => job)
    await desk.open()
    if (this.#cannotBegin || (mayBeAnother && this.#options.random.chance(ANOTHER_JOB))) {
      await this.#another(store, desk)
    }
    job = await this.#createJob(env, topics, store, life)
    await desk.begin()
    this.desk = desk
    const close = async () => {
      await store.close()
      await topics.close()
    }
    return { job, close }
  }

  /**
   * Whoever goes on with a history that was gone back from may be told that the last output of it
   * was given up meanwhile. It is said by name, and another checkpoint is chosen.
   */
  excuses(message: string): boolean {
    const begin = this.#begin
    if (begin === undefined || !message.startsWith('There is no transaction')) return false
    if (!this.#left.some(({ after, upTo }) => begin.id > after && begin.id <= upTo)) return false
    this.#cannotBegin = true
    this.#refused.add(begin.id)
    return true
  }

  /** When no job runs any more. */
  async final(world: World): Promise<Final> {
    const plain = world.connect()
    const topics = await openSimulatedLog(plain)
    const desk = this.#createDesk({ ...plain, topics }, topics, () => undefined)
    await desk.open()
    await desk.jobEnded(this.#jobId)
    const written = new Map<number, number>()
    for (const { topic, partitions } of await topics.list()) {
      if (topic !== OUTPUT) continue
      for (const [partition, { startOffset, endOffset }] of partitions.entries()) {
        for (let at = startOffset; at < endOffset; ) {
          const { records, nextOffset } = await topics.read(topic, partition, at, 100_000)
          for (const { value } of records) {
            const id = idOf(Buffer.from(value ?? []).toString())
            written.set(id, (written.get(id) ?? 0) + 1)
          }
          at = nextOffset
        }
      }
    }
    await topics.close()
    const nodes = this.ended?.nodes() ?? new Map()
    const refused = new Map(
      ['read', 'half'].map((id) => [id, nodes.get(id)?.ledger.deadLettered ?? 0] as const),
    )
    const rows = this.ended?.rowsOf('view', 10_000)?.rows ?? []
    const counted = new Map(rows.map(([id, times]) => [Number(id), Number(times)] as const))
    return { written, counted, refused, hasGoneBack: this.hasGoneBack }
  }

  get #jobId(): string {
    return `job-${this.#jobNumber}`
  }

  #createDesk(env: Env, topics: EmbeddedLog, job: () => Job | undefined): LetterDesk {
    const { store, person } = this.#options
    const supervisor = {
      statuses: () => [{ jobId: this.#jobId, pipelineId: PIPELINE, endedAtMs: null }],
      ask: async () => job()?.lookForResends(),
    } as unknown as LetterDeskOptions['supervisor']
    const jobs = {
      get: async () => ({ pipelineId: PIPELINE }),
    } as unknown as LetterDeskOptions['jobs']
    const onFault = (error: unknown) => person.refused(error)
    const pipelines = { get: async () => PIPELINE }
    const endsWritten = async () => this.#writeEnd()
    const asked = { env, store, topics, supervisor, jobs, pipelines, onFault, endsWritten }
    return new LetterDesk({ ...asked, changed: () => {} })
  }

  /** The one before has ended, and what it was sent it has not come to. */
  async #another(store: CheckpointStore, desk: LetterDesk): Promise<void> {
    const { random } = this.#options
    const listed = (await store.list()).filter(({ id }) => !this.#refused.has(id))
    const newest = listed.at(-1)
    if (newest === undefined) return
    if (newest.id <= (this.#begin?.after ?? 0) && !this.#cannotBegin) return
    this.#cannotBegin = false
    const chosen = random.chance(GOING_BACK) ? random.pick(listed) : newest
    const ended = this.#jobNumber
    this.#writeEnd = () => {
      if (this.#jobNumber > ended) return
      this.#noteBranch(chosen.id, store.newestId)
      this.#begin = { id: chosen.id, after: store.newestId }
      this.#jobNumber++
      this.reached.add('a job that goes on from another')
    }
    await desk.jobEnded(this.#jobId)
    this.#writeEnd()
  }

  /** Which checkpoints hold what was told: those of a history that was gone back from do not. */
  #noteBranch(id: number, newestId: number): void {
    if (id === newestId) return
    this.hasGoneBack = true
    this.reached.add('a job that goes back')
    const isLeft = this.#left.some(({ after, upTo }) => id > after && id <= upTo)
    if (isLeft) this.reached.add('a job that goes on with a history that was gone back from')
    this.#left.push({ after: id, upTo: newestId })
  }

  async #createJob(
    env: Env,
    topics: EmbeddedLog,
    store: CheckpointStore,
    { batchRowsMax, checkpointMs }: LifeOptions,
  ): Promise<Job> {
    const hasOwn = store.newestId > (this.#begin?.after ?? 0)
    const restored = await readCheckpoint(store, env, hasOwn ? undefined : this.#begin?.id)
    const jobId = this.#jobId
    const letters = new LetterWriter({ jobId, env, topics, restored })
    const job: Job = new Job(this.#options.plan, {
      env,
      jobId,
      batchRowsMax,
      resolvePath: (path) => path,
      deadLetters: (refused, outstanding) => letters.refused(refused, outstanding),
      deadLetterSink: letters,
      resends: {
        feed: createResendFeed(topics, jobId, letters.line),
        onOutcome: (outcome) => {
          letters.tried(outcome)
          job.checkpoint().catch(() => undefined)
        },
      },
      checkpoints: { store, intervalMs: checkpointMs, restored, lastId: store.newestId },
    })
    return job
  }
}

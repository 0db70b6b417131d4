/** A pipeline with its files in a world: its lives one after the other, and what they come to. */

import { type Env, Job, type JobPlan, readCheckpoint } from '../../packages/engine/src/index.ts'
import { type SeededRandom, seededRandom } from '../../packages/engine/src/testing/index.ts'
import { openCheckpointFiles } from '../../packages/storage/src/index.ts'
import {
  beginningFaults,
  type Files,
  lineFaults,
  partialOutputFaults,
} from '../checks/output-files.ts'
import { Watch } from '../checks/watch.ts'
import { type LifeEnd, live, settled } from './life.ts'
import { isLive, isTimed, Producer, timelessOutput } from './live-topics.ts'
import type { Checked, RandomPipeline } from './random-pipeline.ts'
import { openSimulatedLog, readTopics, usesTopics, writesTopics } from './topics.ts'
import type { Twist } from './twist.ts'
import type { World } from './world.ts'

/** What a run comes to: what it shows, and how it ended. */
export interface Ended {
  readonly end: LifeEnd
  readonly files: Files
  /** By node. */
  readonly views: ReadonlyMap<string, string>
}

export interface LifeSettings {
  readonly batchRowsMax: number
  readonly tickMs: number
  /** From one checkpoint to the next; undefined for a job without any. */
  readonly checkpointMs: number | undefined
}

export interface Subject {
  readonly pipeline: RandomPipeline
  readonly checked: Checked
  readonly plan: JobPlan
  /** What the log holds before anything runs. */
  readonly log: ReadonlyMap<string, Uint8Array>
}

/** A pipeline with its files in a world. */
export class Run {
  readonly faults: string[] = []
  views: ReadonlyMap<string, string> = new Map()
  /** What else happens to it. */
  twist: Twist | undefined
  /** Of everything that happened. */
  readonly hash = new Hash()
  readonly random: SeededRandom
  readonly #world: World
  #subject: Subject
  readonly #producer: Producer
  readonly #storeSettings: { readonly retained: number; readonly changesMax: number }
  lives = 0
  /** How many lives went on from a checkpoint. */
  restoredCount = 0
  /** Whether the last one went on where all input had ended. */
  restoredFinished = false

  constructor(world: World, subject: Subject, random: SeededRandom) {
    const { pipeline, log } = subject
    this.#world = world
    this.#subject = subject
    this.random = random
    this.#producer = new Producer(pipeline, seededRandom(pipeline.files.size))
    for (const [path, bytes] of log) world.disk.place(path, bytes)
    for (const [path, text] of pipeline.files) world.disk.place(`/in/${path}`, Buffer.from(text))
    for (const folder of ['/out', '/data']) world.disk.place(`${folder}/.keep`, new Uint8Array(0))
    this.#storeSettings = { retained: random.integer(1, 4), changesMax: random.integer(0, 4) }
  }

  get #pipeline(): RandomPipeline {
    return this.#subject.pipeline
  }

  get isLive(): boolean {
    return isLive(this.#pipeline)
  }

  /** What is appended without checkpoints comes again after a restart, as it is said. */
  get needsCheckpoints(): boolean {
    return writesTopics(this.#pipeline) || this.isLive
  }

  /** What can be seen before the job has ended that should not be. */
  earlyFaults(whole: Files): readonly string[] {
    if (this.goesByClock || isTimed(this.#pipeline)) return []
    const seen = this.comparable(this.files())
    return this.isLive ? beginningFaults(seen, whole) : partialOutputFaults(seen, whole)
  }

  /** Without what an edit has reached. */
  comparable(files: Files): Files {
    const reached = this.twist?.reached
    if (reached === undefined) return files
    return new Map([...files].filter(([path]) => !reached.has(sinkOf(path))))
  }

  get goesByClock(): boolean {
    return this.#pipeline.goesByClock
  }

  async live(
    { batchRowsMax, tickMs, checkpointMs }: LifeSettings,
    onSlice: (job: Job, slice: number) => 'crash' | undefined,
  ) {
    this.#subject = (this.lives++ > 0 && this.twist?.edit(this.#subject)) || this.#subject
    const plain = this.#world.connect()
    this.#world.tickMs = tickMs
    const watch = new Watch(this.#subject.checked, this.twist?.reached)
    const start = async () => {
      const topics = usesTopics(this.#pipeline) ? await openSimulatedLog(plain) : undefined
      const env = topics === undefined ? plain : { ...plain, topics }
      const checkpoints =
        checkpointMs === undefined ? undefined : await this.#checkpoints(env, checkpointMs)
      if (checkpoints?.restored !== undefined) this.restoredCount++
      this.restoredFinished = checkpoints?.restored?.meta.finished ?? false
      const job = new Job(this.#subject.plan, {
        env,
        batchRowsMax,
        resolvePath: (path) => (path.startsWith('sink') ? `/out/${path}` : `/in/${path}`),
        deadLetters: (rows) => this.hash.add(JSON.stringify(rows)),
        ...(checkpoints === undefined ? {} : { checkpoints }),
      })
      watch.begin(job)
      this.twist?.begun(job, checkpoints?.restored)
      if (topics !== undefined) this.#producer.begin(env, topics)
      const close = async () => {
        await checkpoints?.store.close()
        await topics?.close()
      }
      return { job, close }
    }
    const life = await live(this.#world, start, (started, slice) => {
      this.#producer.betweenSlices(started)
      if (this.#producer.stopped) this.twist?.stopped()
      return onSlice(started, slice)
    })
    const { job } = life
    this.twist?.ended(life.end, job)
    this.hash.add(`${life.end.kind} after ${life.slices} at ${this.#world.disk.operationCount}`)
    if (life.end.kind === 'done' && job !== undefined) {
      watch.checkBooks('At the end')
      this.faults.push(...lineFaults(this.files(), this.#sinkRows(job)))
      this.views = this.#viewsOf(job)
    }
    this.faults.push(...watch.faults, ...this.#producer.faults.splice(0))
    this.faults.push(...(this.twist?.faults.splice(0) ?? []))
    return life
  }

  async #checkpoints(env: Env, intervalMs: number) {
    const { disk, random } = env
    const place = { root: '/data', folder: '/data/checkpoints', owner: 'simulated' }
    const store = await openCheckpointFiles({ disk, random, ...place, ...this.#storeSettings })
    const restored = await readCheckpoint(store, env)
    return { store, intervalMs, restored }
  }

  /** What others can see of the output. Parts of one file are brought together. */
  files(): Files {
    const seen = new Map<string, string>()
    for (const [path, bytes] of [...this.#world.disk.files('/out')].sort(byPath)) {
      if (!path.startsWith('/out/sink') || path.endsWith('.part')) continue
      const whole = this.isLive ? path.replace(/-\d{6}\.jsonl$/, '.jsonl') : path
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
      seen.set(whole, (seen.get(whole) ?? '') + text)
    }
    return seen
  }

  /** The same with the topics, when no job runs: what does not depend on how records came. */
  async output(): Promise<Files> {
    if (!usesTopics(this.#pipeline)) return this.files()
    const read = await settled(this.#world, readTopics(this.#world.connect()))
    if ('value' in read) {
      const all = new Map([...this.files(), ...read.value])
      return isTimed(this.#pipeline) ? timelessOutput(all, this.#pipeline) : all
    }
    this.faults.push(`The topics cannot be read: ${textOf(read)}.`)
    return this.files()
  }

  /** Files that somebody should have taken away. What a node that is gone began stays there. */
  leftovers(): readonly string[] {
    const parts = [...this.#world.disk.files('/out').keys()].filter((path) =>
      path.endsWith('.part'),
    )
    return parts.filter((path) => this.#subject.checked.nodes.has(sinkOf(path)))
  }

  /** How many rows have come in at each file sink, by where it writes. */
  #sinkRows(job: Job): ReadonlyMap<string, number> {
    const views = job.nodes()
    const rows = [...this.#subject.checked.nodes].flatMap(([id, { operator, config }]) => {
      const isReached = this.twist?.reached.has(id) === true
      if (operator.id !== 'file-sink' || isReached) return []
      const { path } = config as { readonly path: string }
      return [[`/out/${path}`, views.get(id)?.ledger.in ?? 0] as const]
    })
    return new Map(rows)
  }

  #viewsOf(job: Job): ReadonlyMap<string, string> {
    if (isTimed(this.#pipeline)) return new Map()
    const ids = [...this.#subject.checked.nodes.keys()]
    return new Map(ids.map((id) => [id, JSON.stringify(job.rowsOf(id, 1000) ?? null)]))
  }
}
function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

/** The node that writes there. */
function sinkOf(path: string): string {
  const [name = ''] = path.replace(/^\/out\//, '').split('/')
  return name.replace(/(?:-\d{6})?\.jsonl.*$/, '')
}

export function textOf(end: LifeEnd): string {
  if (end.kind === 'failed') return `failed (${end.failure.nodeId}: ${end.failure.message})`
  return end.kind
}

/** FNV-1a over texts. */
class Hash {
  value = 0x811c9dc5

  add(text: string): void {
    let value = this.value
    for (let index = 0; index < text.length; index++) {
      value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
    }
    this.value = value >>> 0
  }
}

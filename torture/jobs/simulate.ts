/**
 * One simulated run: a random pipeline over random files, once with nothing going wrong and once
 * with faults, after each of which it is started again. Both must come to the same.
 */

import {
  type Env,
  Job,
  type JobPlan,
  type OperatorDefinition,
  readCheckpoint,
  toJobPlan,
} from '../../packages/engine/src/index.ts'
import { type SeededRandom, seededRandom } from '../../packages/engine/src/testing/index.ts'
import { openCheckpointFiles } from '../../packages/storage/src/index.ts'
import {
  beginningFaults,
  type Files,
  lineFaults,
  outputFaults,
  partialOutputFaults,
} from '../checks/output-files.ts'
import { Watch } from '../checks/watch.ts'
import { type Fault, FaultPlan, randomFaults } from './faults.ts'
import { type LifeEnd, live, settled } from './life.ts'
import { isLive, isTimed, Producer, timelessOutput, withLiveTopics } from './live-topics.ts'
import { type Checked, check, type RandomPipeline, randomPipeline } from './random-pipeline.ts'
import { filledLog, openSimulatedLog, readTopics, usesTopics, writesTopics } from './topics.ts'
import { World } from './world.ts'

/** So many runs share a pipeline and its run without faults. */
const RUNS_PER_PIPELINE = 6

/** What never ends shows nothing without checkpoints. */
const BASE_MS = 20
const LIVE_MS_MIN = 3
/** So many lives of live jobs let only so many records in, so that chunks are read in parts. */
const PACED_SHARE = 0.4
const PACES = [1000, 4000]
/** Idle timeouts ring again and again meanwhile. */
const LIVE_SLOW_MS_MAX = 20

export interface Outcome {
  readonly seed: number
  readonly faults: readonly string[]
  /** The states that it came through. */
  readonly reached: readonly string[]
  /** Of everything that happened, in order. */
  readonly hash: number
  readonly slices: number
  readonly lives: number
  /** How many things went wrong. */
  readonly faultsHappened: number
}

export interface Scenario {
  readonly seed: number
  readonly pipeline: RandomPipeline
  readonly faults: readonly Fault[]
}

/** What a run comes to: what it shows, and how it ended. */
interface Ended {
  readonly end: LifeEnd
  readonly files: Files
  readonly views: string
}

export type Catalogue = ReadonlyMap<string, OperatorDefinition>

export class Simulator {
  readonly #catalogue: Catalogue
  #last: { seed: number; pipeline: RandomPipeline; base: Base } | undefined

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  /** The same seed does the same again. */
  async run(seed: number): Promise<Outcome> {
    const { scenario, base } = await this.#draw(seed)
    return this.#runFaulty(scenario, base)
  }

  /** What a seed is made of. */
  async scenario(seed: number): Promise<Scenario> {
    return (await this.#draw(seed)).scenario
  }

  /** Runs what may have been made smaller. */
  async runScenario(scenario: Scenario): Promise<Outcome> {
    return this.#runFaulty(scenario, await this.#runBase(scenario.pipeline))
  }

  async #draw(seed: number): Promise<{ scenario: Scenario; base: Base }> {
    const pipelineSeed = Math.floor(seed / RUNS_PER_PIPELINE)
    if (this.#last?.seed !== pipelineSeed) {
      const drawn = randomPipeline(seededRandom(pipelineSeed * 7919 + 1), this.#catalogue)
      const random = seededRandom(pipelineSeed * 7877 + 3)
      const pipeline = withLiveTopics(random, drawn, this.#catalogue)
      this.#last = { seed: pipelineSeed, pipeline, base: await this.#runBase(pipeline) }
    }
    const { pipeline, base } = this.#last
    const random = seededRandom(seed * 104_729 + 2)
    const slowMsMax = isLive(pipeline) ? LIVE_SLOW_MS_MAX : undefined
    const faults = randomFaults(random, base.operations, base.slices, slowMsMax)
    return { scenario: { seed, pipeline, faults }, base }
  }

  async #runBase(pipeline: RandomPipeline): Promise<Base> {
    const checked = check(pipeline.document, this.#catalogue)
    if (checked === undefined) return { faults: ['The checker refuses the pipeline.'], ...NOTHING }
    const world = new World(1)
    const log = await filledLog(pipeline)
    const plan = toJobPlan(checked)
    const subject = { pipeline, checked, plan, log }
    const run = new Run(world, subject, seededRandom(1))
    const { end, slices } = await run.live(
      { batchRowsMax: 4096, tickMs: 0, checkpointMs: isLive(pipeline) ? BASE_MS : undefined },
      () => undefined,
    )
    const faults = [...run.faults]
    if (end.kind === 'stuck') faults.push(`Without any fault: ${end.why}`)
    if (end.kind === 'failed' && end.failure.domain !== 'user') faults.push(end.failure.message)
    const ended = { end, files: await run.output(), views: run.views }
    return { faults, ended, slices, operations: world.disk.operationCount, subject }
  }

  async #runFaulty({ seed, faults }: Scenario, base: Base): Promise<Outcome> {
    const none = { seed, reached: [], hash: 0, slices: 0, lives: 0, faultsHappened: 0 }
    const { subject } = base
    if (base.faults.length > 0 || subject === undefined || base.ended === undefined) {
      return { ...none, faults: base.faults }
    }
    const world = new World(seed)
    const run = new Run(world, subject, seededRandom(seed * 31 + 7))
    return new FaultyRun(run, world, faults, base.ended, seed).toEnd()
  }
}

interface Base {
  readonly faults: readonly string[]
  readonly ended: Ended | undefined
  readonly slices: number
  readonly operations: number
  readonly subject: Subject | undefined
}

const NOTHING = { ended: undefined, slices: 0, operations: 0, subject: undefined }

interface LifeSettings {
  readonly batchRowsMax: number
  readonly tickMs: number
  /** From one checkpoint to the next; undefined for a job without any. */
  readonly checkpointMs: number | undefined
}

interface Subject {
  readonly pipeline: RandomPipeline
  readonly checked: Checked
  readonly plan: JobPlan
  /** What the log holds before anything runs. */
  readonly log: ReadonlyMap<string, Uint8Array>
}

/** A pipeline with its files in a world. */
class Run {
  readonly faults: string[] = []
  views = ''
  /** Of everything that happened. */
  readonly hash = new Hash()
  readonly random: SeededRandom
  readonly #world: World
  readonly #pipeline: RandomPipeline
  readonly #checked: Checked
  readonly #plan: JobPlan
  readonly #producer: Producer
  readonly #storeSettings: { readonly retained: number; readonly changesMax: number }
  /** How many lives went on from a checkpoint. */
  restoredCount = 0
  /** Whether the last one went on where all input had ended. */
  restoredFinished = false

  constructor(world: World, { pipeline, checked, plan, log }: Subject, random: SeededRandom) {
    this.#world = world
    this.#pipeline = pipeline
    this.#checked = checked
    this.#plan = plan
    this.random = random
    this.#producer = new Producer(pipeline, seededRandom(pipeline.files.size))
    for (const [path, bytes] of log) world.disk.place(path, bytes)
    for (const [path, text] of pipeline.files) world.disk.place(`/in/${path}`, Buffer.from(text))
    for (const folder of ['/out', '/data']) world.disk.place(`${folder}/.keep`, new Uint8Array(0))
    this.#storeSettings = { retained: random.integer(1, 4), changesMax: random.integer(0, 4) }
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
    return this.isLive
      ? beginningFaults(this.files(), whole)
      : partialOutputFaults(this.files(), whole)
  }

  get goesByClock(): boolean {
    return this.#pipeline.goesByClock
  }

  async live(
    { batchRowsMax, tickMs, checkpointMs }: LifeSettings,
    onSlice: (job: Job, slice: number) => 'crash' | undefined,
  ) {
    const plain = this.#world.connect()
    this.#world.tickMs = tickMs
    const watch = new Watch(this.#checked)
    const start = async () => {
      const topics = usesTopics(this.#pipeline) ? await openSimulatedLog(plain) : undefined
      const env = topics === undefined ? plain : { ...plain, topics }
      const checkpoints =
        checkpointMs === undefined ? undefined : await this.#checkpoints(env, checkpointMs)
      if (checkpoints?.restored !== undefined) this.restoredCount++
      this.restoredFinished = checkpoints?.restored?.meta.finished ?? false
      const job = new Job(this.#plan, {
        env,
        batchRowsMax,
        resolvePath: (path) => (path.startsWith('sink') ? `/out/${path}` : `/in/${path}`),
        deadLetters: (rows) => this.hash.add(JSON.stringify(rows)),
        ...(checkpoints === undefined ? {} : { checkpoints }),
      })
      watch.begin(job)
      if (topics !== undefined) this.#producer.begin(env, topics)
      const close = async () => {
        await checkpoints?.store.close()
        await topics?.close()
      }
      return { job, close }
    }
    const life = await live(this.#world, start, (started, slice) => {
      this.#producer.betweenSlices(started)
      return onSlice(started, slice)
    })
    const { job } = life
    this.hash.add(`${life.end.kind} after ${life.slices} at ${this.#world.disk.operationCount}`)
    if (life.end.kind === 'done' && job !== undefined) {
      watch.checkBooks('At the end')
      this.faults.push(...lineFaults(this.files(), this.#sinkRows(job)))
      this.views = this.#viewsOf(job)
    }
    this.faults.push(...watch.faults, ...this.#producer.faults.splice(0))
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

  /** Files that somebody should have taken away. */
  leftovers(): readonly string[] {
    return [...this.#world.disk.files('/out').keys()].filter((path) => path.endsWith('.part'))
  }

  /** How many rows have come in at each file sink, by where it writes. */
  #sinkRows(job: Job): ReadonlyMap<string, number> {
    const views = job.nodes()
    const rows = [...this.#checked.nodes].flatMap(([id, { operator, config }]) => {
      if (operator.id !== 'file-sink') return []
      const { path } = config as { readonly path: string }
      return [[`/out/${path}`, views.get(id)?.ledger.in ?? 0] as const]
    })
    return new Map(rows)
  }

  #viewsOf(job: Job): string {
    if (isTimed(this.#pipeline)) return ''
    const rows = [...this.#checked.nodes.keys()].map((id) => [id, job.rowsOf(id, 1000)])
    return JSON.stringify(rows)
  }
}

/** Lives until the job is done, with everything that goes wrong on the way. */
class FaultyRun {
  readonly #run: Run
  readonly #world: World
  readonly #plan: FaultPlan
  readonly #expected: Ended
  readonly #seed: number
  readonly #livesMax: number
  readonly #checkpointMs: number | undefined
  readonly #reached = new Set<string>()
  readonly #faults: string[] = []
  /** Dice of its own, so that what else a seed draws does not depend on it. */
  readonly #paces: SeededRandom
  #lives = 0
  #slices = 0

  constructor(run: Run, world: World, faults: readonly Fault[], expected: Ended, seed: number) {
    this.#run = run
    this.#world = world
    this.#plan = new FaultPlan(faults, world)
    this.#expected = expected
    this.#seed = seed
    this.#paces = seededRandom(seed * 17 + 11)
    this.#livesMax = 2 * faults.length + 2
    // Without a pause between checkpoints no time passes, and who appends waits for it.
    const drawn = run.random.pick([run.needsCheckpoints ? 0 : -1, 0, 0, 1, 10, 100])
    const checkpointMs = run.isLive ? Math.max(drawn, LIVE_MS_MIN) : drawn
    this.#checkpointMs = checkpointMs < 0 ? undefined : checkpointMs
  }

  async toEnd(): Promise<Outcome> {
    let end = await this.#liveOnce()
    while (this.#goesOn(end)) {
      if (this.#lives >= this.#livesMax) this.#plan.end()
      end = await this.#liveOnce()
    }
    await this.#judge(end)
    this.#run.hash.add(JSON.stringify([...this.#run.files()]))
    return {
      seed: this.#seed,
      faults: [...this.#run.faults, ...this.#faults],
      reached: [...this.#reached, ...this.#plan.happened],
      hash: this.#run.hash.value,
      slices: this.#slices,
      lives: this.#lives,
      faultsHappened: this.#plan.happened.length,
    }
  }

  async #liveOnce(): Promise<LifeEnd> {
    const { random } = this.#run
    const batchRowsMax = random.pick([1, 1, 2, 7, 4096])
    const tickMs = random.pick([0, 0, 0.1, 2, 8])
    this.#lives++
    this.#plan.begin()
    const settings = { batchRowsMax, tickMs, checkpointMs: this.#checkpointMs }
    const before = this.#run.restoredCount
    const isPaced = this.#run.isLive && this.#paces.chance(PACED_SHARE)
    const pace = isPaced ? this.#paces.pick(PACES) : undefined
    const { end, slices, job } = await this.#run.live(settings, (job, slice) => {
      if (slice === 0 && pace !== undefined) job.setPace(pace)
      return this.#betweenSlices(job)
    })
    this.#noteRestored(before, job, slices, end)
    this.#slices += slices
    this.#reached.add(`a life that ends ${end.kind}`)
    if (end.kind === 'crashed') {
      this.#world.crash(this.#plan.power ? 'power' : 'kill')
      this.#reached.add(this.#plan.power ? 'a power cut' : 'a killed process')
    }
    if (this.#lives > 2) this.#reached.add('a third life')
    return end
  }

  #noteRestored(before: number, job: Job | undefined, slices: number, end: LifeEnd): void {
    const reached = this.#reached
    if (job === undefined) reached.add('a life that ends before its job has started')
    if (this.#run.restoredCount === before) return
    reached.add('a life that goes on')
    if (before > 0) reached.add('a life that goes on from one that went on')
    if (this.#run.restoredFinished) reached.add('a life that goes on where everything was done')
    const nothingRead = [...(job?.nodes().values() ?? [])].every(({ ledger }) => ledger.in === 0)
    if (end.kind === 'crashed' && (slices === 0 || nothingRead)) {
      reached.add('a crash in recovery, before the first record')
    }
  }

  #betweenSlices(job: Job): 'crash' | undefined {
    const fault = this.#plan.onSlice(this.#slices)
    if (fault?.kind === 'crash-between') return 'crash'
    if (fault?.kind === 'stop') job.stop()
    if (fault?.kind === 'pause') {
      job.pause()
      this.#world.pass(10_000)
      job.resume()
    }
    this.#slices++
    return undefined
  }

  #goesOn(end: LifeEnd): boolean {
    if (this.#faults.length > 0 || end.kind === 'done' || end.kind === 'stuck') return false
    const whole = this.#expected.end.kind === 'done' ? this.#expected.files : new Map()
    this.#faults.push(...this.#run.earlyFaults(whole))
    if (end.kind !== 'failed') return true
    if (isSame(end, this.#expected.end)) return false
    if (end.failure.domain === 'internal' || !this.#plan.excuse) {
      this.#faults.push(`The job fails: ${end.failure.message}`)
      return false
    }
    this.#reached.add('a job that fails for the disk, and is started again')
    return true
  }

  async #judge(end: LifeEnd): Promise<void> {
    if (this.#faults.length > 0) return
    const expected = this.#expected
    if (end.kind === 'stuck') this.#faults.push(end.why)
    else if (!isSame(end, expected.end)) {
      this.#faults.push(`It ends ${textOf(end)}, and without faults ${textOf(expected.end)}.`)
    }
    if (this.#faults.length > 0 || this.#run.goesByClock || end.kind !== 'done') return
    this.#plan.end()
    this.#faults.push(...outputFaults(await this.#run.output(), expected.files))
    if (this.#run.views !== expected.views) this.#faults.push('What is kept to be seen differs.')
    this.#faults.push(...this.#run.leftovers().map((path) => `"${path}" is left over.`))
    // What was said to be done lasts, and is not done again.
    this.#world.crash('power')
    const lasting = outputFaults(await this.#run.output(), expected.files)
    this.#faults.push(...lasting.map((fault) => `After a power cut at the end: ${fault}`))
    if (this.#checkpointMs === undefined || lasting.length > 0) return
    const again = await this.#liveOnce()
    if (again.kind !== 'done') this.#faults.push(`Started once more, it ends ${textOf(again)}.`)
    const same = outputFaults(await this.#run.output(), expected.files)
    this.#faults.push(...same.map((fault) => `Started once more, ${fault}`))
  }
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

function isSame(a: LifeEnd, b: LifeEnd): boolean {
  return textOf(a) === textOf(b)
}

function textOf(end: LifeEnd): string {
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

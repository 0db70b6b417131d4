/** Lives of a job one after the other, until it is done, with everything that goes wrong. */

import type { Job } from '../../packages/engine/src/index.ts'
import { type SeededRandom, seededRandom } from '../../packages/engine/src/testing/index.ts'
import { type Files, outputFaults } from '../checks/output-files.ts'
import { type Fault, FaultPlan } from './faults.ts'
import type { LifeEnd } from './life.ts'
import { type Ended, type Run, textOf } from './run.ts'
import type { Twist } from './twist.ts'
import type { World } from './world.ts'

const LIVE_MS_MIN = 3
/** So many lives of live jobs let only so many records in, so that chunks are read in parts. */
const PACED_SHARE = 0.4
const PACES = [1000, 4000]

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

/** Lives until the job is done, with everything that goes wrong on the way. */
export interface FaultyRunOptions {
  readonly run: Run
  readonly world: World
  readonly faults: readonly Fault[]
  /** What it must come to. */
  readonly expected: Ended
  readonly seed: number
  readonly twist: Twist | undefined
}

export class FaultyRun {
  readonly #run: Run
  readonly #world: World
  readonly #plan: FaultPlan
  readonly #expected: Ended
  readonly #twist: Twist | undefined
  readonly #seed: number
  readonly #livesMax: number
  readonly #checkpointMs: number | undefined
  readonly #reached = new Set<string>()
  readonly #faults: string[] = []
  /** Dice of its own, so that what else a seed draws does not depend on it. */
  readonly #paces: SeededRandom
  #lives = 0
  #slices = 0

  constructor({ run, world, faults, expected, seed, twist }: FaultyRunOptions) {
    run.twist = twist
    this.#run = run
    this.#world = world
    this.#plan = new FaultPlan(faults, world)
    this.#expected = expected
    this.#twist = twist
    this.#seed = seed
    this.#paces = seededRandom(seed * 17 + 11)
    this.#livesMax = 2 * faults.length + 2 + (twist?.livesMax ?? 0)
    // Without a pause between checkpoints no time passes, and who appends waits for it.
    const drawn = run.random.pick([run.needsCheckpoints ? 0 : -1, 0, 0, 1, 10, 100])
    const checkpointMs = run.isLive ? Math.max(drawn, LIVE_MS_MIN) : drawn
    const isWithout = checkpointMs < 0 && twist === undefined
    this.#checkpointMs = isWithout ? undefined : Math.max(0, checkpointMs)
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
    if (fault?.kind === 'stop') {
      job.stop()
      this.#twist?.stopped()
    }
    if (fault?.kind === 'pause') {
      // One that is suspended stays as it is.
      const isSuspended = job.state === 'paused'
      job.pause()
      this.#world.pass(10_000)
      if (!isSuspended) job.resume()
    }
    this.#slices++
    this.#twist?.betweenSlices(job)
    return undefined
  }

  #goesOn(end: LifeEnd): boolean {
    if (this.#faults.length > 0 || end.kind === 'done' || end.kind === 'stuck') return false
    const whole = this.#expected.end.kind === 'done' ? this.#expected.files : new Map()
    this.#faults.push(...this.#run.earlyFaults(whole))
    if (end.kind !== 'failed') return true
    if (this.#isOther(end)) return false
    if (isSame(end, this.#expected.end)) return false
    if (end.failure.domain === 'internal' || !this.#plan.excuse) {
      this.#faults.push(`The job fails: ${end.failure.message}`)
      return false
    }
    this.#reached.add('a job that fails for the disk, and is started again')
    return true
  }

  #differences(seen: Files): readonly string[] {
    const comparable = (files: Files) => this.#run.comparable(files)
    return outputFaults(comparable(seen), comparable(this.#expected.files))
  }

  /** An edited pipeline may fail where the one before it does not. */
  #isOther(end: LifeEnd): boolean {
    const edited = this.#twist?.edited === true
    return edited && end.kind === 'failed' && end.failure.domain === 'user'
  }

  async #judge(end: LifeEnd): Promise<void> {
    if (this.#faults.length > 0 || this.#isOther(end)) return
    const expected = this.#expected
    if (end.kind === 'stuck') this.#faults.push(end.why)
    else if (!isSame(end, expected.end)) {
      this.#faults.push(`It ends ${textOf(end)}, and without faults ${textOf(expected.end)}.`)
    }
    if (this.#faults.length > 0 || this.#run.goesByClock || end.kind !== 'done') return
    this.#plan.end()
    this.#faults.push(...this.#differences(await this.#run.output()))
    for (const [id, rows] of expected.views) {
      if (this.#twist?.reached.has(id) === true || this.#run.views.get(id) === rows) continue
      this.#faults.push(`What "${id}" keeps to be seen differs.`)
    }
    this.#faults.push(...this.#run.leftovers().map((path) => `"${path}" is left over.`))
    // What was said to be done lasts, and is not done again.
    this.#world.crash('power')
    const lasting = this.#differences(await this.#run.output())
    this.#faults.push(...lasting.map((fault) => `After a power cut at the end: ${fault}`))
    if (this.#checkpointMs === undefined || lasting.length > 0) return
    let again = await this.#liveOnce()
    if (!this.#run.restoredFinished) {
      this.#faults.push('Its last checkpoint does not say that all input had ended.')
    }
    // Somebody may move it even then.
    while (again.kind === 'stopped') again = await this.#liveOnce()
    if (again.kind !== 'done') this.#faults.push(`Started once more, it ends ${textOf(again)}.`)
    const same = this.#differences(await this.#run.output())
    this.#faults.push(...same.map((fault) => `Started once more, ${fault}`))
  }
}
function isSame(a: LifeEnd, b: LifeEnd): boolean {
  return textOf(a) === textOf(b)
}

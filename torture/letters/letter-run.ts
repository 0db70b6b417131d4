/**
 * One random job that refuses records, with somebody who corrects, sends in, discards and takes
 * back while everything goes wrong that can. In the end each record that was refused must be in one
 * place: it waits, or it is discarded, or it was accepted once.
 */

import { LETTERS_KEPT } from '../../apps/runtime/src/server/letter-limits.ts'
import { LetterStore } from '../../apps/runtime/src/storage/letter-store.ts'
import { openLetterTables } from '../../apps/runtime/src/storage/letter-tables.ts'
import type { Job } from '../../packages/engine/src/index.ts'
import { type SeededRandom, seededRandom } from '../../packages/engine/src/testing/index.ts'
import { FaultPlan, randomFaults } from '../jobs/faults.ts'
import { type LifeEnd, live, settled } from '../jobs/life.ts'
import { openSimulatedLog } from '../jobs/topics.ts'
import { World } from '../jobs/world.ts'
import { booksFaults, type Final, letterFaults } from './letter-checks.ts'
import { LetterServer } from './letter-server.ts'
import { Person } from './person.ts'
import { INPUT, type RefusingJob, randomRefusingJob } from './refusing-job.ts'

export interface LetterOutcome {
  readonly seed: number
  readonly faults: readonly string[]
  readonly reached: ReadonlySet<string>
  readonly lives: number
  /** What somebody did with letters, how often. */
  readonly acts: number
}

/** About what a run takes when nothing goes wrong. */
const OPERATIONS = 500
const SLICES = 200
const LIVES_MAX = 12
const ACTS = [0.05, 0.2, 0.5]
const LIMITS = { countMax: 100_000, bytesMax: 2 ** 30, ...LETTERS_KEPT }

export async function runLetters(seed: number): Promise<LetterOutcome> {
  const store = new LetterStore(openLetterTables(':memory:'), LIMITS)
  try {
    return await new LetterRun(seed, store).toEnd()
  } finally {
    store.close()
  }
}

class LetterRun {
  readonly #seed: number
  readonly #random: SeededRandom
  readonly #world: World
  readonly #store: LetterStore
  readonly #job: RefusingJob
  readonly #plan: FaultPlan
  readonly #person: Person
  readonly #server: LetterServer
  readonly #faults: string[] = []
  readonly #reached = new Set<string>()
  readonly #acts: number
  #lives = 0
  #slices = 0
  #stop = false
  /** How far the end has come: what is asked for is there when it is told. */
  #calm: 'no' | 'asked' | 'yes' = 'no'

  constructor(seed: number, store: LetterStore) {
    const random = seededRandom(seed * 7919 + 5)
    this.#seed = seed
    this.#random = random
    this.#world = new World(seed)
    this.#store = store
    this.#job = randomRefusingJob(random)
    this.#acts = random.pick(ACTS)
    this.#plan = new FaultPlan(randomFaults(random, OPERATIONS, SLICES, 20), this.#world)
    const onFault = (fault: string) => this.#faults.push(fault)
    const onStopped = () => {
      this.#stop = true
    }
    this.#person = new Person({ random, store, onFault, onStopped })
    const { plan } = this.#job
    this.#server = new LetterServer({ random, store, plan, person: this.#person })
  }

  async toEnd(): Promise<LetterOutcome> {
    await this.#fill()
    let end = await this.#liveOnce()
    while (this.#goesOn(end)) end = await this.#liveOnce()
    if (this.#faults.length === 0) await this.#judge(end)
    const { done } = this.#person
    const acts = [...done.values()].reduce((sum, count) => sum + count, 0)
    for (const [what] of done) this.#reached.add(what)
    for (const what of this.#plan.happened) this.#reached.add(what)
    const { reached } = this.#server
    for (const what of reached) this.#reached.add(what)
    const faults = this.#faults
    return { seed: this.#seed, faults, reached: this.#reached, lives: this.#lives, acts }
  }

  async #fill(): Promise<void> {
    const world = new World(1)
    world.disk.place('/data/.keep', new Uint8Array(0))
    const log = await openSimulatedLog(world.connect())
    await log.create(INPUT, { partitions: this.#job.partitions })
    await log.append(INPUT, this.#job.records)
    await log.close()
    for (const [path, bytes] of world.disk.files()) this.#world.disk.place(path, bytes)
  }

  async #liveOnce(): Promise<LifeEnd> {
    const random = this.#random
    this.#lives++
    this.#stop = false
    this.#calm = 'no'
    if (this.#lives > LIVES_MAX) this.#plan.end()
    this.#plan.begin()
    this.#world.tickMs = random.pick([0, 0, 0.1, 2])
    const settings = {
      batchRowsMax: random.pick([1, 1, 2, 7]),
      checkpointMs: random.pick([1, 3, 10, 50]),
    }
    const isLate = this.#lives > LIVES_MAX
    const life = await live(
      this.#world,
      () => this.#server.start(this.#world, settings, this.#lives > 1 && !isLate),
      (job) => this.#betweenSlices(job),
    )
    this.#reached.add(`a life that ends ${life.end.kind}`)
    if (life.end.kind === 'crashed') this.#world.crash(this.#plan.power ? 'power' : 'kill')
    // What its desk still does would meet the log of the next life: processes are never two.
    if (life.end.kind === 'failed') this.#world.crash('kill')
    if (life.end.kind === 'done' && life.job !== undefined) this.#server.ended = life.job
    return life.end
  }

  #betweenSlices(job: Job): 'crash' | undefined {
    const fault = this.#plan.onSlice(this.#slices++)
    if (fault?.kind === 'crash-between') return 'crash'
    if (fault?.kind === 'stop' || this.#stop) job.stop()
    if (fault?.kind === 'pause') {
      job.pause()
      this.#world.pass(5000)
      job.resume()
    }
    const { desk } = this.#server
    if (desk === undefined || this.#faults.length > 0) return undefined
    const isOver = this.#plan.left === 0 || this.#lives > LIVES_MAX
    if (!isOver || this.#slices < SLICES / 2) {
      if (this.#random.chance(this.#acts)) this.#person.act(desk)
      return undefined
    }
    this.#bringToEnd(job)
    return undefined
  }

  /** All is read and told, nothing waits: then the job is drained. */
  #bringToEnd(job: Job): void {
    const { desk } = this.#server
    if (desk === undefined || this.#calm === 'asked' || !this.#isRead(job)) return
    if (this.#calm === 'no') {
      this.#calm = 'asked'
      const told = job.checkpoint().then(() => desk.caughtUp())
      told.then(
        () => {
          this.#calm = 'yes'
        },
        () => undefined,
      )
      return
    }
    if (this.#person.letters('sent').length > 0) return
    const open = this.#person.letters('open')
    if (open.length === 0) {
      job.drain()
      return
    }
    for (const letter of open) {
      if (this.#random.chance(0.3)) this.#person.discard(desk, letter)
      else this.#person.correct(desk, letter)
    }
    this.#calm = 'no'
  }

  #isRead(job: Job): boolean {
    const places = job.topicPlaces().get('read') ?? []
    const read = places.reduce((sum, { offset }) => sum + offset, 0)
    return read === this.#job.records.length
  }

  #goesOn(end: LifeEnd): boolean {
    if (this.#faults.length > 0 || end.kind === 'done' || end.kind === 'stuck') return false
    if (end.kind !== 'failed') return true
    if (end.failure.domain === 'external' && this.#plan.excuse) return true
    if (this.#server.excuses(end.failure.message)) return true
    this.#faults.push(`The job fails: ${end.failure.message}`)
    return false
  }

  async #judge(end: LifeEnd): Promise<void> {
    if (end.kind === 'stuck') {
      const sent = this.#person.letters('sent').length
      this.#faults.push(`${end.why} ${sent} letters are under way.`)
      return
    }
    this.#plan.end()
    this.#world.crash('power')
    const final = await settled<Final>(this.#world, this.#server.final(this.#world))
    if (!('value' in final)) {
      this.#faults.push('What it has come to cannot be read.')
      return
    }
    const letters = this.#person.letters('open', 'sent', 'done', 'discarded')
    this.#faults.push(...letterFaults(this.#job, letters, final.value))
    this.#faults.push(...booksFaults(letters, this.#store, final.value))
  }
}

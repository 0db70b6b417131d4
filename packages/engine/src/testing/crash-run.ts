/**
 * Runs a whole pipeline that crashes now and then, and holds every stream, every output and every
 * ledger against those of the run without crashes. A crash is the end of all that the job has in
 * memory, at any place: between turns, while a checkpoint is written, between storing and
 * committing it, and while another crash is recovered from.
 */

import { readCheckpoint } from '../checkpoint.ts'
import { Job } from '../job.ts'
import type { LedgerJson } from '../ledger.ts'
import type { OperatorDefinition } from '../operator.ts'
import { type JobPlan, toJobPlan } from '../plan.ts'
import type { DeadLetter } from '../refusals.ts'
import type { ResendRequest } from '../resends.ts'
import type { TransactionalSink } from '../transactional-sink.ts'
import { collect, type TestElement } from './elements.ts'
import { MemoryCheckpoints } from './memory-checkpoints.ts'
import { createOutboxSink, Outbox, type Reach } from './outbox.ts'
import { type SeededRandom, seededRandom } from './random.ts'
import { checkDocument } from './run-pipeline.ts'
import { VirtualEnv } from './virtual-env.ts'

export interface CrashRunOptions {
  readonly document: unknown
  readonly operators: readonly OperatorDefinition[]
  readonly seed: number
  /** With none, there are no checkpoints either: the run that others are compared with. */
  readonly crashesMax: number
  /** Sent in again; what becomes of them is among the dead letters. */
  readonly resends?: readonly ResendRequest[]
}

export interface CrashRunResult {
  /** What left each port, as `node.port`, as if nothing had happened. */
  readonly streams: ReadonlyMap<string, readonly TestElement[]>
  /** What has become visible, by node; under no name, what could not be processed. */
  readonly output: ReadonlyMap<string, readonly string[]>
  readonly ledgers: ReadonlyMap<string, LedgerJson>
  readonly crashes: number
  readonly checkpoints: number
}

/** Slices and steps of time until a run is given up: then something waits for ever. */
const STEPS_MAX = 200_000
const MICROTASK_ROUNDS = 64
/** What could not be processed is written under this name. */
const DEAD_LETTERS = ''

export async function runWithCrashes(options: CrashRunOptions): Promise<CrashRunResult> {
  const world = new World(options)
  for (let crashes = 0; ; crashes++) {
    const isLast = crashes >= options.crashesMax
    const life = await world.begin()
    const over = await life.live(
      isLast ? undefined : world.random.integer(1, world.random.pick([4, 12, 60])),
    )
    if (over) return world.result(life, crashes)
    life.crash()
    // What has passed its last pause is done.
    await rounds(MICROTASK_ROUNDS)
  }
}

/** What outlives crashes. */
class World {
  readonly random: SeededRandom
  #store = new MemoryCheckpoints()
  readonly outbox = new Outbox()
  readonly #options: CrashRunOptions
  /** By port, what had left up to the checkpoint that was restored last. */
  #streams: ReadonlyMap<string, readonly TestElement[]> = new Map()
  /** By checkpoint, how much had left each port. */
  readonly #cuts = new Map<number, ReadonlyMap<string, readonly TestElement[]>>()
  #nowMs: number | undefined

  constructor(options: CrashRunOptions) {
    this.#options = options
    this.random = seededRandom(options.seed)
  }

  async begin(): Promise<Life> {
    const store = new MemoryCheckpoints(this.#store)
    this.#store = store
    const restored = await readCheckpoint(store, new VirtualEnv())
    const { random, outbox } = this
    const { document, operators, crashesMax } = this.#options
    this.#streams = (restored && this.#cuts.get(restored.id)) ?? new Map()
    const life = new Life(random, this.#nowMs, this.#streams)
    const plan = toJobPlan(checkDocument(document, [...operators, life.sinkOf(outbox)]))
    store.beforeWrite = () => life.pause()
    store.afterWrite = () => life.pause()
    const letters = outbox.open(DEAD_LETTERS, life)
    const deadLetterSink: TransactionalSink = {
      ...letters.sink,
      cut: (cut) => {
        this.#cuts.set(cut.checkpointId, life.streamsSoFar())
        return letters.sink.cut(cut)
      },
    }
    const intervalMs = random.pick([0, 5, 40])
    const checkpoints = { store, restored, ...(intervalMs === 0 ? {} : { intervalMs }) }
    life.job = new Job(plan, {
      env: life.env,
      batchRowsMax: random.pick([1, 2, 7, 1000]),
      resolvePath: (path) => `/${path}`,
      deadLetters: (refused) => {
        for (const letter of refused) letters.write(letterText(letter))
      },
      deadLetterSink,
      resends: {
        feed: { read: async (from) => this.#resendsFrom(from) },
        onOutcome: ({ atMs: _, ...outcome }) =>
          letters.write(`${outcome.nodeId} outcome ${JSON.stringify(outcome)}`),
      },
      ...(crashesMax === 0 ? {} : { checkpoints }),
    })
    life.watch(plan)
    return life
  }

  #resendsFrom(place: number): readonly ResendRequest[] {
    const { resends = [] } = this.#options
    const most = this.random.integer(1, 3)
    return resends.filter((request) => request.place >= place).slice(0, most)
  }

  async result(life: Life, crashes: number): Promise<CrashRunResult> {
    const ledgers = [...life.job.nodes()].map(([id, { ledger }]) => [id, ledger] as const)
    return {
      streams: life.streamsSoFar(),
      output: new Map(
        [...this.outbox.visible].map(([id, lines]) => [
          id,
          id === DEAD_LETTERS ? lines.toSorted(byNode) : lines,
        ]),
      ),
      ledgers: new Map(ledgers),
      crashes,
      checkpoints: (await this.#store.list()).length,
    }
  }
}

/** From one crash to the next. */
class Life implements Reach {
  readonly env: VirtualEnv
  readonly #random: SeededRandom
  readonly #before: ReadonlyMap<string, readonly TestElement[]>
  readonly #streams = new Map<string, readonly TestElement[]>()
  #job: Job | undefined
  #crashed = false
  #woken = false

  constructor(
    random: SeededRandom,
    startMs: number | undefined,
    before: ReadonlyMap<string, readonly TestElement[]>,
  ) {
    this.#random = random
    this.#before = before
    this.env = new VirtualEnv(startMs, random.integer(1, 1e9))
    this.env.tickMs = random.pick([0, 0.3, 5])
  }

  get job(): Job {
    if (this.#job === undefined) throw new Error('The job has not begun.')
    return this.#job
  }

  set job(job: Job) {
    this.#job = job
    job.onWake = () => {
      this.#woken = true
    }
  }

  sinkOf(outbox: Outbox): OperatorDefinition {
    return createOutboxSink(outbox, this)
  }

  async pause(): Promise<void> {
    if (this.#random.chance(0.5)) {
      await new Promise<void>((resolve) => {
        this.env.timers.after(this.#random.integer(0, 8), resolve)
      })
    }
    if (this.#crashed) await new Promise(() => {})
  }

  crash(): void {
    this.#crashed = true
  }

  watch(plan: JobPlan): void {
    for (const { id, outputSchemas } of plan.nodes) {
      for (const [port, schema] of Object.entries(outputSchemas)) {
        const collected = collect(schema)
        this.job.tap(id, port).subscribe(collected)
        this.#streams.set(`${id}.${port}`, collected.elements)
      }
    }
  }

  streamsSoFar(): ReadonlyMap<string, readonly TestElement[]> {
    return new Map(
      [...this.#streams].map(([name, elements]) => [
        name,
        [...(this.#before.get(name) ?? []), ...elements],
      ]),
    )
  }

  /** True when the job has finished; false after so many steps. Fails where it failed. */
  async live(stepsMax = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { job } = this
    let left = stepsMax
    for (let steps = 0; job.runSlice() !== 'done'; steps++) {
      if (this.#random.chance(0.1)) void job.checkpoint().catch(() => {})
      if (steps > STEPS_MAX) throw new Error('The job waits for ever.')
      if (--left <= 0) return false
      await this.#moveOn()
    }
    let finished = false
    const ended = job.finish().then((failure) => {
      finished = true
      if (failure !== undefined) throw new Error(failure.message, { cause: failure.cause })
    })
    for (let steps = 0; !finished && --left > 0; steps++) {
      await rounds(this.#random.integer(1, MICROTASK_ROUNDS))
      if (!finished) this.env.advanceToNextTimer()
      if (steps > STEPS_MAX) throw new Error('The job never finishes.')
    }
    if (!finished) {
      ended.catch(() => {})
      return false
    }
    await ended
    return true
  }

  async #moveOn(): Promise<void> {
    this.#woken = false
    await rounds(this.#random.integer(0, 3))
    if (this.#random.chance(0.3)) this.env.advance(this.#random.integer(0, 10))
    if (this.#woken) return
    await rounds(MICROTASK_ROUNDS)
    if (!this.#woken) this.env.advanceToNextTimer()
  }
}

/** The node comes first. */
function letterText({ nodeId, refusedAtMs: _, ...rest }: DeadLetter): string {
  return `${nodeId} ${JSON.stringify(rest)}`
}

/** Which of two nodes refuses first may depend on the size of batches. */
function byNode(a: string, b: string): number {
  const [nodeA = '', nodeB = ''] = [a, b].map((line) => line.split(' ')[0])
  return nodeA === nodeB ? 0 : nodeA < nodeB ? -1 : 1
}

async function rounds(count: number): Promise<void> {
  for (let round = 0; round < count; round++) await Promise.resolve()
}

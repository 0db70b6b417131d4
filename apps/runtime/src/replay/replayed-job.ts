/** One version that is given the turns of a recording, and shows what it does to nobody. */

import {
  drive,
  type Env,
  eachRow,
  Job,
  type JobFailure,
  type JobPlan,
  muteSinks,
  OutputDigester,
  outputsOf,
  type RecordedTurn,
  type RestoredJob,
  type TurnFeed,
} from '@millrace/engine'
import type { OutputDigests, RecordingEntry } from '@millrace/storage'

/** Entries that wait; whoever brings more waits too. */
const WAITING_MAX = 64

export interface ReplayedJobOptions {
  readonly env: Env
  readonly plan: JobPlan
  readonly restored: RestoredJob | undefined
  /** The nodes that went by the clock then; undefined where this is the recorded version. */
  readonly clocked: ReadonlySet<string> | undefined
  read(turn: RecordedTurn): RecordedTurn
  /** All turns so far are done, and this is what had left by then. */
  onOutputs?(expected: OutputDigests, found: OutputDigests): void
}

export class ReplayedJob {
  readonly job: Job
  readonly plan: JobPlan
  readonly ended: Promise<JobFailure | undefined>
  readonly digester: OutputDigester
  readonly #options: ReplayedJobOptions
  readonly #waiting: (RecordingEntry | undefined)[] = []
  #wanted: ((turn: RecordedTurn | undefined) => void) | undefined
  #roomFor: (() => void) | undefined
  #over = false

  constructor(options: ReplayedJobOptions) {
    const { env, restored, clocked } = options
    this.#options = options
    this.plan = muteSinks(options.plan)
    const feed: TurnFeed = { next: () => this.#next() }
    this.job = new Job(this.plan, {
      env: inert(env),
      resolvePath: (path) => path,
      deadLetters: (letters) => this.digester.deadLetters(letters),
      replay: {
        feed,
        ...(restored === undefined ? {} : { restored }),
        ...(clocked === undefined ? {} : { clocked }),
      },
    })
    this.digester = new OutputDigester(outputsOf(this.job, this.plan))
    this.ended = drive(this.job, env).then((failure) => {
      this.#over = true
      this.#roomFor?.()
      this.job.release()
      return failure
    })
  }

  /** Calls back for each row that comes to a sink, with what it takes back. */
  watch(visit: (nodeId: string, ...row: Parameters<Parameters<typeof eachRow>[1]>) => void): void {
    for (const { nodeId, elements } of outputsOf(this.job, this.plan, true)) {
      elements.subscribe((element) => {
        eachRow(element, (row, change, timeMs) => visit(nodeId, row, change, timeMs))
      })
    }
  }

  /** Resolves when there is room for more. Undefined is the end. */
  async give(entry: RecordingEntry | undefined): Promise<void> {
    if (this.#over) return
    this.#waiting.push(entry)
    const wanted = this.#wanted
    if (wanted !== undefined) {
      const turn = this.#take()
      if (turn !== NOTHING) {
        this.#wanted = undefined
        wanted(turn)
      }
    }
    if (this.#waiting.length < WAITING_MAX) return
    await new Promise<void>((resolve) => {
      this.#roomFor = resolve
    })
  }

  stop(): void {
    this.job.stop()
    this.#wanted?.(undefined)
  }

  /** Asked for when everything before it is done. */
  #next(): RecordedTurn | undefined | Promise<RecordedTurn | undefined> {
    const turn = this.#take()
    if (turn !== NOTHING) return turn
    return new Promise((resolve) => {
      this.#wanted = resolve
    })
  }

  #take(): RecordedTurn | undefined | typeof NOTHING {
    while (this.#waiting.length > 0) {
      const entry = this.#waiting.shift()
      if (this.#waiting.length < WAITING_MAX / 2) this.#roomFor?.()
      if (entry === undefined) return undefined
      if (entry.kind === 'turn') return this.#options.read(entry.turn)
      this.#options.onOutputs?.(entry.outputs, this.digester.read())
    }
    return NOTHING
  }
}

const NOTHING = Symbol('nothing has come yet')

/** Nothing is read or written by a replay: whoever tries is our bug. */
function inert(env: Env): Env {
  const refuse = (): never => {
    throw new Error('A replay reads and writes nothing but its recording.')
  }
  const handler: ProxyHandler<object> = { get: () => refuse }
  const nothing = <T extends object>() => new Proxy({}, handler) as T
  return { ...env, disk: nothing(), topics: nothing(), net: nothing() }
}

/**
 * Runs one job again and again, each time crashed at another place: at an operation of the disk, at
 * a request that goes out, between two slices. Afterwards it is started again, as often as it
 * takes, and what others see of its output is counted.
 */

import {
  Job,
  type JobPlan,
  type Net,
  readCheckpoint,
  scopedTopics,
} from '../../packages/engine/src/index.ts'
import type { DiskFault } from '../../packages/engine/src/testing/index.ts'
import { openCheckpointFiles, openLog } from '../../packages/storage/src/index.ts'
import { type LifeEnd, live, type StartedJob } from '../jobs/life.ts'
import { World } from '../jobs/world.ts'

/** A sink and how to see from outside what it has written. */
export interface Outside {
  /** The plan of a job with a node `out`. */
  readonly plan: JobPlan
  /** What the job sends goes here. */
  readonly net: Net
  /** The records that others see at the end, by number. */
  seen(world: World, job: Job): Promise<readonly number[]>
}

export interface Counted {
  /** Runs, each of which crashed at a place of its own. */
  readonly crashes: number
  readonly lost: number
  readonly repeated: number
}

const INTERVAL_MS = 4
const LIVES_MAX = 20
const FAULTS: readonly DiskFault[] = ['crash-before', 'crash-during', 'crash-after']

export async function crashEverywhere(
  create: () => Outside,
  records: number,
  checkpointed: boolean,
): Promise<Counted> {
  let lost = 0
  let repeated = 0
  for (let place = 1; ; place++) {
    const run = new CrashedRun(create(), place, checkpointed)
    const seen = await run.toEnd()
    const different = new Set(seen)
    lost += records - different.size
    repeated += seen.length - different.size
    if (!run.hasCrashed) return { crashes: place - 1, lost, repeated }
  }
}

class CrashedRun {
  hasCrashed = false
  readonly #outside: Outside
  readonly #world: World
  readonly #place: number
  readonly #checkpointed: boolean
  #passed = 0

  constructor(outside: Outside, place: number, checkpointed: boolean) {
    this.#outside = outside
    this.#place = place
    this.#checkpointed = checkpointed
    this.#world = new World(place)
    this.#world.latencyMs = () => 1
    this.#world.disk.place('/data/.keep', new Uint8Array(0))
    this.#world.disk.place('/out/.keep', new Uint8Array(0))
    this.#world.disk.fault = () => (this.#isHere() ? FAULTS[place % FAULTS.length] : undefined)
  }

  async toEnd(): Promise<readonly number[]> {
    for (let lives = 0; lives < LIVES_MAX; lives++) {
      const { end, job } = await live(
        this.#world,
        () => this.#start(),
        () => (this.#isHere() ? 'crash' : undefined),
      )
      if (end.kind === 'done' && job !== undefined) {
        this.#world.disk.fault = undefined
        return this.#outside.seen(this.#world, job)
      }
      if (end.kind !== 'crashed') throw new Error(`At place ${this.#place}: ${endText(end)}`)
      // Two of three are power cuts.
      this.#world.crash(this.#place % 3 === 0 ? 'kill' : 'power')
    }
    throw new Error(`At place ${this.#place}: it does not come to an end.`)
  }

  /** Each place is passed once; at the one of this run it crashes. */
  #isHere(): boolean {
    if (this.hasCrashed || ++this.#passed < this.#place) return false
    this.hasCrashed = true
    return true
  }

  async #start(): Promise<StartedJob> {
    const env = this.#world.connect()
    const log = await openLog({ env, folder: '/data/log', limits: { maintenanceMs: 3_600_000 } })
    const own = { ...env, topics: scopedTopics(log, 'job'), net: this.#mortal(this.#outside.net) }
    const place = { root: '/data', folder: '/data/checkpoints', owner: 'measured' }
    const store = this.#checkpointed
      ? await openCheckpointFiles({ disk: env.disk, random: env.random, ...place })
      : undefined
    const restored = store && (await readCheckpoint(store, own))
    const job = new Job(this.#outside.plan, {
      env: own,
      ...(this.#checkpointed ? { jobId: 'job' } : {}),
      batchRowsMax: 5,
      resolvePath: (path) => `/out/${path}`,
      deadLetters: () => {},
      ...(store && { checkpoints: { store, restored, intervalMs: INTERVAL_MS } }),
    })
    const close = async () => {
      await store?.close()
      await log.close()
    }
    return { job, close }
  }

  /** A crash before a request has arrived, or after it was taken and before that is heard of. */
  #mortal(net: Net): Net {
    const never = new Promise<never>(() => {})
    const ends = () => {
      if (this.#isHere()) this.#world.crashed = true
      return this.#world.crashed
    }
    return {
      send: (request) => {
        if (ends()) return { answered: never, cancel: () => {} }
        const { answered, cancel } = net.send(request)
        return { answered: answered.then((answer) => (ends() ? never : answer)), cancel }
      },
    }
  }
}

function endText(end: LifeEnd): string {
  if (end.kind === 'failed') return end.failure.message
  return end.kind === 'stuck' ? end.why : end.kind
}

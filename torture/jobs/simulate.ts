/**
 * One simulated run: a random pipeline over random files, once with nothing going wrong and once
 * with faults, after each of which it is started again. Both must come to the same.
 */

import { type OperatorDefinition, toJobPlan } from '../../packages/engine/src/index.ts'
import { seededRandom } from '../../packages/engine/src/testing/index.ts'
import { type Fault, randomFaults } from './faults.ts'
import { FaultyRun, type Outcome } from './faulty-run.ts'
import { isLive, withLiveTopics } from './live-topics.ts'
import { check, type RandomPipeline, randomPipeline } from './random-pipeline.ts'
import { type Ended, Run, type Subject } from './run.ts'
import { filledLog } from './topics.ts'
import { Twist, type Variant } from './twist.ts'
import { World } from './world.ts'

/** So many runs share a pipeline and its run without faults. */
const RUNS_PER_PIPELINE = 6

/** What never ends shows nothing without checkpoints. */
const BASE_MS = 20
/** Idle timeouts ring again and again meanwhile. */
const LIVE_SLOW_MS_MAX = 20

export interface Scenario {
  readonly seed: number
  readonly pipeline: RandomPipeline
  readonly faults: readonly Fault[]
}

export type Catalogue = ReadonlyMap<string, OperatorDefinition>

export class Simulator {
  readonly #catalogue: Catalogue
  readonly #variant: Variant | undefined
  #last: { seed: number; pipeline: RandomPipeline; base: Base } | undefined

  constructor(catalogue: Catalogue, variant?: Variant) {
    this.#catalogue = catalogue
    this.#variant = variant
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
    const isTwisted = this.#variant !== undefined && base.ended.end.kind === 'done'
    const twist = isTwisted ? new Twist(this.#variant, this.#catalogue, seed) : undefined
    return new FaultyRun({ run, world, faults, expected: base.ended, seed, twist }).toEnd()
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

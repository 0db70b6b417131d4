/**
 * One operator between what a test feeds it and what leaves it. Between two turns it can be saved,
 * and another run can go on from there.
 */

import { ERRORS_SCHEMA, type StreamSchema } from '@millrace/pipeline'
import { Subject } from 'rxjs'
import { type Element, END_OF_TIME_MS, START_OF_TIME_MS } from '../element.ts'
import { type JobFailure, toJobFailure } from '../failure.ts'
import { Ledger, type SavedLedger } from '../ledger.ts'
import type { Clocked, Kept, OperatorDefinition, RestoredRunner, RunContext } from '../operator.ts'
import type { PlanEdge, Shape } from '../plan.ts'
import type { SavableState } from '../state.ts'
import type { TransactionalSink } from '../transactional-sink.ts'
import { TurnAgenda } from '../turn-agenda.ts'
import { collect, type Step, type TestElement } from './elements.ts'
import type { VirtualEnv } from './virtual-env.ts'

/** An operator with its config and schemas, which have no problems. */
export interface CheckedOperator {
  readonly operator: OperatorDefinition
  /** As its schema has parsed it. */
  readonly config: unknown
  readonly channels: readonly OperatorChannel[]
  readonly inputSchemas: { readonly [port: string]: StreamSchema }
  readonly outputSchemas: { readonly [port: string]: StreamSchema }
}

export interface OperatorChannel {
  readonly port: string
  readonly schema: StreamSchema
}

/** A step, and the channel that it goes into; a step of the clock goes into none. */
export interface FedStep {
  readonly channel: number
  readonly step: Step
}

/** What another run needs besides the state. */
export interface SavedRun {
  readonly node: RestoredRunner | undefined
  readonly ledger: SavedLedger
}

export class OperatorRun {
  readonly outputs: { readonly [port: string]: TestElement[] }
  /** The ports that have completed. */
  readonly completed: string[] = []
  readonly sinks: TransactionalSink[] = []
  readonly failures: JobFailure[] = []
  readonly ledger = new Ledger()
  readonly state: SavableState
  readonly #env: VirtualEnv
  readonly #clocked: Clocked[] = []
  readonly #agenda: TurnAgenda
  readonly #subjects: readonly Subject<Element>[]
  #node: Kept | undefined

  /** What is saved must have been put into `state` before. */
  constructor(
    checked: CheckedOperator,
    env: VirtualEnv,
    state: SavableState,
    saved: SavedRun | undefined,
  ) {
    const { operator, config, channels } = checked
    this.state = state
    this.#env = env
    const shapes = [emptyShape(channels.length)]
    this.#agenda = new TurnAgenda(shapes, () => env.clock.monotonicMs())
    const subjects = channels.map(() => new Subject<Element>())
    this.#subjects = subjects
    if (operator.run === undefined) throw new Error(`Operator "${operator.id}" has no run.`)
    const inputs = operator.inputs.map((port) => {
      const into = subjects.filter((_, index) => channels[index]?.port === port)
      return [port, { channels: into }] as const
    })
    const context = this.#createContext(checked, saved?.node)
    const streams = operator.run(config, Object.fromEntries(inputs), context)
    const outputs = Object.entries(streams).map(([port, observable]) => {
      const collected = collect(checked.outputSchemas[port] ?? ERRORS_SCHEMA)
      observable.subscribe({
        next: (element) => collected.next(element),
        complete: () => this.completed.push(port),
      })
      return [port, collected.elements] as const
    })
    this.outputs = Object.fromEntries(outputs)
    if (saved !== undefined) this.ledger.restore(saved.ledger)
  }

  /** Takes one step with everything that it sets off. */
  feed({ channel, step }: FedStep): void {
    if (this.failures.length > 0) return
    if (step.kind === 'clock') this.#moveClock(step.atMs)
    else this.#subjects[channel]?.next(step)
    this.#settle()
  }

  /** All input ends. */
  end(): void {
    if (this.failures.length > 0) return
    const marks = [{ at: 0, watermarkMs: END_OF_TIME_MS, origin: 0 }]
    const nothing = { times: undefined, changes: undefined, origins: undefined }
    for (const subject of this.#subjects) {
      subject.next({ kind: 'batch', rows: [], marks, ...nothing })
      this.#settle()
      subject.complete()
      this.#settle()
    }
  }

  save(): SavedRun {
    return { node: this.#node?.save(), ledger: this.ledger.save() }
  }

  /** Every record that came in must be in one bucket. */
  checkLedger(): void {
    const { ledger } = this
    if (this.failures.length > 0 || ledger.in === ledger.sum()) return
    throw new Error(`The ledger does not balance: ${JSON.stringify(ledger.toJson())}`)
  }

  #settle(): void {
    this.#agenda.beginSlice(Number.POSITIVE_INFINITY)
    while (!this.#agenda.empty && this.failures.length === 0) this.#agenda.resumeOne()
  }

  /** Moves time on, from one point at which the node wants to do something to the next. */
  #moveClock(untilMs: number): void {
    const { clock } = this.#env
    for (const node of this.#clocked) {
      for (let dueMs = node.nextTickMs(); dueMs <= untilMs; dueMs = node.nextTickMs()) {
        this.#env.advance(Math.max(0, dueMs - clock.nowMs()))
        node.tick(clock.nowMs())
        this.#settle()
      }
    }
    const leftMs = untilMs - clock.nowMs()
    if (leftMs < 0) throw new Error('The clock of a test does not go back.')
    this.#env.advance(leftMs)
  }

  #createContext(
    { channels, inputSchemas, outputSchemas }: CheckedOperator,
    restored: RestoredRunner | undefined,
  ): RunContext {
    return {
      nodeId: 'tested',
      jobId: 'job',
      env: this.#env,
      state: this.state,
      ledger: this.ledger,
      progress: { watermarkMs: START_OF_TIME_MS, idle: restored?.valve.idle ?? false, inputs: [] },
      inputSchemas,
      outputSchemas,
      channels: (port) =>
        channels.filter((channel) => channel.port === port).map(({ schema }) => schema),
      connected: () => true,
      nowMs: () => this.#env.clock.nowMs(),
      resolvePath: (path) => `/${path}`,
      fail: (error) => this.failures.push(toJobFailure(error, 'tested')),
      outstanding: { add: () => {}, remove: () => {} },
      onCheckpoint: (sink) => this.sinks.push(sink),
      checkpointed: false,
      bounded: true,
      position: undefined,
      wiring: {
        depth: 0,
        tracksOrigins: false,
        merges: false,
        agenda: this.#agenda,
        goByClock: (node) => this.#clocked.push(node),
        restored,
        keep: (node) => {
          this.#node = node
        },
      },
    }
  }
}

function emptyShape(channelCount: number): Shape {
  return {
    channels: [] as readonly PlanEdge[],
    channelNames: [],
    ancestors: Array.from({ length: channelCount }, () => new Set<number>()),
    merges: false,
    tracksOrigins: false,
    timedBy: [],
  }
}

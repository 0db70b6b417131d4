/** Runs one operator on given input, in virtual time and at once. */

import { ERRORS_SCHEMA, type Problem, type StreamSchema } from '@millrace/pipeline'
import { Subject } from 'rxjs'
import { type Element, END_OF_TIME_MS, START_OF_TIME_MS } from '../element.ts'
import { type JobFailure, toJobFailure } from '../failure.ts'
import { Ledger } from '../ledger.ts'
import { MemoryState } from '../memory-state.ts'
import type { Clocked, OperatorDefinition, RunContext } from '../operator.ts'
import type { PlanEdge, Shape } from '../plan.ts'
import type { State } from '../state.ts'
import type { TransactionalSink } from '../transactional-sink.ts'
import { TurnAgenda } from '../turn-agenda.ts'
import { collect, type TestElement, type TestStream, toSchema, toSteps } from './elements.ts'
import { VirtualEnv } from './virtual-env.ts'

export interface RunOperatorOptions {
  /** At most this many rows a batch; 1,000 if absent. */
  readonly batchRows?: number
  /** Leaves the input open: no end of input, nothing flushed. */
  readonly open?: boolean
  readonly env?: VirtualEnv
  /** Changes what goes in, for instance to see what an operator does with a batch that breaks. */
  alter?(element: Element): Element
}

export interface OperatorRunResult {
  /** What left, by port. */
  readonly outputs: { readonly [port: string]: readonly TestElement[] }
  readonly outputSchemas: { readonly [port: string]: StreamSchema }
  readonly ledger: Ledger
  readonly failure: JobFailure | undefined
  readonly env: VirtualEnv
  readonly sinks: readonly TransactionalSink[]
  /** The ports that have completed. */
  readonly completed: readonly string[]
  /** What it has kept. */
  readonly state: State
}

type TestInputs = { readonly [port: string]: TestStream | readonly TestStream[] }

/** Thrown where config or schemas have problems; `problems` lists them. */
export class RefusedByOperator extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join('\n'))
    this.problems = problems
  }
}

/**
 * Feeds the operator: one port's elements in their order, several ports' in turn (the first element
 * of each, then the second of each, and so on). Afterwards every input ends, and the ledger must
 * balance.
 */
export function runOperator(
  operator: OperatorDefinition,
  config: unknown,
  inputs: TestInputs,
  options: RunOperatorOptions = {},
): OperatorRunResult {
  const channels = operator.inputs.flatMap((port) => {
    const streams = inputs[port] ?? []
    return (Array.isArray(streams) ? streams : [streams as TestStream]).map((given) => ({
      port,
      given,
      schema: toSchema(given),
      subject: new Subject<Element>(),
    }))
  })
  const { parsed, inputSchemas, outputSchemas } = checkOperator(operator, config, channels)
  const env = options.env ?? new VirtualEnv()
  const failures: JobFailure[] = []
  const sinks: TransactionalSink[] = []
  const agenda = new TurnAgenda([emptyShape(channels.length)], () => env.clock.monotonicMs())
  const clocked: Clocked[] = []
  const context: RunContext = {
    ...createContext(channels, env, agenda, clocked),
    inputSchemas,
    outputSchemas,
    fail: (error) => failures.push(toJobFailure(error, 'tested')),
    onCheckpoint: (sink) => sinks.push(sink),
  }
  if (operator.run === undefined) throw new Error(`Operator "${operator.id}" has no run.`)
  const byPort = Object.fromEntries(
    operator.inputs.map((port) => [
      port,
      {
        channels: channels.filter((channel) => channel.port === port).map(({ subject }) => subject),
      },
    ]),
  )
  const streams = operator.run(parsed, byPort, context)
  const outputs: { [port: string]: readonly TestElement[] } = {}
  const completed: string[] = []
  for (const [port, observable] of Object.entries(streams)) {
    const collected = collect(outputSchemas[port] ?? ERRORS_SCHEMA)
    outputs[port] = collected.elements
    observable.subscribe({
      next: (element) => collected.next(element),
      complete: () => completed.push(port),
    })
  }
  const settle = () => {
    agenda.beginSlice(Number.POSITIVE_INFINITY)
    while (!agenda.empty && failures.length === 0) agenda.resumeOne()
  }
  for (const { subject, step } of inTurn(channels, options.batchRows ?? 1000)) {
    if (failures.length > 0) break
    if (step.kind === 'clock') moveClock(env, step.atMs, clocked, settle)
    else subject.next(options.alter?.(step) ?? step)
    settle()
  }
  if (options.open !== true && failures.length === 0) endAll(channels, settle)
  const { ledger } = context
  if (failures.length === 0 && ledger.in !== ledger.sum()) {
    throw new Error(`The ledger does not balance: ${JSON.stringify(ledger.toJson())}`)
  }
  const { state } = context
  const failure = failures[0]
  return { outputs, outputSchemas, ledger, failure, env, sinks, completed, state }
}

function createContext(
  channels: readonly Channel[],
  env: VirtualEnv,
  agenda: TurnAgenda,
  clocked: Clocked[],
): Omit<RunContext, 'inputSchemas' | 'outputSchemas' | 'fail' | 'onCheckpoint'> {
  return {
    nodeId: 'tested',
    env,
    state: new MemoryState(),
    ledger: new Ledger(),
    progress: { watermarkMs: START_OF_TIME_MS, idle: false, inputs: [] },
    channels: (port) =>
      channels.filter((channel) => channel.port === port).map(({ schema }) => schema),
    connected: () => true,
    nowMs: () => env.clock.nowMs(),
    resolvePath: (path) => `/${path}`,
    outstanding: { add: () => {}, remove: () => {} },
    checkpointed: false,
    bounded: true,
    position: undefined,
    wiring: {
      depth: 0,
      tracksOrigins: false,
      merges: false,
      agenda,
      goByClock: (node) => clocked.push(node),
      restored: undefined,
      keep: () => {},
    },
  }
}

/** Moves time on, from one point at which the node wants to do something to the next. */
function moveClock(
  env: VirtualEnv,
  untilMs: number,
  clocked: readonly Clocked[],
  settle: () => void,
): void {
  for (const node of clocked) {
    for (let dueMs = node.nextTickMs(); dueMs <= untilMs; dueMs = node.nextTickMs()) {
      env.advance(Math.max(0, dueMs - env.clock.nowMs()))
      node.tick(env.clock.nowMs())
      settle()
    }
  }
  const leftMs = untilMs - env.clock.nowMs()
  if (leftMs < 0) throw new Error('The clock of a test does not go back.')
  env.advance(leftMs)
}

function endAll(channels: readonly Channel[], settle: () => void): void {
  const origin = 0
  const marks = [{ at: 0, watermarkMs: END_OF_TIME_MS, origin }]
  const times = undefined
  for (const { subject } of channels) {
    subject.next({ kind: 'batch', rows: [], times, changes: times, marks, origins: times })
    settle()
    subject.complete()
    settle()
  }
}

interface Channel {
  readonly port: string
  readonly given: TestStream
  readonly schema: StreamSchema
  readonly subject: Subject<Element>
}

/** Checks config and schemas as the designer does. */
export function checkOperator(
  operator: OperatorDefinition,
  config: unknown,
  channels: readonly Pick<Channel, 'port' | 'schema'>[],
) {
  const parsed = operator.config.parse(config)
  const problems: Problem[] = []
  const inputSchemas = Object.fromEntries(
    channels.map(({ port, schema }) => [port, schema]).reverse(),
  )
  const outputSchemas = operator.outputSchemas(parsed, inputSchemas, {
    nodeId: 'tested',
    report: (problem) => problems.push({ severity: 'error', nodeId: 'tested', ...problem }),
    channels: (port) =>
      channels.filter((channel) => channel.port === port).map(({ schema }) => schema),
  })
  if (problems.length > 0) throw new RefusedByOperator(problems)
  const all: { readonly [port: string]: StreamSchema } = { ...outputSchemas, errors: ERRORS_SCHEMA }
  return { parsed, inputSchemas, outputSchemas: all }
}

function inTurn(channels: readonly Channel[], batchRows: number) {
  const several = channels.length > 1
  const packed = channels.map(({ subject, given, schema }) => {
    const parts = several ? given.elements.map((element) => [element]) : [given.elements]
    return parts.map((part) =>
      toSteps(part, schema, several ? 1 : batchRows).map((step) => ({ subject, step })),
    )
  })
  const longest = Math.max(0, ...packed.map((parts) => parts.length))
  return Array.from({ length: longest }, (_, index) =>
    packed.flatMap((parts) => parts[index] ?? []),
  ).flat()
}

function emptyShape(channelCount: number): Shape {
  return {
    channels: [] as readonly PlanEdge[],
    ancestors: Array.from({ length: channelCount }, () => new Set<number>()),
    merges: false,
    tracksOrigins: false,
    timedBy: [],
  }
}

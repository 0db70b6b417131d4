/** Runs one operator on given input, in virtual time and at once. */

import { ERRORS_SCHEMA, type Problem, type StreamSchema } from '@millrace/pipeline'
import type { Element } from '../element.ts'
import type { JobFailure } from '../failure.ts'
import type { Ledger } from '../ledger.ts'
import { MemoryState } from '../memory-state.ts'
import type { OperatorDefinition } from '../operator.ts'
import type { SavableState } from '../state.ts'
import type { TransactionalSink } from '../transactional-sink.ts'
import { type TestElement, type TestStream, toSchema, toSteps } from './elements.ts'
import {
  type CheckedOperator,
  type FedStep,
  type OperatorChannel,
  OperatorRun,
} from './operator-run.ts'
import { seededRandom } from './random.ts'
import { outcomeOf, type RunOutcome, runWithRestarts, runWithRestartsAt } from './restarts.ts'
import { VirtualEnv } from './virtual-env.ts'

export interface RunOperatorOptions {
  /** At most this many rows a batch; 1,000 if absent. */
  readonly batchRows?: number
  /** Leaves the input open: no end of input, nothing flushed. */
  readonly open?: boolean
  readonly env?: VirtualEnv
  /** What it goes on from, as an earlier run or a test has left it; such a run is made once. */
  readonly state?: SavableState
  /**
   * How many elements of each input have been fed when another instance goes on from what the one
   * before has kept. The run is made without and with these restarts, and must come to the same.
   */
  readonly restartAfter?: readonly number[]
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
  readonly state: SavableState
}

export type TestInputs = { readonly [port: string]: TestStream | readonly TestStream[] }

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
 *
 * Many of the runs, the first ones of each operator among them, are made again with crashes and
 * restarts, and must come to the same.
 */
export function runOperator(
  operator: OperatorDefinition,
  config: unknown,
  inputs: TestInputs,
  options: RunOperatorOptions = {},
): OperatorRunResult {
  const { checked, given } = prepareOperator(operator, config, inputs)
  const env = options.env ?? new VirtualEnv()
  const startMs = env.clock.nowMs()
  const run = new OperatorRun(checked, env, options.state ?? new MemoryState(), undefined)
  for (const { channel, step } of stepsInTurn(given, options.batchRows ?? 1000)) {
    run.feed({ channel, step: step.kind === 'clock' ? step : (options.alter?.(step) ?? step) })
  }
  if (options.open !== true) run.end()
  run.checkLedger()
  const { restartAfter = [] } = options
  if (restartAfter.length > 0) {
    const steps = stepsInTurn(given, 1)
    const restarted = runWithRestartsAt(
      { checked, steps, startMs, open: options.open === true },
      restartAfter.map((count) => stepsInTurn(given.map(firstElements(count)), 1).length),
    )
    holdToRun(checked, run, restarted, `after ${restartAfter.join(', ')} elements`)
  }
  const isPlain =
    options.alter === undefined &&
    options.state === undefined &&
    env.tickMs === 0 &&
    run.sinks.length === 0
  if (run.failures.length === 0 && isPlain) {
    checkRestarts(checked, given, run, { startMs, open: options.open === true })
  }
  const { outputs, ledger, state, sinks, completed } = run
  const { outputSchemas } = checked
  const failure = run.failures[0]
  return { outputs, outputSchemas, ledger, failure, env, sinks, completed, state }
}

/** The operator and the streams into it, as `stepsInTurn` takes them. */
export function prepareOperator(
  operator: OperatorDefinition,
  config: unknown,
  inputs: TestInputs,
): { readonly checked: CheckedOperator; readonly given: readonly GivenStream[] } {
  const given = operator.inputs.flatMap((port) => {
    const streams = inputs[port] ?? []
    return (Array.isArray(streams) ? streams : [streams as TestStream]).map((stream) => ({
      port,
      stream,
      schema: toSchema(stream),
    }))
  })
  const { parsed, ...schemas } = checkOperator(operator, config, given)
  return { checked: { operator, config: parsed, channels: given, ...schemas }, given }
}

/** How many runs there were, by operator. */
const runs = new Map<string, number>()
const RESTARTED_FIRST = 100
const RESTARTED_EACH = 8
/** Each cut looks at all state, so that streams must be short. */
const RESTARTED_STEPS_MAX = 500

/** How many runs of this operator so far were made again with restarts. */
export function restartedRuns(operatorId: string): number {
  const count = runs.get(operatorId) ?? 0
  const first = Math.min(count, RESTARTED_FIRST)
  return first + Math.floor((count - first) / RESTARTED_EACH)
}

function checkRestarts(
  checked: CheckedOperator,
  given: readonly GivenStream[],
  run: OperatorRun,
  { startMs, open }: { readonly startMs: number; readonly open: boolean },
): void {
  const { id } = checked.operator
  const before = restartedRuns(id)
  const count = (runs.get(id) ?? 0) + 1
  runs.set(id, count)
  if (restartedRuns(id) === before) return
  const random = seededRandom(count)
  const steps = stepsInTurn(given, random.integer(1, 5))
  if (steps.length > RESTARTED_STEPS_MAX) return
  const restarted = runWithRestarts({ checked, steps, startMs, open }, random)
  holdToRun(checked, run, restarted, `seed ${count}`)
}

function firstElements(count: number): (given: GivenStream) => GivenStream {
  return ({ stream, ...rest }) => {
    const elements = stream.elements.slice(0, count)
    return { ...rest, stream: { ...stream, elements } }
  }
}

function holdToRun(
  { operator: { id } }: CheckedOperator,
  run: OperatorRun,
  restarted: RunOutcome,
  which: string,
): void {
  const [expected, actual] = [outcomeOf(run), restarted].map((outcome) => JSON.stringify(outcome))
  if (expected === actual) return
  throw new Error(
    `With restarts (${which}) "${id}" comes to something else: ${actual}, without to ${expected}`,
  )
}

/** Checks config and schemas as the designer does. */
export function checkOperator(
  operator: OperatorDefinition,
  config: unknown,
  channels: readonly OperatorChannel[],
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

export interface GivenStream extends OperatorChannel {
  readonly stream: TestStream
}

/** What is fed one after the other. */
export function stepsInTurn(
  channels: readonly GivenStream[],
  batchRows: number,
): readonly FedStep[] {
  const several = channels.length > 1
  const packed = channels.map(({ stream, schema }, channel) => {
    const parts = several ? stream.elements.map((element) => [element]) : [stream.elements]
    return parts.map((part) =>
      toSteps(part, schema, several ? 1 : batchRows).map((step) => ({ channel, step })),
    )
  })
  const longest = Math.max(0, ...packed.map((parts) => parts.length))
  return Array.from({ length: longest }, (_, index) =>
    packed.flatMap((parts) => parts[index] ?? []),
  ).flat()
}

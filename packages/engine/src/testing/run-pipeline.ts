/** Runs a whole pipeline in virtual time, from its document to its last record. */

import {
  type CheckedPipeline,
  checkPipeline,
  ERRORS_SCHEMA,
  hasErrors,
  type Pipeline,
  parseDocument,
  problemLine,
} from '@millrace/pipeline'
import type { JobFailure } from '../failure.ts'
import { Job } from '../job.ts'
import type { NodeView } from '../job-options.ts'
import type { OperatorDefinition } from '../operator.ts'
import { toJobPlan } from '../plan.ts'
import type { DeadLetter } from '../refusals.ts'
import { collect, type TestElement } from './elements.ts'
import { VirtualEnv } from './virtual-env.ts'

export interface RunPipelineOptions {
  readonly operators: readonly OperatorDefinition[]
  readonly batchRowsMax?: number
  readonly restMs?: number
  readonly chains?: boolean
  readonly env?: VirtualEnv
  /** Ports to collect, as `node.port`; `out` where no port is named. */
  readonly tap?: readonly string[]
  /** Begins paused. */
  readonly paused?: boolean
  /** Asked after each slice, to pause, step or stop the job. */
  onSlice?(job: Job): void
}

export interface PipelineRunResult {
  readonly failure: JobFailure | undefined
  readonly nodes: ReadonlyMap<string, NodeView>
  /** What left the tapped ports, under the names they were asked for by. */
  readonly taps: ReadonlyMap<string, readonly TestElement[]>
  readonly deadLetters: readonly DeadLetter[]
  readonly env: VirtualEnv
}

/**
 * Virtual time stands still while there is something to do, and goes on to the next timer when
 * there is not. Rejects where the document has problems.
 */
export async function runPipeline(
  document: unknown,
  options: RunPipelineOptions,
): Promise<PipelineRunResult> {
  const { env = new VirtualEnv(), operators, batchRowsMax, restMs, chains = true } = options
  const checked = checkDocument(document, operators)
  const deadLetters: DeadLetter[] = []
  const job = new Job(toJobPlan(checked), {
    env,
    ...(batchRowsMax === undefined ? {} : { batchRowsMax }),
    ...(restMs === undefined ? {} : { restMs }),
    chains,
    resolvePath: (path) => `/${path}`,
    deadLetters: (letters) => deadLetters.push(...letters),
  })
  if (options.paused) job.pause()
  const taps = new Map<string, readonly TestElement[]>()
  for (const name of options.tap ?? []) {
    const [node = '', port = 'out'] = name.split('.')
    const collected = collect(checked.nodes.get(node)?.outputSchemas[port] ?? ERRORS_SCHEMA)
    job.tap(node, port).subscribe(collected)
    taps.set(name, collected.elements)
  }
  await driveVirtually(job, env, options.onSlice)
  const failure = await job.finish()
  return { failure, nodes: job.nodes(), taps, deadLetters, env }
}

/** Fails where the document has problems. */
export function checkDocument(
  document: unknown,
  operators: readonly OperatorDefinition[],
): CheckedPipeline<OperatorDefinition> {
  const checked = checkPipeline(read(document), new Map(operators.map((one) => [one.id, one])))
  if (hasErrors(checked.problems)) throw new Error(checked.problems.map(problemLine).join('\n'))
  return checked
}

function read(document: unknown): Pipeline {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  const { pipeline, problems } = parseDocument(text)
  if (pipeline === undefined) throw new Error(problems.map(problemLine).join('\n'))
  return pipeline
}

/** Promises that are kept at once take some rounds of microtasks until the loop hears of them. */
const MICROTASK_ROUNDS = 64

/** Runs the job until it is done; then `finish` must be called. */
export async function driveVirtually(
  job: Job,
  env: VirtualEnv,
  onSlice?: RunPipelineOptions['onSlice'],
): Promise<void> {
  let woken = false
  let wake: () => void = () => {}
  job.onWake = () => {
    woken = true
    wake()
  }
  for (;;) {
    woken = false
    const slice = job.runSlice()
    if (slice === 'done') return
    onSlice?.(job)
    for (let round = 0; round < MICROTASK_ROUNDS && !woken && slice === 'waiting'; round++) {
      await Promise.resolve()
    }
    if (woken || slice === 'more' || env.advanceToNextTimer()) continue
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}

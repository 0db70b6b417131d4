/** For benchmarks: runs a pipeline of the real operators over rows that are in memory. */

import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import { optimizeLater } from '../apps/runtime/src/env/patient-compiler.ts'
import { drive, Job, type OperatorDefinition, toJobPlan } from '../packages/engine/src/index.ts'
import { operators } from '../packages/operators/src/index.ts'
import { checkPipeline, parseDocument, problemLine } from '../packages/pipeline/src/index.ts'

// As the command line and engine hosts do; loops by hand are measured in the same process.
optimizeLater()

export interface Graph {
  readonly nodes: { readonly [id: string]: { readonly operator: string; readonly config: object } }
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

/**
 * Runs the graph to its end; `extra` are operators beside the real ones, and `nowMs` the wall clock
 * of the job, if it is to be another one. Throws if the job fails.
 */
export async function runGraph(
  graph: Graph,
  extra: readonly OperatorDefinition[],
  onJob: (job: Job) => void = () => {},
  nowMs?: () => number,
): Promise<Job> {
  const document = JSON.stringify({ format: 'millrace/1', name: 'Benchmark', ...graph })
  const { pipeline, problems } = parseDocument(document)
  if (pipeline === undefined) throw new Error(problems.map(problemLine).join('\n'))
  const registry = new Map([...operators, ...extra].map((operator) => [operator.id, operator]))
  const checked = checkPipeline(pipeline, registry)
  if (checked.problems.length > 0) throw new Error(checked.problems.map(problemLine).join('\n'))
  const real = createNodeEnv()
  const env = nowMs === undefined ? real : { ...real, clock: { ...real.clock, nowMs } }
  const job = new Job(toJobPlan(checked), {
    env,
    resolvePath: (path) => path,
    deadLetters: (rows) => {
      throw new Error(`There are dead letters: ${JSON.stringify(rows[0])}`)
    },
  })
  onJob(job)
  const failure = await drive(job, env)
  if (failure !== undefined) throw new Error(failure.message, { cause: failure.cause })
  return job
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/**
 * Milliseconds of processor time that the process takes for `work`, on all of its threads: what
 * else the machine does meanwhile does not count.
 */
export async function cpuTimed(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** What is held on the heap, and by typed arrays, whose numbers lie beside it. */
export function heldBytes(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

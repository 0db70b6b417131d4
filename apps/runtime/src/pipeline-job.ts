/**
 * Makes a job of a checked pipeline: its operators, its files, and the log of what could not be
 * read.
 */

import {
  type CheckpointOptions,
  drive,
  type Env,
  Job,
  type JobFailure,
  type NodeView,
  type OperatorDefinition,
  planStartingAt,
  type StartAt,
  type Told,
  toJobFailure,
  toJobPlan,
} from '@millrace/engine'
import type { CheckedPipeline } from '@millrace/pipeline'
import type { JobRecording } from '@millrace/storage'
import { DeadLetterLog } from './dead-letter-log.ts'
import { resolveFrom } from './document-file.ts'

export interface PipelineJobOptions {
  readonly env: Env
  /** Relative paths of the document count from it. */
  readonly folder: string
  readonly deadLettersPath: string
  readonly batchRowsMax?: number
  readonly checkpoints?: CheckpointOptions
  /** Of a job that can go on from a checkpoint. */
  readonly jobId?: string
  /** Where sources of topics begin, if not where the pipeline says. */
  readonly startAt?: StartAt | undefined
  /** Something of a node that people should know, in sentences. */
  readonly onTold?: (told: Told, message: string, nodeId: string) => void
  /** Takes down what comes in. */
  readonly recording?: JobRecording | undefined
}

export interface PipelineOutcome {
  readonly state: 'finished' | 'failed' | 'stopped'
  readonly failure: JobFailure | undefined
  readonly nodes: ReadonlyMap<string, NodeView>
  /** Records that sources read. */
  readonly records: number
  readonly seconds: number
}

export class PipelineJob {
  readonly job: Job
  readonly deadLetters: DeadLetterLog
  readonly #env: Env
  readonly #sourceIds: readonly string[]
  readonly #recording: JobRecording | undefined
  #recordingFault: string | undefined

  /** The pipeline must have no errors. Throws a `JobFailed` where a node cannot start. */
  constructor(checked: CheckedPipeline<OperatorDefinition>, options: PipelineJobOptions) {
    const { env, folder, deadLettersPath, batchRowsMax, checkpoints, jobId } = options
    const { recording } = options
    this.#env = env
    this.deadLetters = new DeadLetterLog(deadLettersPath, env.disk)
    const wanted = toJobPlan(checked)
    const { startAt } = options
    const plan = startAt === undefined ? wanted : planStartingAt(wanted, startAt).plan
    this.#sourceIds = plan.nodes
      .filter(({ operator }) => operator.inputs.length === 0)
      .map(({ id }) => id)
    this.job = new Job(plan, {
      env,
      ...(batchRowsMax === undefined ? {} : { batchRowsMax }),
      ...(checkpoints === undefined ? {} : { checkpoints }),
      ...(jobId === undefined ? {} : { jobId }),
      resolvePath: (path) => resolveFrom(folder, path),
      deadLetters: (letters, outstanding) => {
        recording?.deadLetters(letters)
        this.deadLetters.add(letters, outstanding)
      },
      deadLetterSink: this.deadLetters,
      ...(options.onTold === undefined ? {} : { onTold: options.onTold }),
    })
    this.#recording = recording
    recording?.begin(this.job, plan).catch((error: unknown) => {
      this.#recordingFault = toJobFailure(error, undefined).message
    })
  }

  /** Runs the job to its end. Never rejects. */
  async run(): Promise<PipelineOutcome> {
    const startMs = this.#env.clock.monotonicMs()
    let failure: JobFailure | undefined
    try {
      failure = await drive(this.job, this.#env)
    } catch (error) {
      failure = toJobFailure(error, undefined)
    }
    this.job.release()
    await this.#recording?.stop('job-ended')
    const stopped = this.job.state === 'stopped'
    return {
      state: failure === undefined ? (stopped ? 'stopped' : 'finished') : 'failed',
      failure,
      nodes: this.job.nodes(),
      records: this.records(),
      seconds: (this.#env.clock.monotonicMs() - startMs) / 1000,
    }
  }

  /** Why nothing was recorded; undefined where something was, or nothing should be. */
  get recordingFault(): string | undefined {
    return this.#recordingFault
  }

  /** Records that sources have read so far. */
  records(): number {
    const nodes = this.job.nodes()
    return this.#sourceIds.reduce((sum, id) => sum + (nodes.get(id)?.ledger.in ?? 0), 0)
  }

  /** The lowest watermark of the sources; -Infinity before the first. */
  watermarkMs(): number {
    const nodes = this.job.nodes()
    return Math.min(...this.#sourceIds.map((id) => nodes.get(id)?.watermarkMs ?? 0))
  }
}

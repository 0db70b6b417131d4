/** Records what topics hold: a job reads it once, without an end of its own, and writes nothing. */

import {
  DiskError,
  drive,
  type Env,
  Job,
  muteSinks,
  type OperatorDefinition,
  planStartingAt,
  type Topics,
  toJobFailure,
  toJobPlan,
} from '@millrace/engine'
import type { Registry } from '@millrace/pipeline'
import { createJobRecording, type JobRecording } from '@millrace/storage'
import { checkRecorded } from '../replay/recorded-document.ts'
import type { TopicsWish } from '../supervision/recording-messages.ts'
import { Refusal } from '../supervision/refusal.ts'

export class TopicRecorder {
  readonly #env: Env
  readonly #registry: Registry<OperatorDefinition>
  readonly #topics: Topics
  #recording: JobRecording | undefined

  constructor(env: Env, registry: Registry<OperatorDefinition>, topics: Topics) {
    this.#env = env
    this.#registry = registry
    this.#topics = topics
  }

  get progress(): { readonly records: number; readonly bytes: number } {
    const { records, bytes } = this.#recording?.progress ?? { records: 0, bytes: 0 }
    return { records, bytes }
  }

  /** Rejects with a `Refusal`, which may leave a part of it. */
  async run(wish: TopicsWish): Promise<void> {
    const { root, folder, limits, document, name, pipelineId, version, jobId, at } = wish
    const env = this.#env
    const { plan } = planStartingAt(toJobPlan(checkRecorded(document, this.#registry)), at, true)
    const mute = muteSinks(plan)
    const startedAtMs = env.clock.nowMs()
    const head = { document, name, pipelineId, version, jobId, startedAtMs, fromCheckpoint: false }
    try {
      const recording = await createJobRecording({ env, root, folder, limits, head })
      this.#recording = recording
      const job = new Job(mute, {
        env: { ...env, topics: this.#topics },
        resolvePath: (path) => path,
        deadLetters: (letters) => recording.deadLetters(letters),
      })
      await recording.begin(job, mute)
      // What does not fit any more is not read either.
      void recording.ended.then(() => job.stop())
      const failure = await drive(job, env)
      await recording.stop('job-ended')
      job.release()
      if (failure !== undefined) throw new Refusal('conflict', 'not-recorded', failure.message)
    } catch (error) {
      if (error instanceof Refusal) throw error
      const { message } = error instanceof DiskError ? error : toJobFailure(error, undefined)
      throw new Refusal('conflict', 'not-recorded', message)
    }
  }
}

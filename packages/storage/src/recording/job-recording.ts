/** Records a running job: its turns, and digests of what leaves it. */

import {
  type DeadLetter,
  type Job,
  type JobPlan,
  OutputDigester,
  outputsOf,
  type RecordedTurn,
  type TurnRecorder,
} from '@millrace/engine'
import type { RecordingEnd, RecordingReason } from './recording-format.ts'
import {
  createRecording,
  type RecordingWriter,
  type RecordingWriterOptions,
} from './recording-writer.ts'

export interface JobRecordingOptions
  extends Omit<RecordingWriterOptions, 'outputs' | 'onEnding' | 'wake'> {
  readonly onEnded?: (end: RecordingEnd) => void
}

/** How far a recording is. */
export interface RecordingProgress {
  readonly records: number
  readonly bytes: number
  readonly durationMs: number
}

/** Makes its folder; nothing is recorded before `begin`. */
export async function createJobRecording(options: JobRecordingOptions): Promise<JobRecording> {
  const recording: { current?: JobRecording } = {}
  const writer = await createRecording({
    ...options,
    outputs: () => recording.current?.outputs() ?? {},
    onEnding: () => recording.current?.letGo(),
    wake: () => recording.current?.wake(),
  })
  recording.current = new JobRecording(writer, options)
  return recording.current
}

export class JobRecording implements TurnRecorder {
  readonly ended: Promise<RecordingEnd>
  readonly #writer: RecordingWriter
  readonly #fromCheckpoint: boolean
  #job: Job | undefined
  #plan: JobPlan | undefined
  /** From the first turn on. */
  #digester: OutputDigester | undefined

  constructor(writer: RecordingWriter, { head, onEnded }: JobRecordingOptions) {
    this.#writer = writer
    this.#fromCheckpoint = head.fromCheckpoint
    this.ended = writer.ended.then((end) => {
      onEnded?.(end)
      return end
    })
  }

  /**
   * From the next cut on, or from the start where the head says so; resolves when the checkpoint is
   * stored. Rejects where there is none to be had; then the recording is no good.
   */
  async begin(job: Job, plan: JobPlan): Promise<void> {
    this.#job = job
    this.#plan = plan
    if (!this.#fromCheckpoint) {
      await job.record(this)
      return
    }
    const store = await this.#writer.openCheckpoint()
    await job.record(this, store)
    await store.close()
  }

  get progress(): RecordingProgress {
    const { records, bytes, durationMs } = this.#writer
    return { records, bytes, durationMs }
  }

  /** What could not be processed. */
  deadLetters(letters: readonly DeadLetter[]): void {
    this.#digester?.deadLetters(letters)
  }

  /** Ends it between two slices of the job. */
  stop(reason: RecordingReason): Promise<RecordingEnd> {
    if (this.#job?.isBetweenTurns === true) this.#writer.finishBetweenTurns(reason)
    else this.#writer.finish(reason)
    return this.ended
  }

  get busy(): boolean {
    return this.#writer.busy
  }

  betweenTurns(): void {
    const [job, plan] = [this.#job, this.#plan]
    if (this.#digester === undefined && job !== undefined && plan !== undefined) {
      this.#digester = new OutputDigester(outputsOf(job, plan))
    }
    this.#writer.betweenTurns()
  }

  record(turn: RecordedTurn): void {
    this.#writer.record(turn)
  }

  outputs() {
    return this.#digester?.read() ?? {}
  }

  wake(): void {
    this.#job?.onWake()
  }

  letGo(): void {
    this.#job?.stopRecording()
    this.#digester?.close()
  }
}

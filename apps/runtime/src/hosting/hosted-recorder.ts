/** Records what comes into one job in its host, for as long as somebody wishes. */

import {
  type DeadLetter,
  DiskError,
  type Env,
  type Job,
  type JobPlan,
  toJobFailure,
} from '@millrace/engine'
import { createJobRecording, type JobRecording, type RecordingEnd } from '@millrace/storage'
import type { JobNews } from '../supervision/messages.ts'
import type { RecordingWish } from '../supervision/recording-messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import { countText } from '../text-table.ts'

export interface HostedRecorderOptions {
  /** Its files are those of the server, not of the job. */
  readonly env: Env
  readonly job: Job
  readonly plan: JobPlan
  onNoted(news: JobNews): void
}

interface Running {
  readonly recordingId: string
  readonly recording: JobRecording
}

/** Why it ended, as the log of its job says it. */
const WHY: Readonly<Record<RecordingEnd['reason'], string>> = {
  stopped: 'It was stopped.',
  'job-ended': 'Its job has ended.',
  size: 'It had become as large as it may; the job goes on.',
  time: 'It had lasted as long as it may; the job goes on.',
  disk: 'The disk did not take more, and the job goes on.',
  resent: 'Dead letters are sent in again, which a recording does not hold.',
  lost: 'Its engine has stopped.',
}

export class HostedRecorder {
  readonly #options: HostedRecorderOptions
  #running: Running | undefined
  #beginning = false

  constructor(options: HostedRecorderOptions) {
    this.#options = options
  }

  /** Rejects with a `Refusal`. */
  async start(wish: RecordingWish): Promise<void> {
    if (this.#running !== undefined || this.#beginning) {
      const message = 'The job is recorded already. Stop that recording first.'
      throw new Refusal('conflict', 'job-is-recorded', message)
    }
    const { env, job, plan } = this.#options
    const { recordingId, root, folder, limits, document, name, pipelineId, version, jobId } = wish
    this.#beginning = true
    try {
      const startedAtMs = env.clock.nowMs()
      const head = { document, name, pipelineId, version, jobId, startedAtMs, fromCheckpoint: true }
      const options = { env, root, folder, limits, head }
      const recording = await createJobRecording({ ...options, onEnded: (end) => this.#ended(end) })
      this.#running = { recordingId, recording }
      await recording.begin(job, plan)
      this.#note('recording-begun', 'What comes in is recorded from here on.')
    } catch (error) {
      await this.#giveUp()
      const { message: cause } = error instanceof DiskError ? error : toJobFailure(error, undefined)
      const message = `Nothing is recorded: ${cause} Look at the log of the job, and try again.`
      throw new Refusal('conflict', 'not-recorded', message)
    } finally {
      this.#beginning = false
    }
  }

  /** Resolves when everything is written. */
  async stop(reason: RecordingEnd['reason'], recordingId?: string): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    if (recordingId !== undefined && recordingId !== running.recordingId) return
    await running.recording.stop(reason)
  }

  get progress() {
    if (this.#running === undefined) return null
    const { recordingId, recording } = this.#running
    const { records, bytes } = recording.progress
    return { recordingId, records, bytes }
  }

  deadLetters(letters: readonly DeadLetter[]): void {
    this.#running?.recording.deadLetters(letters)
  }

  async #giveUp(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.recording.stop('stopped')
  }

  #ended(end: RecordingEnd): void {
    // One that never began says so itself.
    if (this.#running === undefined) return
    this.#running = undefined
    const { reason, records, detail } = end
    const text = `Recorded ${countText(records)} records. ${WHY[reason]} ${detail}`.trimEnd()
    this.#note('recording-ended', text, reason === 'disk' ? 'warning' : 'info')
  }

  #note(
    kind: 'recording-begun' | 'recording-ended',
    message: string,
    severity: JobNews['severity'] = 'info',
  ) {
    this.#options.onNoted({ kind, severity, message })
  }
}

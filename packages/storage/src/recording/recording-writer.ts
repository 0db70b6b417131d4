/**
 * Writes a recording while its job runs. What has come while the disk was busy is written and
 * synced as one block. A recording ends by itself when it has become as large or as long as it may,
 * and when the disk refuses it; the job goes on in any case.
 */

import {
  type CheckpointStore,
  type DiskFile,
  type Env,
  type RecordedTurn,
  type TurnRecorder,
  toJobFailure,
} from '@millrace/engine'
import { openCheckpointFiles } from '../checkpoint-files.ts'
import { makeLastingFolder } from '../lasting-folder.ts'
import { writeWhole } from '../log/stored-files.ts'
import {
  BlockWriter,
  CHECKPOINT_FOLDER,
  END_FILE,
  endFrame,
  HEAD_FILE,
  headFrame,
  type OutputDigests,
  type RecordingEnd,
  type RecordingHead,
  type RecordingReason,
  segmentFile,
  segmentFrame,
} from './recording-format.ts'

export interface RecordingLimits {
  readonly bytes: number
  readonly durationMs: number
}

export interface RecordingWriterOptions {
  readonly env: Pick<Env, 'disk' | 'clock' | 'timers' | 'random'>
  /** The data folder; it is there. */
  readonly root: string
  /** Of this recording, below the root. */
  readonly folder: string
  readonly head: RecordingHead
  readonly limits: RecordingLimits
  /** What has left so far; noted now and then, so that a replay can be held against it. */
  outputs(): OutputDigests
  /** It records no more, for a reason of its own. */
  onEnding(): void
  /** It is busy no more. */
  wake(): void
}

const BLOCK_BYTES = 64 * 1024
const SEGMENT_BYTES = 8 * 1024 * 1024
/** What has come waits for so long at most. */
const FLUSH_MS = 250
/** Beyond it the job waits for the disk. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024

export async function createRecording(options: RecordingWriterOptions): Promise<RecordingWriter> {
  const { env, root, folder, head } = options
  await makeLastingFolder(env.disk, root, folder)
  const salt = env.random.next()
  await writeWhole(env.disk, folder, HEAD_FILE, headFrame(head, salt))
  return new RecordingWriter(options, salt)
}

export class RecordingWriter implements TurnRecorder {
  /** Resolves when nothing more is written. */
  readonly ended: Promise<RecordingEnd>

  readonly #options: RecordingWriterOptions
  readonly #salt: number
  readonly #block: BlockWriter
  readonly #startMs: number
  readonly #segmentBytes: number[] = []
  #file: DiskFile | undefined
  #turns = 0
  #records = 0
  /** Or on the way to the disk. */
  #written = 0
  #ending: { readonly reason: RecordingReason; readonly detail: string } | undefined
  #endedAtMs = 0
  #noted = false
  #busy = false
  #writing = false
  #cancelFlush: (() => void) | undefined
  readonly #cancelLimit: () => void
  #settle: (end: RecordingEnd) => void = () => {}

  constructor(options: RecordingWriterOptions, salt: number) {
    const { env, limits } = options
    this.#options = options
    this.#salt = salt
    this.#block = new BlockWriter(salt)
    this.#startMs = env.clock.monotonicMs()
    this.#cancelLimit = env.timers.after(limits.durationMs, () => this.finish('time'))
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Where the checkpoint goes that it begins with. */
  async openCheckpoint(): Promise<CheckpointStore> {
    const { env, root, folder, head } = this.#options
    return openCheckpointFiles({
      disk: env.disk,
      random: env.random,
      root,
      folder: `${folder}/${CHECKPOINT_FOLDER}`,
      owner: head.jobId,
    })
  }

  get busy(): boolean {
    return this.#busy
  }

  get bytes(): number {
    return this.#written + this.#block.bytes
  }

  get records(): number {
    return this.#records
  }

  get durationMs(): number {
    return this.#options.env.clock.monotonicMs() - this.#startMs
  }

  betweenTurns(): void {
    if (this.#ending !== undefined || this.#noted || this.#block.bytes < BLOCK_BYTES) return
    this.#noteOutputs()
  }

  record(turn: RecordedTurn): void {
    if (this.#ending !== undefined) return
    this.#block.turn(turn)
    this.#noted = false
    this.#turns++
    if (turn.kind === 'records') {
      this.#records += turn.chunk.rows.length + turn.chunk.rejects.length
    }
    if (this.bytes > this.#options.limits.bytes) this.finish('size')
    else if (this.#block.bytes >= BLOCK_BYTES) this.#write()
    else this.#writeLater()
    if (this.#block.bytes > WAITING_BYTES_MAX) this.#busy = true
  }

  /** Records no more. Idempotent; `ended` says when it is written. */
  finish(reason: RecordingReason, detail = ''): void {
    if (this.#ending !== undefined) return
    this.#ending = { reason, detail }
    this.#endedAtMs = this.#options.env.clock.nowMs()
    this.#cancelFlush?.()
    this.#cancelLimit()
    this.#options.onEnding()
    this.#write()
  }

  /** All turns so far are done, and so is what they set off: their output is noted. */
  finishBetweenTurns(reason: RecordingReason): void {
    if (this.#ending === undefined && this.#turns > 0) this.#noteOutputs()
    this.finish(reason)
  }

  #noteOutputs(): void {
    this.#block.outputs(this.#options.outputs())
    this.#noted = true
  }

  #writeLater(): void {
    this.#cancelFlush ??= this.#options.env.timers.after(FLUSH_MS, () => this.#write())
  }

  #write(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    if (this.#writing) return
    this.#writing = true
    this.#writeAll().catch((error: unknown) => this.#refused(error))
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      if (this.#block.bytes > 0) await this.#writeBlock()
      else {
        // At once: what comes next must not find somebody writing who will not look again.
        this.#writing = this.#ending !== undefined
        if (this.#writing) await this.#close()
        return
      }
      if (!this.#busy) continue
      this.#busy = false
      this.#options.wake()
    }
  }

  async #writeBlock(): Promise<void> {
    const file = this.#file ?? (await this.#openSegment())
    const last = this.#segmentBytes.length - 1
    const syncedBytes = this.#segmentBytes[last] ?? 0
    const frame = this.#block.take(syncedBytes)
    this.#written += frame.length
    await file.write(frame)
    await file.sync()
    this.#segmentBytes[last] = syncedBytes + frame.length
    if (syncedBytes + frame.length < SEGMENT_BYTES) return
    this.#file = undefined
    await file.close()
  }

  async #openSegment(): Promise<DiskFile> {
    const { env, folder } = this.#options
    const number = this.#segmentBytes.length + 1
    const file = await env.disk.open(`${folder}/${segmentFile(number)}`, 'create-new')
    this.#file = file
    const frame = segmentFrame(number, this.#salt)
    await file.write(frame)
    await file.sync()
    await env.disk.syncFolder(folder)
    this.#segmentBytes.push(frame.length)
    return file
  }

  async #close(): Promise<void> {
    const { env, folder } = this.#options
    await this.#file?.close()
    this.#file = undefined
    const end = this.#end()
    await writeWhole(env.disk, folder, END_FILE, endFrame(end, this.#salt))
    this.#settle(end)
  }

  #end(): RecordingEnd {
    const { reason, detail } = this.#ending ?? { reason: 'lost', detail: '' }
    return {
      reason,
      detail,
      endedAtMs: this.#endedAtMs,
      turns: this.#turns,
      records: this.#records,
      segmentBytes: [...this.#segmentBytes],
    }
  }

  /**
   * Nothing is written any more: what the disk holds is found out when the recording is opened, and
   * ends where it was synced last.
   */
  #refused(error: unknown): void {
    const { message } = toJobFailure(error, undefined)
    const { clock } = this.#options.env
    if (this.#ending === undefined) {
      this.#endedAtMs = clock.nowMs()
      this.#cancelLimit()
      this.#options.onEnding()
    }
    this.#ending = { reason: 'disk', detail: message }
    const file = this.#file
    this.#file = undefined
    void file?.close().catch(() => undefined)
    this.#busy = false
    this.#options.wake()
    this.#settle(this.#end())
  }
}

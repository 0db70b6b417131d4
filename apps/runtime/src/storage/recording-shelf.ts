/**
 * The recordings in a data folder. What is known of one stands in its own files, so that there is
 * nothing that could say otherwise than they do.
 */

import { DiskError, type Env } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import {
  DamagedFile,
  openRecording,
  removeAll,
  type StoredRecording,
  type WhyLost,
} from '@millrace/storage'
import { OneAtATime } from '../one-at-a-time.ts'
import { isPlainName } from './checkpoint-folder.ts'

export interface RecordingShelfOptions {
  readonly env: Pick<Env, 'disk' | 'random'>
  readonly dataFolder: string
}

const ID = /^[\w-]+$/
/** Before the name of a folder that goes. */
const GONE = '~gone-'
const NEVER_BEGUN = 'The checkpoint that it begins with was not stored before its engine stopped.'

export class RecordingShelf {
  readonly #options: RecordingShelfOptions
  /** Those that nobody writes any more. */
  readonly #ended = new Map<string, wire.WireRecording>()
  /** By recording: the end of one is not written while it is removed, nor twice at once. */
  readonly #turns = new OneAtATime()

  constructor(options: RecordingShelfOptions) {
    this.#options = options
  }

  folderOf(recordingId: string): string {
    return `${this.#options.dataFolder}/recordings/${recordingId}`
  }

  async ids(): Promise<readonly string[]> {
    // What somebody has put beside them is not ours to end or remove.
    return (await this.#names()).filter((name) => ID.test(name))
  }

  /** Undefined where there is none. Fails with a `DamagedFile`. */
  async open(recordingId: string): Promise<StoredRecording | undefined> {
    // What comes from outside never leaves the folder.
    if (!ID.test(recordingId)) return undefined
    const { env, dataFolder } = this.#options
    return openRecording(env.disk, dataFolder, this.folderOf(recordingId))
  }

  /** What its files say of one that nobody writes; ends it where its writer could not. */
  describe(recordingId: string, why?: WhyLost): Promise<wire.WireRecording | undefined> {
    return this.#turns.run(recordingId, () => this.#describeNow(recordingId, why))
  }

  async #describeNow(
    recordingId: string,
    why: WhyLost | undefined,
  ): Promise<wire.WireRecording | undefined> {
    if (!isPlainName(recordingId)) return undefined
    const known = this.#ended.get(recordingId)
    if (known !== undefined) return known
    let described: wire.WireRecording | undefined
    try {
      const stored = await this.open(recordingId)
      described = stored && (await this.#describe(recordingId, stored, why))
    } catch (error) {
      // Nobody may have looked after the disk yet, and then the rest of them is told all the same.
      if (error instanceof DiskError && error.code !== 'no-space') {
        return damaged(
          recordingId,
          `${error.message} Look after the disk, or delete the recording.`,
        )
      }
      if (!(error instanceof DamagedFile)) throw error
      described = damaged(recordingId, error.message)
    }
    if (described !== undefined) this.#ended.set(recordingId, described)
    return described
  }

  async #describe(
    recordingId: string,
    stored: StoredRecording,
    why?: WhyLost,
  ): Promise<wire.WireRecording> {
    const { head, bytes } = stored
    const lost = why ?? { reason: 'lost', detail: await this.#whyNoCheckpoint(stored) }
    const end = stored.end ?? (await stored.endLost(lost))
    const { reason, detail, records } = end
    const endedAtMs = end.endedAtMs === 0 ? head.startedAtMs : end.endedAtMs
    return {
      ...toWire(recordingId, head),
      ...{ state: 'ended', reason, detail, endedAtMs, records, bytes },
    }
  }

  async #whyNoCheckpoint(stored: StoredRecording): Promise<string> {
    const store = await stored.openCheckpoint(this.#options.env.random)
    const [first] = (await store?.list()) ?? []
    await store?.close()
    return store === undefined || first !== undefined ? '' : NEVER_BEGUN
  }

  /** With everything in it. What the disk does not let go of is found again. */
  remove(recordingId: string): Promise<void> {
    return this.#turns.run(recordingId, async () => {
      this.#ended.delete(recordingId)
      const { disk } = this.#options.env
      const folder = this.folderOf(recordingId)
      const gone = this.folderOf(`${GONE}${recordingId}`)
      try {
        // What is half gone must not look like one that was damaged.
        await disk.rename(folder, gone)
        await removeAll(disk, gone)
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
      }
    })
  }

  /** Goes on with what the server before had begun to remove, or to write and not begun. */
  async tidy(): Promise<void> {
    const { disk } = this.#options.env
    for (const name of await this.#names()) {
      if (name.startsWith(GONE)) await removeAll(disk, this.folderOf(name)).catch(isDiskError)
    }
    for (const id of await this.ids()) {
      if ((await this.describe(id)) === undefined && (await this.#isEmpty(id)))
        await this.remove(id)
    }
  }

  /** Whether nothing of a recording is there yet. What else lies beside them is not ours. */
  async #isEmpty(recordingId: string): Promise<boolean> {
    const { disk } = this.#options.env
    const folder = this.folderOf(recordingId)
    if ((await disk.kindOf(folder)) !== 'folder') return false
    return (await disk.list(folder)).every((name) => name.startsWith('~') || name === 'checkpoint')
  }

  async #names(): Promise<readonly string[]> {
    const { disk } = this.#options.env
    const folder = this.folderOf('').slice(0, -1)
    return (await disk.kindOf(folder)) === 'folder' ? disk.list(folder) : []
  }
}

export function toWire(
  recordingId: string,
  { name, pipelineId, version, jobId, startedAtMs, fromCheckpoint }: StoredRecording['head'],
): Omit<wire.WireRecording, 'state' | 'reason' | 'detail' | 'endedAtMs' | 'records' | 'bytes'> {
  return { recordingId, name, pipelineId, version, jobId, startedAtMs, fromCheckpoint }
}

function damaged(recordingId: string, detail: string): wire.WireRecording {
  return {
    recordingId,
    ...{ name: '', pipelineId: '', version: 0, jobId: '', startedAtMs: 0, fromCheckpoint: false },
    ...{ state: 'damaged', reason: null, detail, endedAtMs: null, records: 0, bytes: 0 },
  }
}

function isDiskError(error: unknown): void {
  if (!(error instanceof DiskError)) throw error
}

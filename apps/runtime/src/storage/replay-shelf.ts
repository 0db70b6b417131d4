/** Results of replays, each in a file beside the recording that was replayed. */

import { type Disk, DiskError } from '@millrace/engine'
import { wire } from '@millrace/pipeline'
import { makeLastingFolder } from '@millrace/storage'
import type { RecordingShelf } from './recording-shelf.ts'

export interface ReplayShelfOptions {
  readonly disk: Disk
  readonly dataFolder: string
  readonly recordings: RecordingShelf
}

/** Kept for each recording; the oldest go. */
const KEPT_MAX = 20
const SUFFIX = '.json'
/** Far more than a result has. */
const RESULT_BYTES_MAX = 64 * 2 ** 20
/** What stands in the place of a file or a folder of ours is as good as not there. */
const NOT_THERE: ReadonlySet<string> = new Set(['not-found', 'is-folder', 'other'])

export class ReplayShelf {
  readonly #options: ReplayShelfOptions

  constructor(options: ReplayShelfOptions) {
    this.#options = options
  }

  folderOf(recordingId: string): string {
    return `${this.#options.recordings.folderOf(recordingId)}/replays`
  }

  /** What the names of files begin with that a replay needs while it runs. */
  placeOf(recordingId: string, replayId: string): string {
    return `${this.folderOf(recordingId)}/~${replayId}`
  }

  async prepare(recordingId: string): Promise<void> {
    const { disk, dataFolder } = this.#options
    await makeLastingFolder(disk, dataFolder, this.folderOf(recordingId))
  }

  async put(status: wire.ReplayStatus): Promise<void> {
    const { disk } = this.#options
    const { recordingId, replayId } = status
    const folder = this.folderOf(recordingId)
    const unfinished = `${this.placeOf(recordingId, replayId)}${SUFFIX}`
    const file = await disk.open(unfinished, 'create')
    try {
      await file.write(Buffer.from(JSON.stringify(status)))
      await file.sync()
    } finally {
      await file.close()
    }
    await disk.rename(unfinished, `${folder}/${replayId}${SUFFIX}`)
    await disk.syncFolder(folder)
    for (const { replayId: old } of (await this.list(recordingId)).slice(KEPT_MAX)) {
      await this.remove(recordingId, old)
    }
  }

  /** The newest first. What cannot be read is left out. */
  async list(recordingId: string): Promise<readonly wire.ReplayStatus[]> {
    const found: wire.ReplayStatus[] = []
    for (const name of await this.#names(recordingId)) {
      if (name.startsWith('~') || !name.endsWith(SUFFIX)) continue
      const status = await this.get(recordingId, name.slice(0, -SUFFIX.length))
      if (status !== undefined) found.push(status)
    }
    return found.sort((a, b) => b.startedAtMs - a.startedAtMs)
  }

  async get(recordingId: string, replayId: string): Promise<wire.ReplayStatus | undefined> {
    if (!/^[\w-]+$/.test(replayId)) return undefined
    const text = await this.#read(`${this.folderOf(recordingId)}/${replayId}${SUFFIX}`)
    if (text === undefined) return undefined
    try {
      return wire.replayStatus.safeParse(JSON.parse(text)).data
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }

  async remove(recordingId: string, replayId: string): Promise<void> {
    const path = `${this.folderOf(recordingId)}/${replayId}${SUFFIX}`
    await this.#options.disk.remove(path).catch(isDiskError)
  }

  /** Of a replay that has ended, or whose process has. */
  async removeUnfinished(recordingId: string): Promise<void> {
    const { disk } = this.#options
    for (const name of await this.#names(recordingId)) {
      const path = `${this.folderOf(recordingId)}/${name}`
      if (name.startsWith('~')) await disk.remove(path).catch(isDiskError)
    }
  }

  async #names(recordingId: string): Promise<readonly string[]> {
    const { disk } = this.#options
    return (await ifThere(() => disk.list(this.folderOf(recordingId)))) ?? []
  }

  async #read(path: string): Promise<string | undefined> {
    const { disk } = this.#options
    const file = await ifThere(() => disk.open(path, 'read'))
    if (file === undefined) return undefined
    try {
      const sizeBytes = await file.sizeBytes()
      if (sizeBytes > RESULT_BYTES_MAX) return undefined
      const bytes = new Uint8Array(sizeBytes)
      for (let at = 0; at < bytes.length; ) {
        const more = await file.read(bytes.subarray(at), at)
        if (more === 0) break
        at += more
      }
      return new TextDecoder().decode(bytes)
    } finally {
      await file.close()
    }
  }
}

/** Undefined for what is not there, or has just been removed. */
async function ifThere<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof DiskError && NOT_THERE.has(error.code)) return undefined
    throw error
  }
}

function isDiskError(error: unknown): void {
  if (!(error instanceof DiskError)) throw error
}

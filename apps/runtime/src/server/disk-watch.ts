/**
 * Watches the room on the disks that jobs and the server write to. Sources wait before a disk is
 * full, while there still is room for what is under way, and go on when somebody has made some.
 */

import { type Disk, DiskError, type Env } from '@millrace/engine'

export interface DiskWatchOptions {
  readonly env: Pick<Env, 'timers'> & { readonly disk: Pick<Disk, 'freeBytes'> }
  readonly folders: readonly string[]
  /** With less, sources wait. */
  readonly keptBytes: number
  /** Why sources wait, in sentences; null where they go on. */
  onChanged(reason: string | null): void
}

const LOOK_MS = 1000
/** So much more than it takes to wait must be free until sources go on: no going to and fro. */
const ENOUGH = 1.25

export class DiskWatch {
  /** Why sources wait, if they do. */
  reason: string | null = null
  readonly #options: DiskWatchOptions
  #cancel: () => void = () => {}
  #closed = false

  constructor(options: DiskWatchOptions) {
    this.#options = options
  }

  /** Looks now, and again and again until it is closed. */
  async begin(): Promise<void> {
    await this.look()
    if (this.#closed) return
    this.#cancel = this.#options.env.timers.after(LOOK_MS, () => void this.begin())
  }

  async look(): Promise<void> {
    const { folders, keptBytes, onChanged } = this.#options
    const wantedBytes = this.reason === null ? keptBytes : keptBytes * ENOUGH
    let reason: string | null = null
    for (const folder of folders) {
      const freeBytes = await this.#freeBytes(folder)
      if (freeBytes < wantedBytes) reason ??= waitText(folder, freeBytes, keptBytes)
    }
    const changed = (reason === null) !== (this.reason === null)
    this.reason = reason
    if (changed && !this.#closed) onChanged(reason)
  }

  close(): void {
    this.#closed = true
    this.#cancel()
  }

  /** What a disk does not say is no reason to wait: whoever writes hears from it. */
  async #freeBytes(folder: string): Promise<number> {
    try {
      return await this.#options.env.disk.freeBytes(folder)
    } catch (error) {
      if (error instanceof DiskError) return Number.POSITIVE_INFINITY
      throw error
    }
  }
}

function waitText(folder: string, freeBytes: number, keptBytes: number): string {
  const [free, kept] = [freeBytes, keptBytes].map((bytes) => Math.floor(bytes / 2 ** 20))
  return (
    `Sources wait: ${free} MB are free on the disk of "${folder}", and ${kept} MB are kept free. ` +
    'Make room, and they go on by themselves.'
  )
}

/** What keeps the log honest with its disk: it stops for good, or waits until there is space. */

import { type Clock, type Disk, DiskError, TopicFailure } from '@millrace/engine'

/** So often at most a full disk is asked whether it still is. */
const ASK_AGAIN_MS = 200
/** Before this much more was written, or this long, the free space is not asked for again. */
const ASK_AFTER_BYTES = 4 * 1024 * 1024
const ASK_AFTER_MS = 1000

export interface GuardOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly folder: string
  /** What stays free for what must be finished. */
  readonly reserveBytes: number
}

export class Guard {
  readonly #options: GuardOptions
  #stopped: TopicFailure | undefined
  #askedAtMs = Number.NEGATIVE_INFINITY
  #freeBytes = 0
  #full = false

  constructor(options: GuardOptions) {
    this.#options = options
  }

  get stopped(): TopicFailure | undefined {
    return this.#stopped
  }

  /** Whether the last look found less than the reserve. */
  get full(): boolean {
    return this.#full
  }

  check(): void {
    if (this.#stopped !== undefined) throw this.#stopped
  }

  /**
   * After a sync that failed nobody knows what the disk holds, and a second one that succeeds
   * proves nothing. So nothing is written any more; whoever opens the log again reads what is
   * there.
   */
  stop(cause: unknown): TopicFailure {
    const why = cause instanceof Error ? cause.message : String(cause)
    this.#stopped ??= new TopicFailure(
      'stopped',
      `The log in "${this.#options.folder}" has stopped, since the disk refused it: ${why} ` +
        'What was acknowledged is kept. Mend the disk and start again.',
      cause,
    )
    return this.#stopped
  }

  close(): void {
    this.#stopped ??= new TopicFailure(
      'stopped',
      `The log in "${this.#options.folder}" is closed. Open it again.`,
    )
  }

  /** Fails with `no-space` where this would eat into the reserve. */
  async admit(bytes: number): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    const since = nowMs - this.#askedAtMs
    const mustAsk = this.#full ? since >= ASK_AGAIN_MS : since >= ASK_AFTER_MS
    if (mustAsk || (!this.#full && this.#freeBytes - bytes < this.#options.reserveBytes)) {
      this.#askedAtMs = nowMs
      const freeBytes = await this.#options.disk.freeBytes(this.#options.folder)
      this.#full = freeBytes - bytes < this.#options.reserveBytes
      // What others write in the meantime is not seen, so only part of it is relied on.
      this.#freeBytes = Math.min(freeBytes, this.#options.reserveBytes + bytes + ASK_AFTER_BYTES)
    }
    if (this.#full) throw this.refusal()
    this.#freeBytes -= bytes
  }

  /** The disk has just refused a write for want of space, so it need not be asked at once. */
  noSpace(cause: unknown): TopicFailure {
    this.#full = true
    this.#askedAtMs = this.#options.clock.monotonicMs()
    return this.refusal(cause)
  }

  /**
   * What is said as long as there is no space. It leaves alone when the disk is asked next: many
   * who try again and again must not put that off for ever.
   */
  refusal(cause?: unknown): TopicFailure {
    return new TopicFailure(
      'no-space',
      `There is no space for the log in "${this.#options.folder}", where ` +
        `${this.#options.reserveBytes} bytes stay free for what must be finished. ` +
        'Make space; the log then goes on by itself.',
      cause,
    )
  }
}

export function isNoSpace(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'no-space'
}

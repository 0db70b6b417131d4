/**
 * What waits for one client until it has taken in what it was sent: records of its taps, and the
 * latest of each of its pictures. Nothing is lost while the client keeps up. For one that stalls,
 * older records go when there are too many, and are counted.
 */

import type { wire } from '@millrace/pipeline'
import type { FilledTap } from '../supervision/messages.ts'

/** A client, as far as it is sent live values. */
export interface Viewer {
  readonly id: string
  /** Whether what was sent before has left. Whoever watches is told when it has. */
  readonly writable: boolean
  send<Name extends wire.SocketEventName>(name: Name, event: wire.SocketEvents[Name]): void
  /** May be lost. */
  sendVolatile<Name extends wire.SocketEventName>(name: Name, event: wire.SocketEvents[Name]): void
}

/** In UTF-16 code units of JSON, for all taps of a client: a stall must cost less than 2 MB. */
const WAITING_LENGTH_MAX = 256 * 1024
const MESSAGE_LENGTH_MAX = 128 * 1024

interface Waiting {
  readonly record: wire.TappedRecord
  readonly length: number
}

interface TapQueue {
  waiting: Waiting[]
  seen: number
  sent: number
  /** Something is to be told, if only how many were seen. */
  news: boolean
  /** The client does not know yet that it is its tap. */
  held: boolean
}

export class Outbox {
  readonly #viewer: Viewer
  readonly #taps = new Map<string, TapQueue>()
  readonly #pictures = new Map<string, wire.Picture>()
  #waitingLength = 0

  constructor(viewer: Viewer) {
    this.#viewer = viewer
  }

  /**
   * Nothing of it is sent before `releaseTap`. Also for a tap that counts from 1 again, since its
   * job was restarted.
   */
  openTap(tapId: string): void {
    const held = this.#taps.get(tapId)?.held ?? true
    this.closeTap(tapId)
    this.#taps.set(tapId, { waiting: [], seen: 0, sent: 0, news: false, held })
  }

  /** The client has been told of the tap, and knows whose records come. */
  releaseTap(tapId: string): void {
    const tap = this.#taps.get(tapId)
    if (tap === undefined) return
    tap.held = false
    this.flush()
  }

  closeTap(tapId: string): void {
    const tap = this.#taps.get(tapId)
    if (tap === undefined) return
    this.#taps.delete(tapId)
    for (const { length } of tap.waiting) this.#waitingLength -= length
  }

  fillTap({ tapId, records, seen }: FilledTap): void {
    const tap = this.#taps.get(tapId)
    if (tap === undefined) return
    tap.seen = seen
    tap.news = true
    const added = records.map((record) => ({ record, length: JSON.stringify(record).length }))
    for (const { length } of added) this.#waitingLength += length
    tap.waiting.push(...added)
    this.flush()
    this.#letGo(tap)
  }

  /** Of what is not sent yet, only the latest is worth sending. */
  showPicture(picture: wire.Picture): void {
    this.#pictures.set(`${picture.jobId} ${picture.nodeId}`, picture)
    this.flush()
  }

  closePicture(jobId: string, nodeId: string): void {
    this.#pictures.delete(`${jobId} ${nodeId}`)
  }

  /** Sends what waits, as far as the client takes it in. */
  flush(): void {
    while (this.#viewer.writable) {
      const next = [...this.#taps].find(([, { news, held }]) => news && !held)
      if (next === undefined) break
      this.#sendTap(...next)
    }
    for (const [place, picture] of this.#pictures) {
      if (!this.#viewer.writable) return
      this.#pictures.delete(place)
      this.#viewer.sendVolatile('pictureDrawn', picture)
    }
  }

  #sendTap(tapId: string, tap: TapQueue): void {
    let count = 0
    let messageLength = 0
    for (const { length } of tap.waiting) {
      if (count > 0 && messageLength + length > MESSAGE_LENGTH_MAX) break
      messageLength += length
      count++
    }
    const records = tap.waiting.splice(0, count).map(({ record }) => record)
    this.#waitingLength -= messageLength
    tap.sent += records.length
    tap.news = tap.waiting.length > 0
    // The next tap has its turn before this one goes on.
    this.#taps.delete(tapId)
    this.#taps.set(tapId, tap)
    const unsent = tap.seen - tap.sent - tap.waiting.length
    this.#viewer.send('tapFilled', { tapId, records, seen: tap.seen, unsent })
  }

  #letGo(tap: TapQueue): void {
    let count = 0
    for (const { length } of tap.waiting) {
      if (this.#waitingLength <= WAITING_LENGTH_MAX) break
      this.#waitingLength -= length
      count++
    }
    tap.waiting.splice(0, count)
  }
}

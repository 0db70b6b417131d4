/**
 * A file of the simulated disk: what programs read now, what the platter holds, and the writes in
 * between. After a power cut each write that was not synced may be there, absent, or torn.
 */

import type { Choices } from './choices.ts'

/** Drives write whole sectors; what a write spans may be cut between them. */
export const SECTOR_BYTES = 512

/** Something done to a file that a power cut may undo. */
type Unsynced =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'size'; readonly sizeBytes: number }

export class SimFile {
  /** As programs see it: what they read is a view of it. */
  readonly seen = new Content()
  #durable = new Content()
  #unsynced: Unsynced[] = []
  /** Whether what is read may be something else than the platter's with the writes in between. */
  #isAside = false

  get unsyncedCount(): number {
    return this.#unsynced.length
  }

  write(at: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const kept = bytes.slice()
    this.#unsynced.push({ kind: 'write', at, bytes: kept })
    this.seen.write(at, kept)
  }

  resize(sizeBytes: number): void {
    if (sizeBytes === this.seen.sizeBytes) return
    this.#unsynced.push({ kind: 'size', sizeBytes })
    this.seen.resize(sizeBytes)
  }

  sync(): void {
    if (this.#unsynced.length === 0) return
    // Most files are written once and synced once.
    if (this.#durable.sizeBytes === 0 && !this.#isAside) this.#durable.share(this.seen)
    else for (const one of this.#unsynced) apply(this.#durable, one)
    this.#unsynced = []
  }

  /**
   * A sync that fails: part of the data may be on the disk, the rest is gone for ever, and programs
   * still read it. A later sync succeeds without writing it, as on Linux.
   */
  loseUnsynced(choices: Choices): void {
    this.#durable = this.#afterPowerCut(choices)
    this.#unsynced = []
    this.#isAside = true
  }

  /** Turns over a bit of what is on the disk and of what is read. */
  rot(bit: number): void {
    this.seen.flip(bit)
    this.#durable.flip(bit)
    this.#isAside = true
  }

  /** The file as another program finds it after a power cut; this one stays as it is. */
  afterPowerCut(choices: Choices): SimFile {
    return SimFile.of(this.#unsynced.length === 0 ? this.#durable : this.#afterPowerCut(choices))
  }

  /** A file with this in it, synced. */
  static holding(bytes: Uint8Array): SimFile {
    const content = new Content()
    content.write(0, bytes)
    return SimFile.of(content)
  }

  private static of(content: Content): SimFile {
    const file = new SimFile()
    file.seen.share(content)
    file.#durable.share(content)
    return file
  }

  /**
   * Contents and length reach the disk apart: the length of any moment since the sync may stand,
   * and what was never written below it is zeros.
   */
  #afterPowerCut(choices: Choices): Content {
    const content = new Content()
    content.share(this.#durable)
    const sizes = new Set([content.sizeBytes])
    let sizeBytes = content.sizeBytes
    for (const one of this.#unsynced) {
      if (one.kind === 'size') {
        sizeBytes = one.sizeBytes
        if (choices.choose(2) === 0) content.resize(sizeBytes)
      } else {
        sizeBytes = Math.max(sizeBytes, one.at + one.bytes.length)
        writeTorn(content, one.at, one.bytes, choices)
      }
      sizes.add(sizeBytes)
    }
    // The newest length first: choosing the first of everything is what no power cut would leave.
    const lengths = [...sizes].reverse()
    const length = lengths[choices.choose(lengths.length + 1)]
    content.resize(length ?? Math.floor((sizeBytes + Math.min(...lengths)) / 2))
    return content
  }
}

/** What becomes of a write: the first is that nothing happens to it. */
const FATES = ['whole', 'lost', 'cut', 'zeros', 'garbage', 'end-only'] as const

function writeTorn(content: Content, at: number, bytes: Uint8Array, choices: Choices): void {
  const fate = FATES[choices.choose(FATES.length)] ?? 'whole'
  if (fate === 'whole') content.write(at, bytes)
  if (fate === 'whole' || fate === 'lost') return
  const cut = cutBytes(at, bytes.length, choices)
  if (fate === 'end-only') {
    content.write(at + cut, bytes.subarray(cut))
    return
  }
  content.write(at, bytes.subarray(0, cut))
  if (fate === 'zeros') content.write(at + cut, new Uint8Array(bytes.length - cut))
  if (fate === 'garbage') content.write(at + cut, garbage(at + cut, bytes.length - cut))
}

/** How much of a write lies before one of the sector borders in it. */
function cutBytes(at: number, length: number, choices: Choices): number {
  const first = SECTOR_BYTES - (at % SECTOR_BYTES)
  if (first >= length) return 0
  const borders = Math.ceil((length - first) / SECTOR_BYTES)
  const chosen = choices.choose(borders + 1)
  return chosen === 0 ? 0 : first + (chosen - 1) * SECTOR_BYTES
}

/** What stood there before, of other files. It repeats, and is neither zero nor text. */
function garbage(at: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => ((at + index) * 151 + 0x9d) & 0xff)
}

function apply(content: Content, one: Unsynced): void {
  if (one.kind === 'size') content.resize(one.sizeBytes)
  else content.write(one.at, one.bytes)
}

const NOTHING = new Uint8Array(0)

/** Bytes that grow; two contents may share a buffer until one of them is written. */
class Content {
  #buffer = NOTHING
  #shared = false
  sizeBytes = 0

  view(): Uint8Array {
    return this.#buffer.subarray(0, this.sizeBytes)
  }

  share(other: Content): void {
    this.#buffer = other.#buffer
    this.sizeBytes = other.sizeBytes
    this.#shared = true
    other.#shared = true
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length
    this.#own(Math.max(end, this.sizeBytes))
    this.#buffer.set(bytes, at)
    if (end > this.sizeBytes) this.sizeBytes = end
  }

  resize(sizeBytes: number): void {
    this.#own(sizeBytes)
    if (sizeBytes < this.sizeBytes) this.#buffer.fill(0, sizeBytes, this.sizeBytes)
    this.sizeBytes = sizeBytes
  }

  flip(bit: number): void {
    this.#own(this.sizeBytes)
    const byte = this.#buffer[bit >> 3]
    if (byte !== undefined && bit >> 3 < this.sizeBytes)
      this.#buffer[bit >> 3] = byte ^ (1 << (bit & 7))
  }

  /** Makes room, in a buffer of its own. What lies behind the end is zeros. */
  #own(roomBytes: number): void {
    if (!this.#shared && roomBytes <= this.#buffer.length) return
    const room = Math.max(roomBytes, roomBytes > this.#buffer.length ? roomBytes * 2 : roomBytes)
    const grown = new Uint8Array(room)
    grown.set(this.#buffer.subarray(0, Math.min(this.sizeBytes, room)))
    this.#buffer = grown
    this.#shared = false
  }
}

/**
 * Two bags of rows, held against each other as they come. A row that both have is forgotten at
 * once; what is left over at the end are the differences. Memory is bounded: what grows beyond goes
 * to the disk, parted by hash, and is counted up part by part at the end.
 */

import { type Disk, type DiskFile, decodeState, encodeState, type Saved } from '@millrace/engine'
import { DamagedFile, readFrame, toFrame } from '@millrace/storage'

export type Side = 'old' | 'new'

/** A row that one of both has more often. */
export interface LeftRow {
  readonly side: Side
  readonly row: readonly Saved[]
  readonly timeMs: number | undefined
  /** In the order of arrival on its side. */
  readonly number: number
}

export interface ComparedRowsOptions {
  readonly disk: Disk
  /** What the names of its files begin with. */
  readonly place: string
  /** Rows that only one side has had so far. */
  readonly rowsMax: number
}

interface Held {
  /** Above 0 where the old one has had it more often. */
  balance: number
  readonly rows: LeftRow[]
}

/** By group, then by key. */
type Groups = Map<string, Map<string, Held>>
type Spilled = readonly [group: string, key: string, left: LeftRow]

const PARTS = 64
const CHANGED = 'It is not what was written.'

export class ComparedRows {
  readonly #options: ComparedRowsOptions
  #held: Groups = new Map()
  #rowCount = 0
  #files: Promise<readonly DiskFile[]> | undefined
  #spilling: Promise<void> = Promise.resolve()
  #spilled = false
  #busy = false

  constructor(options: ComparedRowsOptions) {
    this.#options = options
  }

  /** Whether rows are on their way to the disk: then whoever brings more waits for `settled`. */
  get busy(): boolean {
    return this.#busy
  }

  get settled(): Promise<void> {
    return this.#spilling
  }

  /** What is the same has the same key, and rows with one key are in one group. */
  add(group: string, key: string, left: LeftRow): void {
    this.#put(this.#held, group, key, left)
    if (this.#rowCount <= this.#options.rowsMax || this.#busy) return
    this.#busy = true
    const held = this.#held
    this.#held = new Map()
    this.#rowCount = 0
    this.#spilled = true
    this.#spilling = this.#spilling.then(() => this.#spill(held))
  }

  #put(held: Groups, group: string, key: string, left: LeftRow): void {
    const sign = left.side === 'old' ? 1 : -1
    const rows = held.get(group) ?? new Map<string, Held>()
    if (rows.size === 0) held.set(group, rows)
    const found = rows.get(key)
    if (found === undefined) rows.set(key, { balance: sign, rows: [left] })
    else if (Math.sign(found.balance) === sign) {
      found.balance += sign
      found.rows.push(left)
    } else {
      found.balance += sign
      found.rows.shift()
      this.#rowCount -= 2
      if (found.balance === 0) rows.delete(key)
      if (rows.size === 0) held.delete(group)
    }
    this.#rowCount++
  }

  async #spill(held: Groups): Promise<void> {
    this.#files ??= this.#open()
    const files = await this.#files
    const parts: Uint8Array[][] = Array.from({ length: PARTS }, () => [])
    for (const [group, keys] of held) {
      const part = parts[hashOf(group) % PARTS]
      for (const [key, { rows }] of keys) {
        for (const one of rows) part?.push(toFrame(encodeState([group, key, { ...one }])))
      }
    }
    for (const [index, frames] of parts.entries()) {
      for (const frame of frames) await files[index]?.write(frame)
    }
    this.#busy = false
  }

  async #open(): Promise<readonly DiskFile[]> {
    const { disk, place } = this.#options
    return Promise.all(
      Array.from({ length: PARTS }, (_, part) => disk.open(`${place}-${part}`, 'create')),
    )
  }

  /** What is left over, group by group. Nothing may be added any more. */
  async *left(): AsyncGenerator<readonly LeftRow[], void> {
    await this.#spilling
    if (!this.#spilled) {
      yield* rowsOf(this.#held)
      return
    }
    await this.#spill(this.#held)
    this.#held = new Map()
    const { disk, place } = this.#options
    for (const file of (await this.#files) ?? []) await file.close()
    for (let part = 0; part < PARTS; part++) {
      yield* rowsOf(await this.#readPart(part))
      await disk.remove(`${place}-${part}`)
    }
  }

  async #readPart(part: number): Promise<Groups> {
    const { disk, place } = this.#options
    const held: Groups = new Map()
    const file = await disk.open(`${place}-${part}`, 'read')
    try {
      const bytes = new Uint8Array(await file.sizeBytes())
      for (let at = 0; at < bytes.length; ) at += await file.read(bytes.subarray(at), at)
      for (let at = 0; at < bytes.length; ) {
        const frame = readFrame(bytes, at)
        if (typeof frame === 'string') throw new DamagedFile(`${place}-${part}`, CHANGED)
        const [group, key, left] = decodeState(frame.payload) as unknown as Spilled
        this.#put(held, group, key, left)
        at = frame.nextBytes
      }
    } finally {
      await file.close()
    }
    return held
  }
}

function* rowsOf(held: Groups): IterableIterator<readonly LeftRow[]> {
  for (const keys of held.values()) yield [...keys.values()].flatMap(({ rows }) => rows)
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

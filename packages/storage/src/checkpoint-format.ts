/**
 * The format of a checkpoint's file.
 *
 * ```text
 * "MRCHKPT" version | block: header | block: entries ... | block: end
 * block = length, masked checksum, payload; a length is never 0
 * ```
 *
 * A checksum covers the file's stamp (a random number) and the block's place too, so that a block
 * of another file, or one that stands elsewhere, does not pass. Changes name the stamp of the
 * checkpoint that they change. The end says how many entries there are, and nothing follows it.
 */

import type { StateChange } from '@millrace/engine'
import { ByteReader, ByteWriter } from './byte-writer.ts'
import { crc32c, maskCrc32c } from './crc32c.ts'

export const CHECKPOINT_VERSION = 1
const MAGIC = [0x4d, 0x52, 0x43, 0x48, 0x4b, 0x50, 0x54]
const PREFIX = Uint8Array.of(...MAGIC, CHECKPOINT_VERSION)
export const PREFIX_BYTES = PREFIX.length
export const BLOCK_HEAD_BYTES = 8
/** Entries are gathered into blocks of about this size. */
const BLOCK_BYTES = 64 * 1024

export const BLOCK_KINDS = { header: 1, entries: 2, end: 3 } as const

export interface CheckpointHeader {
  readonly id: number
  readonly atMs: number
  /** Whose checkpoint it is. */
  readonly owner: string
  /** A number of its own; what goes on from this checkpoint names it. */
  readonly stamp: number
  /** What its changes go on from; undefined where it is everything. */
  readonly parent: { readonly id: number; readonly stamp: number } | undefined
  readonly meta: Uint8Array
}

/** Puts a file together, block by block. */
export class CheckpointWriter {
  readonly #block = new ByteWriter()
  readonly #salt: number
  #blockCount = 0
  #entryCount = 0

  constructor(header: CheckpointHeader) {
    const block = this.#block
    block.bytes(PREFIX)
    this.#salt = saltOf(header.stamp)
    this.#begin(BLOCK_KINDS.header)
    block.double(header.id)
    block.double(header.atMs)
    block.double(header.stamp)
    block.byte(header.parent === undefined ? 0 : 1)
    block.double(header.parent?.id ?? 0)
    block.double(header.parent?.stamp ?? 0)
    block.text(header.owner)
    block.varint(header.meta.length)
    block.bytes(header.meta)
    this.#end(PREFIX_SALT)
  }

  #start = 0

  /** Takes an entry; returns whether it is time to write what `take` gives. */
  add({ key, value }: StateChange): boolean {
    const block = this.#block
    if (this.#start === block.length) this.#begin(BLOCK_KINDS.entries)
    this.#entryCount++
    block.varint(key.length)
    block.bytes(key)
    block.varint(value === undefined ? 0 : value.length + 1)
    if (value !== undefined) block.bytes(value)
    return block.length >= BLOCK_BYTES
  }

  /** What is to be written next; good until something is added. */
  take(): Uint8Array {
    if (this.#start < this.#block.length) this.#end(this.#salt)
    const bytes = this.#block.view()
    this.#block.length = 0
    this.#start = 0
    return bytes
  }

  /** The rest of the file. */
  finish(): Uint8Array {
    if (this.#start < this.#block.length) this.#end(this.#salt)
    this.#begin(BLOCK_KINDS.end)
    this.#block.double(this.#entryCount)
    this.#end(this.#salt)
    return this.take()
  }

  #begin(kind: number): void {
    this.#start = this.#block.length
    this.#block.uint32(0)
    this.#block.uint32(0)
    this.#block.byte(kind)
  }

  #end(salt: number): void {
    const block = this.#block
    const from = this.#start + BLOCK_HEAD_BYTES
    const checksum = blockChecksum(block.view(), from, block.length, salt, this.#blockCount++)
    block.setUint32(this.#start, block.length - from)
    block.setUint32(this.#start + 4, checksum)
    this.#start = block.length
  }
}

/** Why the first bytes are not those of a file that we can read; undefined where they are. */
export function prefixFault(prefix: Uint8Array): string | undefined {
  if (prefix.length < PREFIX_BYTES) return 'It ends within its first bytes.'
  if (MAGIC.some((byte, index) => prefix[index] !== byte)) return 'It is no checkpoint of Millrace.'
  const version = prefix[MAGIC.length]
  if (version === CHECKPOINT_VERSION) return undefined
  return (
    `It has format ${version}, and this Millrace reads format ${CHECKPOINT_VERSION}. ` +
    'Open it with the version that wrote it.'
  )
}

/** What the checksum of the header starts from. */
export function prefixSalt(prefix: Uint8Array): number {
  return crc32c(prefix, 0, PREFIX_BYTES)
}

const PREFIX_SALT = prefixSalt(PREFIX)

const stampBytes = new Uint8Array(8)
const stampView = new DataView(stampBytes.buffer)

export function saltOf(stamp: number): number {
  stampView.setFloat64(0, stamp, true)
  return crc32c(stampBytes)
}

export function blockChecksum(
  bytes: Uint8Array,
  from: number,
  to: number,
  salt: number,
  index: number,
): number {
  return maskCrc32c(crc32c(bytes, from, to, (salt ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0))
}

/** Of a block that has passed its checksum; undefined where it is not a header. */
export function readHeader(payload: Uint8Array): CheckpointHeader | undefined {
  const reader = new ByteReader(payload)
  if (reader.byte() !== BLOCK_KINDS.header) return undefined
  const [id, atMs, stamp] = [reader.double(), reader.double(), reader.double()]
  const hasParent = reader.byte() === 1
  const parent = { id: reader.double(), stamp: reader.double() }
  const owner = reader.text()
  const meta = reader.bytes(reader.varint()).slice()
  return { id, atMs, owner, stamp, parent: hasParent ? parent : undefined, meta }
}

/** The entries of a block that has passed its checksum; views of its bytes. */
export function* readEntries(payload: Uint8Array): IterableIterator<StateChange> {
  const reader = new ByteReader(payload)
  for (reader.byte(); !reader.ended; ) {
    const key = reader.bytes(reader.varint())
    const length = reader.varint()
    yield { key, value: length === 0 ? undefined : reader.bytes(length - 1) }
  }
}

/** What is to be known of a block's entries before anybody asks for them. */
export function lookAtEntries(payload: Uint8Array): { count: number; hasGone: boolean } {
  const reader = new ByteReader(payload)
  let count = 0
  let hasGone = false
  for (reader.byte(); !reader.ended; count++) {
    reader.skip(reader.varint())
    const length = reader.varint()
    if (length === 0) hasGone = true
    else reader.skip(length - 1)
  }
  return { count, hasGone }
}

/** How many entries the end of a file says there are. */
export function readEnd(payload: Uint8Array): number {
  const reader = new ByteReader(payload)
  reader.byte()
  return reader.double()
}

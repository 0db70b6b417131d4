/**
 * Cuts bytes into lines: large blocks are read ahead, decoded at once and cut as text, which
 * costs far less than a decoder call a line. Only where a block is not UTF-8 are its lines
 * decoded one by one, so that just the lines that are wrong are refused.
 *
 *     buffer   | carried over | read now                |
 *     block    |  line \n line \n ...  line \n | carry --> beginning of the other buffer
 *
 * Memory is bounded: a line beyond the limit is counted to its end, but only its beginning is
 * kept.
 */

import { isAscii, isUtf8 } from 'node:buffer'
import type { RefusalCause } from '@millrace/pipeline'
import type { ByteInput } from './byte-input.node.ts'
import type { ChunkPlace, Unread } from './chunk-builder.ts'

export const LINE_BYTES_MAX = 1024 * 1024
const READ_BYTES = 256 * 1024
const NOTHING: Buffer = Buffer.alloc(0)
/** Many files are shorter, and many jobs read one: then twice as much as came the last time. */
const FIRST_READ_BYTES = 64 * 1024
const READ_BYTES_MIN = 4 * 1024
/** What is shown of a line that is too long. */
const HEAD_BYTES = 1024
const NEWLINE = 0x0a
const RETURN = 0x0d

interface Block {
  /** Whole lines; of a line that is too long, the beginning. */
  readonly bytes: Buffer
  readonly offsetBytes: number
  /** Where the next block begins. */
  readonly endBytes: number
  /** Set where the block is one line beyond the limit. */
  readonly overlongBytes?: number
}

/** The beginning of a line. */
export interface LinePlace {
  readonly offsetBytes: number
  /** How many lines there are before it. */
  readonly line: number
}

const BEGINNING: LinePlace = { offsetBytes: 0, line: 0 }

export class LineReader {
  /** What holds the line, often with others around it: from `start` to before `end`. */
  source = ''
  start = 0
  end = 0
  /** From 1. */
  line = 0
  /** Why the line cannot be read. */
  fault: RefusalCause | undefined
  /** Of a line with a fault: its bytes, or that the text is only the beginning. */
  unread: Unread = {}

  #text: string | undefined = ''
  readonly #input: ByteInput
  readonly #readBytes: number
  /** As much is asked for next. */
  #wantedBytes: number
  #buffer = NOTHING
  #spare = NOTHING
  /** What of `#buffer` belongs to the next block. */
  #carryFrom = 0
  #carryTo = 0
  #readOffset = 0
  #ended = false
  #ahead: Promise<Block | undefined> | undefined

  #block: Block | undefined
  /** The decoded block; undefined where its lines are decoded one by one. */
  #blockText: string | undefined
  #ascii = true
  /** Where the next line begins: in `#blockText`, or in the bytes where there is no text. */
  #at = 0
  #lineAt = 0
  /**
   * A place in the text whose offset in bytes is known, so that the next one is counted from
   * there.
   */
  #knownAt = 0
  #knownBytes = 0

  #endBytes: number

  /**
   * `input` begins at the place; `readBytes` is how much is read at once at the most; results do
   * not depend on it.
   */
  constructor(input: ByteInput, readBytes = READ_BYTES, from = BEGINNING) {
    this.#input = input
    this.#readOffset = from.offsetBytes
    this.#endBytes = from.offsetBytes
    this.line = from.line
    this.#readBytes = readBytes
    this.#wantedBytes = Math.min(readBytes, FIRST_READ_BYTES)
  }

  /** The line without its `\n`. Of a line with a fault, what can be shown. */
  get text(): string {
    this.#text ??= this.source.slice(this.start, this.end)
    return this.#text
  }

  /** Goes to the next line; false if `fill` is needed first. */
  advance(): boolean {
    const block = this.#block
    if (block === undefined) return false
    this.fault = undefined
    if (block.overlongBytes !== undefined) return this.#takeOverlong(block, block.overlongBytes)
    const text = this.#blockText
    if (text === undefined) return this.#advanceInBytes(block)
    const from = this.#at
    if (from >= text.length) return this.#leaveBlock()
    const newline = text.indexOf('\n', from)
    const to = newline < 0 ? text.length : newline
    this.#at = to + 1
    this.#lineAt = from
    this.line++
    this.source = text
    this.start = from
    this.end = to
    this.#text = undefined
    if (to - from > LINE_BYTES_MAX / 3 && Buffer.byteLength(this.text) > LINE_BYTES_MAX) {
      this.#shorten(Buffer.from(this.text))
    }
    return true
  }

  /** Where the line begins. Cheap when asked for in order. */
  offsetBytes(): number {
    return this.#offsetOf(this.#lineAt)
  }

  place(): ChunkPlace {
    return { line: this.line, offsetBytes: this.offsetBytes() }
  }

  /** Where the next line begins. Cheap when asked for in order. */
  next(): LinePlace {
    return { offsetBytes: this.#offsetOf(this.#at), line: this.line }
  }

  /** `at` is a place in the block's text or bytes, or beyond its end. */
  #offsetOf(at: number): number {
    const block = this.#block
    if (block === undefined) return this.#endBytes
    if (block.overlongBytes !== undefined) return at > 0 ? block.endBytes : block.offsetBytes
    const text = this.#blockText
    if (at >= (text ?? block.bytes).length) return block.endBytes
    if (text === undefined || this.#ascii) return block.offsetBytes + at
    this.#knownBytes += Buffer.byteLength(text.slice(this.#knownAt, at))
    this.#knownAt = at
    return block.offsetBytes + this.#knownBytes
  }

  /** Brings more lines; false at the end of the bytes. */
  async fill(): Promise<boolean> {
    const block = await (this.#ahead ?? this.#readBlock())
    this.#ahead = undefined
    if (block === undefined) return false
    this.#startBlock(block)
    this.#ahead = this.#readBlock()
    // Whoever asks for the next block gets the refusal; until then it is nobody's fault.
    this.#ahead.catch(() => {})
    return true
  }

  async close(): Promise<void> {
    // First, since it lets go of a read that waits at a silent pipe.
    await this.#input.close()
    await this.#ahead?.catch(() => undefined)
  }

  // Lines of a block

  #hold(text: string): void {
    this.source = text
    this.start = 0
    this.end = text.length
    this.#text = text
  }

  #startBlock(block: Block): void {
    const { bytes } = block
    this.#block = block
    this.#endBytes = block.endBytes
    this.#at = 0
    this.#lineAt = 0
    this.#knownAt = 0
    this.#knownBytes = 0
    this.#blockText = undefined
    if (block.overlongBytes !== undefined) return
    this.#ascii = isAscii(bytes)
    if (this.#ascii) this.#blockText = bytes.toString('latin1')
    else if (isUtf8(bytes)) this.#blockText = bytes.toString('utf8')
  }

  #leaveBlock(): boolean {
    this.#block = undefined
    this.#blockText = undefined
    return false
  }

  #takeOverlong({ bytes }: Block, overlongBytes: number): boolean {
    if (this.#at > 0) return this.#leaveBlock()
    this.#at = 1
    this.line++
    this.#hold(`${bytes.toString('utf8')}…`)
    this.fault = tooLong(overlongBytes)
    this.unread = { truncated: true }
    return true
  }

  #advanceInBytes({ bytes }: Block): boolean {
    const from = this.#at
    if (from >= bytes.length) return this.#leaveBlock()
    const newline = bytes.indexOf(NEWLINE, from)
    const to = newline < 0 ? bytes.length : newline
    const line = bytes.subarray(from, to)
    this.#at = to + 1
    this.#lineAt = from
    this.line++
    if (line.length > LINE_BYTES_MAX) this.#shorten(line)
    else {
      this.#hold(line.toString('utf8'))
      if (isUtf8(line)) return true
      this.fault = NOT_UTF8
      // The buffer is used again.
      this.unread = { bytes: Uint8Array.from(withoutReturn(line)) }
    }
    return true
  }

  #shorten(line: Buffer): void {
    this.#hold(`${line.toString('utf8', 0, HEAD_BYTES)}…`)
    this.fault = tooLong(line.length)
    this.unread = { truncated: true }
  }

  // Blocks

  async #readBlock(): Promise<Block | undefined> {
    const carry = this.#buffer.subarray(this.#carryFrom, this.#carryTo)
    let buffer = withRoom(this.#spare, carry.length + this.#wantedBytes)
    carry.copy(buffer)
    let filled = carry.length
    this.#spare = this.#buffer
    this.#buffer = buffer
    while (!this.#ended && filled <= LINE_BYTES_MAX) {
      buffer = withRoom(buffer, filled + this.#wantedBytes, filled)
      this.#buffer = buffer
      const count = await this.#input.read(buffer.subarray(filled, filled + this.#wantedBytes))
      this.#wantMoreThan(count)
      if (count === 0) this.#ended = true
      const last = count === 0 ? -1 : buffer.lastIndexOf(NEWLINE, filled + count - 1)
      const whole = last >= filled
      filled += count
      if (whole) return this.#cut(last + 1, filled)
    }
    if (filled > LINE_BYTES_MAX) return this.#readOverlong(filled)
    return filled === 0 ? undefined : this.#cut(filled, filled)
  }

  /** Memory is for what comes: a pipe gives little at a time, and a small file is over at once. */
  #wantMoreThan(count: number): void {
    const wanted = Math.max(READ_BYTES_MIN, count * 2)
    this.#wantedBytes = Math.min(this.#readBytes, wanted)
  }

  #cut(to: number, filled: number): Block {
    const from = this.#readOffset === 0 ? byteOrderMarkBytes(this.#buffer, to) : 0
    const offsetBytes = this.#readOffset + from
    this.#readOffset += to
    this.#carryFrom = to
    this.#carryTo = filled
    return { bytes: this.#buffer.subarray(from, to), offsetBytes, endBytes: this.#readOffset }
  }

  /** The buffer begins with a line that is beyond the limit and whose end has not been seen. */
  async #readOverlong(filled: number): Promise<Block> {
    const buffer = this.#buffer
    const head = Buffer.from(buffer.subarray(0, HEAD_BYTES))
    const offsetBytes = this.#readOffset
    let overlongBytes = filled
    let newline = -1
    let count = 0
    while (!this.#ended && newline < 0) {
      count = await this.#input.read(buffer.subarray(0, this.#readBytes))
      if (count === 0) this.#ended = true
      newline = buffer.subarray(0, count).indexOf(NEWLINE)
      overlongBytes += newline < 0 ? count : newline
    }
    this.#carryFrom = newline < 0 ? 0 : newline + 1
    this.#carryTo = newline < 0 ? 0 : count
    this.#readOffset += overlongBytes + (newline < 0 ? 0 : 1)
    return { bytes: head, offsetBytes, endBytes: this.#readOffset, overlongBytes }
  }
}

/** One with room for so many bytes; where this one has not, with as many of it as are kept. */
function withRoom(buffer: Buffer, bytes: number, kept = 0): Buffer {
  if (bytes <= buffer.length) return buffer
  // Powers of two: what is carried over has another length each time.
  const roomy = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)))
  buffer.copy(roomy, 0, 0, kept)
  return roomy
}

const NOT_UTF8: RefusalCause = {
  code: 'not-utf8',
  message: 'The line is not UTF-8. Save the file in this encoding.',
}

function tooLong(bytes: number): RefusalCause {
  const message = `The line has ${bytes} bytes and may have ${LINE_BYTES_MAX}. Divide it into shorter records.`
  return { code: 'line-too-long', message }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line
}

function byteOrderMarkBytes(buffer: Buffer, count: number): number {
  const marked = count >= 3 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf
  return marked ? 3 : 0
}

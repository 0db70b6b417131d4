/** Turns the lines of a file into chunks of records, a few at a time so that nobody waits long. */

import type { Saved, SourceChunk } from '@millrace/engine'
import type { ByteInput } from './byte-input.node.ts'
import type { ChunkBuilder } from './chunk-builder.ts'
import { type LinePlace, LineReader } from './line-reader.node.ts'

export interface LineDecoder {
  /** Takes the reader's current line. What it makes of it goes to the chunk. */
  line(lines: LineReader, chunk: ChunkBuilder): void
  /** Takes a line that it has put back; false if there is none. They come before all others. */
  readAgain?(chunk: ChunkBuilder): boolean
  /** There are no more lines. True where some have been put back: then they end again. */
  end(chunk: ChunkBuilder): boolean
  /** The first line that it may still put back, if there is one. */
  firstKept?(): LinePlace | undefined
  /** What it has learned from the beginning of the file. */
  save?(): Saved
  restore?(saved: Saved): void
}

/** Where reading goes on after a restart. */
export interface LinesPosition extends LinePlace {
  readonly decoder: Saved
}

/** Decoding so many records takes a few milliseconds, well within a slice. */
const RECORDS_A_CHUNK_MAX = 1024

export class LineRecords {
  readonly #open: (offsetBytes: number) => Promise<ByteInput>
  readonly #from: LinesPosition | undefined
  readonly #decoder: LineDecoder
  readonly #chunk: ChunkBuilder
  readonly #readBytes: number | undefined
  #lines: LineReader | undefined
  #reading: Promise<unknown> | undefined
  #closed = false

  constructor(
    open: (offsetBytes: number) => Promise<ByteInput>,
    decoder: LineDecoder,
    chunk: ChunkBuilder,
    readBytes?: number,
    position?: Saved,
  ) {
    this.#from = position as unknown as LinesPosition | undefined
    if (this.#from !== undefined) decoder.restore?.(this.#from.decoder)
    this.#open = open
    this.#decoder = decoder
    this.#chunk = chunk
    this.#readBytes = readBytes
  }

  read(rowsMax: number): SourceChunk | undefined | Promise<SourceChunk | undefined> {
    const recordsMax = Math.min(rowsMax, RECORDS_A_CHUNK_MAX)
    const lines = this.#lines
    const chunk = lines === undefined ? undefined : this.#decode(lines, recordsMax)
    if (chunk !== undefined) return chunk
    const reading = this.#readOn(recordsMax)
    this.#reading = reading.catch(() => undefined)
    return reading
  }

  async close(): Promise<void> {
    this.#closed = true
    const lines = this.#lines
    // What is read may never come; closing lets go of it. What is being opened will be there.
    await lines?.close()
    await this.#reading
    if (lines === undefined) await this.#lines?.close()
  }

  async #readOn(recordsMax: number): Promise<SourceChunk | undefined> {
    this.#lines ??= new LineReader(
      await this.#open(this.#from?.offsetBytes ?? 0),
      this.#readBytes,
      this.#from,
    )
    while (!this.#closed && (await this.#lines.fill())) {
      const chunk = this.#decode(this.#lines, recordsMax)
      if (chunk !== undefined) return chunk
    }
    while (!this.#closed) {
      const chunk = this.#decode(this.#lines, recordsMax)
      if (chunk !== undefined) return chunk
      if (!this.#decoder.end(this.#chunk)) break
    }
    return undefined
  }

  /** Undefined when no line is left in memory. */
  #decode(lines: LineReader, recordsMax: number): SourceChunk | undefined {
    const chunk = this.#chunk
    const decoder = this.#decoder
    while (chunk.size < recordsMax) {
      if (decoder.readAgain?.(chunk)) continue
      if (!lines.advance()) break
      decoder.line(lines, chunk)
    }
    const taken = chunk.take()
    return taken === undefined ? undefined : { ...taken, next: this.#position(lines) }
  }

  #position(lines: LineReader): Saved {
    const { offsetBytes, line } = this.#decoder.firstKept?.() ?? lines.next()
    return { offsetBytes, line, decoder: this.#decoder.save?.() }
  }
}

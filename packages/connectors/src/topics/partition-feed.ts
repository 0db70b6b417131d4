/** What is read of one partition, a batch at a time. */

import type { StoredRecord, Topics } from '@millrace/engine'

const BATCH_BYTES = 256 * 1024

export class PartitionFeed {
  readonly partition: number
  /** Of the record that comes next, or behind it where records were compacted away. */
  nextOffset: number
  /** As far as is known, or is wanted. */
  endOffset: number
  latestMs: number
  #records: readonly StoredRecord[] = []
  #index = 0
  #readTo: number

  constructor(partition: number, nextOffset: number, endOffset: number, latestMs: number) {
    this.partition = partition
    this.nextOffset = nextOffset
    this.endOffset = endOffset
    this.latestMs = latestMs
    this.#readTo = nextOffset
  }

  /** Reads on where everything read was taken. */
  async fill(topics: Topics, topic: string): Promise<void> {
    if (this.#index < this.#records.length) return
    const batch = await topics.read(topic, this.partition, this.nextOffset, BATCH_BYTES)
    this.#records = batch.records
    this.#index = 0
    this.#readTo = batch.nextOffset
  }

  peek(): StoredRecord | undefined {
    return this.#records[this.#index]
  }

  /** The record that `peek` shows is done with; its event time, NaN where it has none. */
  take(timeMs: number): void {
    const record = this.#records[this.#index++]
    if (record !== undefined) this.nextOffset = record.offset + 1
    if (timeMs > this.latestMs) this.latestMs = timeMs
  }

  /** There is no further record up to where was read. */
  passGap(toOffset: number): void {
    this.nextOffset = Math.max(this.nextOffset, Math.min(this.#readTo, toOffset))
  }
}

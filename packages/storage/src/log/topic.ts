/** A topic that is open: its partitions, and who waits for records. */

import {
  type Timers,
  type TopicDescription,
  TopicFailure,
  type TopicRecord,
  type TopicSettings,
  toUtf8,
} from '@millrace/engine'
import { crc32c } from '../crc32c.ts'
import { readFrame, toFrame } from '../frame.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { FORMAT_VERSION, KIND } from './frame-kind.ts'
import type { Partition } from './partition.ts'
import type { PartitionReader } from './partition-reader.ts'
import { checkPartition, checkRecord } from './topic-settings.ts'

/** In a topic's folder: how it is set up. */
export const SETTINGS_FILE = 'topic'

export interface OpenPartition {
  readonly partition: Partition
  readonly reader: PartitionReader
}

export class Topic {
  readonly name: string
  readonly settings: TopicSettings
  /** Why nothing can be had of it. */
  damage: TopicFailure | undefined
  partitions: readonly OpenPartition[] = []
  readonly #timers: Timers
  readonly #callbacks = new Set<() => void>()
  #told = true
  #nextKeyless = 0

  constructor(name: string, settings: TopicSettings, timers: Timers) {
    this.name = name
    this.settings = settings
    this.#timers = timers
  }

  at(index: number): OpenPartition {
    if (this.damage !== undefined) throw this.damage
    checkPartition(this.name, index, this.settings.partitions)
    return this.partitions[index] as OpenPartition
  }

  describe(): TopicDescription {
    return {
      topic: this.name,
      settings: this.settings,
      partitions: this.partitions.map(({ partition }) => partition.describe()),
      ...(this.damage !== undefined && { damage: this.damage.message }),
    }
  }

  /** By partition, in the order in which they came. Throws where one is refused. */
  divide(
    records: readonly TopicRecord[],
    idempotencyKey: string | undefined,
  ): ReadonlyMap<number, readonly TopicRecord[]> {
    if (this.damage !== undefined) throw this.damage
    const { partitions } = this.settings
    if (partitions === 1) {
      for (const record of records) checkRecord(this.name, record, this.settings)
      return new Map(records.length === 0 ? [] : [[0, records]])
    }
    const keyless =
      idempotencyKey === undefined ? this.#nextKeyless : hash(toUtf8(idempotencyKey), partitions)
    const divided = new Map<number, TopicRecord[]>()
    for (const record of records) {
      checkRecord(this.name, record, this.settings)
      const own = record.key === null ? keyless : hash(record.key, partitions)
      const index = record.partition ?? own
      const others = divided.get(index)
      if (others === undefined) divided.set(index, [record])
      else others.push(record)
    }
    if (idempotencyKey === undefined && records.some(({ key }) => key === null)) {
      this.#nextKeyless = (this.#nextKeyless + 1) % partitions
    }
    return divided
  }

  onAppended(callback: () => void): () => void {
    // One callback may be given twice.
    const own = () => callback()
    this.#callbacks.add(own)
    return () => {
      this.#callbacks.delete(own)
    }
  }

  /** However much is appended meanwhile, callbacks are called once. */
  appended(): void {
    if (!this.#told || this.#callbacks.size === 0) return
    this.#told = false
    this.#timers.yield(() => {
      this.#told = true
      for (const callback of [...this.#callbacks]) callback()
    })
  }
}

/** Stays as it is for ever: the records of a key that are stored say where the next one goes. */
function hash(key: Uint8Array, partitions: number): number {
  return partitions === 1 ? 0 : crc32c(key) % partitions
}

export function settingsFrame(settings: TopicSettings): Uint8Array {
  const writer = new ByteWriter(256)
  writer.byte(KIND.topic)
  writer.byte(FORMAT_VERSION)
  writer.text(JSON.stringify(settings))
  return toFrame(writer.written())
}

/** Throws a `TopicFailure` where the file is none of ours. */
export function readSettings(topic: string, bytes: Uint8Array | undefined): TopicSettings {
  const frame = bytes === undefined ? 'short' : readFrame(bytes, 0)
  if (typeof frame !== 'string') {
    const reader = new ByteReader(frame.payload)
    const kind = reader.byte()
    const version = reader.byte()
    if (kind === KIND.topic && version === FORMAT_VERSION) {
      return JSON.parse(reader.text()) as TopicSettings
    }
    if (kind === KIND.topic) {
      throw new TopicFailure(
        'damaged',
        `Topic "${topic}" has version ${version} of the format, and this Millrace reads version ` +
          `${FORMAT_VERSION}. Use the Millrace that wrote it.`,
      )
    }
  }
  throw new TopicFailure(
    'damaged',
    `Topic "${topic}" is not as it was written: its file "${SETTINGS_FILE}" is broken or gone. ` +
      'Restore its folder from a copy, or remove the topic.',
  )
}

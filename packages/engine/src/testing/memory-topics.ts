/** Topics in memory, for tests: the simplest thing that does what the interface says. */

import {
  type Appended,
  type AppendOptions,
  type NewTopicSettings,
  type OffsetRange,
  type OpenTransaction,
  type PartitionOffsets,
  type StoredRecord,
  type TopicBatch,
  type TopicDescription,
  TopicFailure,
  type TopicRecord,
  type TopicSettings,
  type Topics,
} from '../topics.ts'

interface MemoryTopic {
  readonly settings: TopicSettings
  readonly partitions: StoredRecord[][]
  readonly known: Map<string, Appended>
  readonly callbacks: Set<() => void>
  /** By partition. */
  readonly acknowledged: Map<number, number>
}

interface MemoryTransaction {
  readonly staged: { readonly topic: string; readonly records: readonly TopicRecord[] }[]
  prepared: boolean
}

const SETTINGS: TopicSettings = {
  partitions: 1,
  compact: false,
  tombstoneRetentionMs: 0,
  segmentBytes: 1024,
  recordBytesMax: 1_000_000,
}

export class MemoryTopics implements Topics {
  /** Set to fail every call with it. */
  failure: TopicFailure | undefined
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #transactions = new Map<string, MemoryTransaction>()
  readonly #committed = new Set<string>()
  #turn = 0

  async create(topic: string, settings: NewTopicSettings): Promise<TopicDescription> {
    this.#check()
    if (this.#topics.has(topic)) throw new TopicFailure('topic-exists', `"${topic}" is there.`)
    const given = Object.entries(settings).filter(([, value]) => value !== undefined)
    const all: TopicSettings = { ...SETTINGS, ...Object.fromEntries(given) }
    this.#topics.set(topic, {
      settings: all,
      partitions: Array.from({ length: all.partitions }, () => []),
      known: new Map(),
      callbacks: new Set(),
      acknowledged: new Map(),
    })
    return this.describe(topic)
  }

  async list(): Promise<readonly TopicDescription[]> {
    return Promise.all([...this.#topics.keys()].sort().map((topic) => this.describe(topic)))
  }

  async describe(topic: string): Promise<TopicDescription> {
    const { settings, partitions } = this.#get(topic)
    const described = partitions.map((records) => ({
      startOffset: 0,
      endOffset: records.length,
      bytes: 0,
    }))
    return { topic, settings, partitions: described }
  }

  async remove(topic: string): Promise<void> {
    this.#get(topic)
    this.#topics.delete(topic)
  }

  async append(
    topic: string,
    records: readonly TopicRecord[],
    { idempotencyKey }: AppendOptions = {},
  ): Promise<Appended> {
    const found = this.#get(topic)
    const before = idempotencyKey === undefined ? undefined : found.known.get(idempotencyKey)
    if (before !== undefined) return { ...before, duplicate: true }
    const appended = this.#append(topic, records)
    if (idempotencyKey !== undefined) found.known.set(idempotencyKey, appended)
    return appended
  }

  async stage(transaction: string, topic: string, records: readonly TopicRecord[]): Promise<void> {
    this.#get(topic)
    const open = this.#transactions.get(transaction) ?? { staged: [], prepared: false }
    open.staged.push({ topic, records })
    this.#transactions.set(transaction, open)
  }

  async prepare(transaction: string): Promise<void> {
    this.#open(transaction).prepared = true
  }

  async commit(transaction: string): Promise<void> {
    this.#check()
    if (this.#committed.has(transaction)) return
    for (const { topic, records } of this.#open(transaction).staged) this.#append(topic, records)
    this.#committed.add(transaction)
    this.#transactions.delete(transaction)
  }

  async abort(transaction: string): Promise<void> {
    this.#transactions.delete(transaction)
  }

  async openTransactions(prefix: string): Promise<readonly OpenTransaction[]> {
    return [...this.#transactions]
      .filter(([id]) => id.startsWith(prefix))
      .map(([id, { prepared }]) => ({ id, prepared }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async read(
    topic: string,
    partition: number,
    fromOffset: number,
    bytesMax: number,
  ): Promise<TopicBatch> {
    const all = this.#get(topic).partitions[partition] ?? []
    if (fromOffset < 0 || fromOffset > all.length) {
      throw new TopicFailure('offset-out-of-range', `There is no offset ${fromOffset}.`)
    }
    let bytes = 0
    let nextOffset = fromOffset
    while (nextOffset < all.length && (nextOffset === fromOffset || bytes < bytesMax)) {
      const { key, value } = all[nextOffset++] as StoredRecord
      bytes += (key?.length ?? 0) + (value?.length ?? 0)
    }
    return { records: all.slice(fromOffset, nextOffset), nextOffset, endOffset: all.length }
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    const { partitions, acknowledged } = this.#get(topic)
    return partitions.map(({ length }, index) => {
      const acknowledgedOffset = acknowledged.get(index)
      const offsets = { startOffset: 0, endOffset: length }
      return acknowledgedOffset === undefined ? offsets : { ...offsets, acknowledgedOffset }
    })
  }

  /** Everything stays. */
  async acknowledge(topic: string, partition: number, offset: number): Promise<void> {
    const { acknowledged } = this.#get(topic)
    acknowledged.set(partition, Math.max(offset, acknowledged.get(partition) ?? 0))
  }

  async offsetAt(topic: string, partition: number, timestampMs: number): Promise<number> {
    const all = this.#get(topic).partitions[partition] ?? []
    const found = all.findIndex((record) => record.timestampMs >= timestampMs)
    return found === -1 ? all.length : found
  }

  onAppended(topic: string, callback: () => void): () => void {
    const { callbacks } = this.#get(topic)
    callbacks.add(callback)
    return () => {
      callbacks.delete(callback)
    }
  }

  #append(topic: string, records: readonly TopicRecord[]): Appended {
    const { partitions, settings, callbacks } = this.#get(topic)
    const ranges = new Map<number, OffsetRange>()
    this.#turn++
    for (const { key, value, timestampMs, headers = [], partition } of records) {
      const sum = key?.reduce((total, byte) => total + byte, 0)
      const index = partition ?? (sum ?? this.#turn) % settings.partitions
      const own = partitions[index]
      if (own === undefined) throw new TopicFailure('unknown-partition', `No partition ${index}.`)
      const offset = own.length
      own.push({ offset, key, value, timestampMs, headers })
      const startOffset = ranges.get(index)?.startOffset ?? offset
      ranges.set(index, { startOffset, endOffset: offset + 1 })
    }
    for (const callback of [...callbacks]) callback()
    return {
      partitions: [...ranges]
        .sort(([a], [b]) => a - b)
        .map(([partition, range]) => ({ partition, ...range })),
      duplicate: false,
    }
  }

  #check(): void {
    if (this.failure !== undefined) throw this.failure
  }

  #get(topic: string): MemoryTopic {
    this.#check()
    const found = this.#topics.get(topic)
    if (found === undefined)
      throw new TopicFailure('unknown-topic', `There is no topic "${topic}".`)
    return found
  }

  #open(transaction: string): MemoryTransaction {
    this.#check()
    const found = this.#transactions.get(transaction)
    if (found !== undefined) return found
    throw new TopicFailure('unknown-transaction', `There is no transaction "${transaction}".`)
  }
}

/** How a topic source reads: partition by partition, from positions that a checkpoint holds. */

import type {
  RecordAgain,
  RunContext,
  Saved,
  SourceChunk,
  SourceReader,
  StartAt,
  TopicPlace,
  Topics,
} from '@millrace/engine'
import { JobFailed } from '@millrace/engine'
import { isoTimestamp } from '@millrace/pipeline'
import { toWatermarkSettings } from '../reading/source-config.ts'
import type { TopicSourceConfig } from '../topic-source.ts'
import { PartitionFeed } from './partition-feed.ts'
import { createRecordDecoder, type RecordDecoder } from './record-decoder.ts'
import { requireTopics } from './require-topics.ts'
import { startMs } from './start-time.ts'

/**
 * Where reading goes on. `turn` is whose records come next and up to which offset: which of the
 * partitions a live source reads next depends on what has come, and must not when it is read again.
 */
interface TopicPosition {
  readonly partitions: readonly PartitionPosition[]
  readonly turn?: Turn | undefined
}

interface PartitionPosition {
  readonly partition: number
  readonly nextOffset: number
  /** Of a bounded source: it ends there. */
  readonly endOffset: number
  readonly latestMs: number
}

interface Turn {
  readonly index: number
  readonly toOffset: number
}

export type TopicReading = TopicSourceConfig & {
  /** What stands behind the topic, for messages, where it is no topic to its users. */
  readonly title?: string
  /** Of partitions that begin elsewhere than the others. */
  readonly startOffsets?: ReadonlyMap<number, number>
}

/** The same reading from elsewhere on. */
export function startingAt(given: TopicReading, at: StartAt, ends: boolean): TopicReading {
  const config = { ...given, bounded: given.bounded || ends }
  if (at.kind === 'offsets') {
    const own = at.offsets.filter(({ topic }) => topic === config.topic)
    if (own.length === 0) return config
    const startOffsets = new Map(own.map(({ partition, offset }) => [partition, offset]))
    return { ...config, startOffsets }
  }
  const { startTimestamp: _, startOffset: __, ...rest } = config
  if (at.kind !== 'timestamp') return { ...rest, start: at.kind }
  return { ...rest, start: 'timestamp', startTimestamp: isoTimestamp(at.timestampMs) }
}

export function createTopicReader(
  config: TopicReading,
  context: Pick<RunContext, 'env' | 'position'>,
): SourceReader {
  const reader = new TopicReader(config, requireTopics(context.env), context.position)
  return reader
}

class TopicReader implements SourceReader {
  readonly bounded: boolean
  readonly replayable = true
  readonly watermark
  readonly #config: TopicReading
  readonly #topics: Topics
  readonly #from: TopicPosition | undefined
  readonly #decoder: RecordDecoder
  #feeds: readonly PartitionFeed[] | undefined
  #partitionCount: number
  #turn: Turn | undefined
  /** Announced, and handed on at the next call. */
  #announced: SourceChunk | undefined
  #stopWaiting: () => void = () => {}
  /** Set when more has been appended since the feeds were last asked. */
  #appended = true
  #wake: (() => void) | undefined

  constructor(config: TopicReading, topics: Topics, position: Saved) {
    this.#config = config
    this.#topics = topics
    this.#from = position as unknown as TopicPosition | undefined
    this.bounded = config.bounded
    this.watermark = toWatermarkSettings(config.watermark)
    this.#decoder = createRecordDecoder(config)
    this.#partitionCount = this.#from?.partitions.length ?? 1
  }

  get partitions(): number {
    return this.#partitionCount
  }

  read(rowsMax: number): SourceChunk | Promise<SourceChunk | undefined> {
    const announced = this.#announced
    this.#announced = undefined
    return announced ?? this.#read(rowsMax)
  }

  again({ bytes, key = null, partition = 0, offset = 0, timestampMs }: RecordAgain): SourceChunk {
    const decoder = createRecordDecoder({ ...this.#config, onError: 'dead-letter' })
    const chunk = decoder.begin(partition)
    chunk.add({ offset, key, value: bytes, timestampMs: timestampMs ?? 0, headers: [] })
    return chunk.take()
  }

  async close(): Promise<void> {
    this.#stopWaiting()
    this.#wake?.()
  }

  async #read(rowsMax: number): Promise<SourceChunk | undefined> {
    const feeds = this.#feeds ?? (await this.#open())
    for (;;) {
      const index = this.#turn?.index ?? this.#next(feeds)
      const feed = index === undefined ? undefined : feeds[index]
      if (index === undefined || feed === undefined) {
        if (this.bounded) return undefined
        await this.#more(feeds)
        continue
      }
      const before = this.#position(feeds)
      const chunk = await this.#readFrom(feeds, index, rowsMax)
      if (chunk === undefined) continue
      if (this.bounded || feeds.length === 1 || before.turn !== undefined) return chunk
      this.#announced = chunk
      return this.#announcement(before, index, feed)
    }
  }

  /** What is read next, so that a checkpoint in the middle of it knows. */
  #announcement(before: TopicPosition, index: number, feed: PartitionFeed): SourceChunk {
    const turn = { index, toOffset: feed.nextOffset }
    return { rows: [], rejects: [], partition: index, next: saved({ ...before, turn }) }
  }

  async #readFrom(
    feeds: readonly PartitionFeed[],
    index: number,
    rowsMax: number,
  ): Promise<SourceChunk | undefined> {
    const feed = feeds[index] as PartitionFeed
    const toOffset = this.#turn?.toOffset ?? feed.endOffset
    await feed.fill(this.#topics, this.#config.topic)
    const chunk = this.#decoder.begin(feed.partition)
    while (chunk.size < rowsMax && feed.nextOffset < toOffset) {
      const record = feed.peek()
      if (record === undefined || record.offset >= toOffset) break
      feed.take(chunk.add(record))
      // Read by lowest watermark: another one may come first now.
      if (this.bounded && this.#next(feeds) !== index) break
    }
    if (feed.peek() === undefined) feed.passGap(toOffset)
    if (this.#turn !== undefined && feed.nextOffset >= this.#turn.toOffset) this.#turn = undefined
    if (chunk.isEmpty) return undefined
    return { ...chunk.take(), partition: index, next: saved(this.#position(feeds)) }
  }

  #position(feeds: readonly PartitionFeed[]): TopicPosition {
    const partitions = feeds.map(({ partition, nextOffset, endOffset, latestMs }) => ({
      partition,
      nextOffset,
      endOffset: this.bounded ? endOffset : 0,
      latestMs,
    }))
    return { partitions, turn: this.#turn }
  }

  /** The partition with the lowest watermark of those that have something left. */
  #next(feeds: readonly PartitionFeed[]): number | undefined {
    const { maxOutOfOrdernessMs, intervalMs } = this.watermark
    let found: number | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (const [index, feed] of feeds.entries()) {
      if (feed.nextOffset >= feed.endOffset) continue
      const level = Math.floor((feed.latestMs - maxOutOfOrdernessMs) / intervalMs)
      if (found !== undefined && level >= lowest) continue
      found = index
      lowest = level
    }
    return found
  }

  /** Waits until there is something behind the end of a feed. */
  async #more(feeds: readonly PartitionFeed[]): Promise<void> {
    if (!this.#appended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#appended = false
    const ends = await this.#topics.offsets(this.#config.topic)
    for (const feed of feeds) feed.endOffset = ends[feed.partition]?.endOffset ?? feed.endOffset
  }

  async #open(): Promise<readonly PartitionFeed[]> {
    const { topic } = this.#config
    const ends = await this.#topics.offsets(topic)
    const wanted =
      this.#from?.partitions.map(({ partition }) => partition) ??
      this.#config.partitions ??
      ends.map((_, partition) => partition)
    const placed = this.#from === undefined ? [...(this.#config.startOffsets?.keys() ?? [])] : []
    const missing = [...wanted, ...placed].find((partition) => ends[partition] === undefined)
    if (missing !== undefined) {
      const message =
        `Topic "${topic}" has no partition ${missing}: it has ${ends.length}, counted from 0. ` +
        `Correct ${placed.includes(missing) ? 'where to start' : 'the field partitions'}.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    if (!this.bounded) {
      this.#stopWaiting = this.#topics.onAppended(topic, () => {
        this.#appended = true
        this.#wake?.()
      })
    }
    const feeds: PartitionFeed[] = []
    for (const partition of wanted) {
      const { startOffset, endOffset } = ends[partition] ?? { startOffset: 0, endOffset: 0 }
      const known = this.#from?.partitions.find((one) => one.partition === partition)
      const first =
        known?.nextOffset ?? (await this.#firstOffset(partition, startOffset, endOffset))
      const end = known !== undefined && this.bounded ? known.endOffset : endOffset
      const latestMs = known?.latestMs ?? Number.NEGATIVE_INFINITY
      // Where nothing comes, nothing should hold the watermarks of the others back.
      if (this.bounded && known === undefined && first >= end) continue
      feeds.push(new PartitionFeed(partition, first, end, latestMs))
    }
    this.#partitionCount = Math.max(1, feeds.length)
    this.#turn = this.#from?.turn
    this.#feeds = feeds
    return feeds
  }

  async #firstOffset(partition: number, start: number, end: number): Promise<number> {
    const { topic, start: from, startTimestamp = '', startOffset = 0 } = this.#config
    const own = this.#config.startOffsets?.get(partition)
    if (own !== undefined && own > end) {
      const message =
        `Topic "${topic}", partition ${partition} has the offsets ${start} up to ${end}, and its reading ` +
        `is to begin at ${own}. Correct where to start.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    if (own !== undefined) return own
    if (from === 'earliest') return start
    if (from === 'latest') return end
    if (from === 'offset') return startOffset
    return this.#topics.offsetAt(topic, partition, startMs(startTimestamp) ?? 0)
  }
}

/** Where a reader goes on from a position, by partition. */
export function topicPlaces(topic: string, position: Saved): readonly TopicPlace[] {
  const { partitions } = position as unknown as TopicPosition
  return partitions.map(({ partition, nextOffset }) => ({ topic, partition, offset: nextOffset }))
}

/** Plain data as it is. */
function saved(position: TopicPosition): Saved {
  const { partitions, turn } = position
  return {
    partitions: partitions.map((one) => ({ ...one })),
    turn: turn === undefined ? undefined : { ...turn },
  }
}

/**
 * Looks into a topic a page at a time, forwards and backwards, one partition or all as one.
 *
 * Partitions are merged by time as they stand: the record that comes next is the one with the
 * earliest time among the first of each partition. So each partition stays in its order, whatever
 * times its records have. A place in a topic is an offset in each partition, which makes pages
 * follow one another without a record twice or none, also while records are written and removed.
 */

import {
  fromUtf8,
  type OffsetRange,
  type StoredRecord,
  TopicFailure,
  type Topics,
} from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { Refusal } from '../supervision/refusal.ts'
import type { RouteReply } from './route-handlers.ts'

export type BrowseQuery = ReturnType<(typeof wire.browseTopicQuery)['parse']>

/** Read at once, over all partitions; at the least one record of each. */
const READ_BYTES = 128 * 1024
/** The beginning of a key or value that is sent; all of it is had by `readTopic`. */
export const PREVIEW_BYTES = 2048
/** What is looked back over at once at the least. */
const STEP_BACK = 16

/** An offset in each partition. */
type Place = ReadonlyMap<number, number>

export async function browseTopic(
  topics: Topics,
  topic: string,
  query: BrowseQuery,
): Promise<RouteReply<'browseTopic'>> {
  const ranges = await topics.offsets(topic)
  const { place, back } = await startOf(topics, topic, ranges, query)
  const lanes = [...place].map(([partition, offset]) => {
    const range = ranges[partition] as OffsetRange
    const step = Math.max(STEP_BACK, Math.ceil(query.limit / place.size))
    const readBytes = Math.ceil(READ_BYTES / place.size)
    const source = { topics, topic, partition, range, readBytes }
    return back ? new LaneBack(source, offset, step) : new LaneForth(source, offset)
  })
  const records: wire.BrowsedRecord[] = []
  while (records.length < query.limit) {
    const lane = await nextLane(lanes, back)
    if (lane === undefined) break
    records.push(lane.take())
  }
  const reached = placeText(new Map(lanes.map(({ partition, offset }) => [partition, offset])))
  const began = placeText(place)
  const [first, last] = back ? [reached, began] : [began, reached]
  const older = lanes.map(({ range, offset, began: from }) => {
    return (back ? offset : from) - range.startOffset
  })
  const newer = lanes.map(({ range, offset, began: from }) => {
    return range.endOffset - (back ? from : offset)
  })
  if (back) records.reverse()
  return { records, first, last, older: sum(older), newer: sum(newer) }
}

interface Start {
  readonly place: Place
  readonly back: boolean
}

async function startOf(
  topics: Topics,
  topic: string,
  ranges: readonly OffsetRange[],
  query: BrowseQuery,
): Promise<Start> {
  const { partition, from, at, offset, after, before } = query
  const given = [from, at, offset, after, before].filter((one) => one !== undefined)
  if (given.length > 1) {
    const message =
      'More than one of "from", "at", "offset", "after" and "before" is given. Give one of them.'
    throw new Refusal('bad-request', 'several-places', message)
  }
  if (after !== undefined || before !== undefined) {
    return { place: parsePlace(topic, after ?? before ?? '', ranges), back: after === undefined }
  }
  const partitions = partition === undefined ? [...ranges.keys()] : [partition]
  const rangeOf = (index: number) => ranges[index] ?? noPartition(topic, index, ranges.length)
  if (offset !== undefined) {
    if (partition === undefined) {
      const message = 'An offset counts within a partition. Give "partition" too.'
      throw new Refusal('bad-request', 'offset-without-partition', message)
    }
    return {
      place: new Map([[partition, within(topic, partition, rangeOf(partition), offset)]]),
      back: false,
    }
  }
  const place = new Map<number, number>()
  for (const index of partitions) {
    const { startOffset, endOffset } = rangeOf(index)
    const found = at === undefined ? undefined : await topics.offsetAt(topic, index, at)
    place.set(index, found ?? (from === 'earliest' ? startOffset : endOffset))
  }
  return { place, back: at === undefined && from !== 'earliest' }
}

function within(
  topic: string,
  partition: number,
  { startOffset, endOffset }: OffsetRange,
  offset: number,
): number {
  if (offset >= startOffset && offset <= endOffset) return offset
  throw new TopicFailure(
    'offset-out-of-range',
    `Topic "${topic}", partition ${partition} has the offsets ${startOffset} up to ${endOffset}, ` +
      `and not ${offset}. Choose one of these.`,
  )
}

function noPartition(topic: string, partition: number, count: number): never {
  throw new TopicFailure(
    'unknown-partition',
    `Topic "${topic}" has no partition ${partition}: it has ${count}, counted from 0.`,
  )
}

/** `0:12,1:40`. */
function placeText(place: Place): string {
  return [...place].map(([partition, offset]) => `${partition}:${offset}`).join(',')
}

/** What has gone by retention meanwhile is passed over. */
function parsePlace(topic: string, text: string, ranges: readonly OffsetRange[]): Place {
  const place = new Map<number, number>()
  for (const part of text.split(',')) {
    const [, partition, offset] = /^(\d{1,3}):(\d{1,16})$/.exec(part) ?? []
    if (partition === undefined) {
      const message = `"${part}" is no place in a topic. Give one that an earlier answer gave.`
      throw new Refusal('bad-request', 'no-such-place', message)
    }
    const index = Number(partition)
    const { startOffset, endOffset } = ranges[index] ?? noPartition(topic, index, ranges.length)
    place.set(index, Math.min(endOffset, Math.max(startOffset, Number(offset))))
  }
  return place
}

interface LaneSource {
  readonly topics: Topics
  readonly topic: string
  readonly partition: number
  readonly range: OffsetRange
  readonly readBytes: number
}

/** One partition, as far as the page has come. */
abstract class Lane {
  readonly partition: number
  readonly range: OffsetRange
  /** Where it began. */
  readonly began: number
  /** Between what has been taken and what has not. */
  offset: number
  protected readonly source: LaneSource
  /** The one that is taken next stands last. */
  protected ahead: wire.BrowsedRecord[] = []

  constructor(source: LaneSource, offset: number) {
    this.source = source
    this.partition = source.partition
    this.range = source.range
    this.began = offset
    this.offset = offset
  }

  protected abstract fill(): Promise<void>
  protected abstract behind(record: wire.BrowsedRecord): number

  async peek(): Promise<wire.BrowsedRecord | undefined> {
    if (this.ahead.length === 0) await this.fill()
    return this.ahead.at(-1)
  }

  /** Of what `peek` has shown. */
  take(): wire.BrowsedRecord {
    const record = this.ahead.pop() as wire.BrowsedRecord
    this.offset = this.behind(record)
    return record
  }

  protected show(record: StoredRecord): wire.BrowsedRecord {
    const { offset, timestampMs, key, value, headers } = record
    return {
      partition: this.partition,
      offset,
      timestampMs,
      key: key === null ? null : preview(key),
      value: value === null ? null : preview(value),
      headers: headers.map((header) => ({ name: header.name, value: preview(header.value) })),
    }
  }
}

class LaneForth extends Lane {
  protected async fill(): Promise<void> {
    const { topics, topic, partition, range, readBytes } = this.source
    while (this.ahead.length === 0 && this.offset < range.endOffset) {
      const batch = await topics.read(topic, partition, this.offset, readBytes)
      const own = batch.records.filter(({ offset }) => offset < range.endOffset)
      this.ahead = own.map((record) => this.show(record)).reverse()
      // Nothing stands between here and there: it was compacted away.
      if (own.length === 0) this.offset = Math.min(batch.nextOffset, range.endOffset)
    }
  }

  protected behind(record: wire.BrowsedRecord): number {
    return record.offset + 1
  }
}

class LaneBack extends Lane {
  #step: number

  constructor(source: LaneSource, offset: number, step: number) {
    super(source, offset)
    this.#step = step
  }

  protected async fill(): Promise<void> {
    const { startOffset } = this.range
    while (this.ahead.length === 0 && this.offset > startOffset) {
      const from = Math.max(startOffset, this.offset - this.#step)
      this.ahead = await this.#between(from, this.offset)
      if (this.ahead.length > 0) return
      this.offset = from
      this.#step *= 4
    }
  }

  async #between(from: number, to: number): Promise<wire.BrowsedRecord[]> {
    const { topics, topic, partition, readBytes } = this.source
    const found: wire.BrowsedRecord[] = []
    for (let next = from; next < to; ) {
      const batch = await topics.read(topic, partition, next, readBytes)
      for (const record of batch.records) {
        if (record.offset < to) found.push(this.show(record))
      }
      if (batch.nextOffset <= next) break
      next = batch.nextOffset
    }
    return found
  }

  protected behind(record: wire.BrowsedRecord): number {
    return record.offset
  }
}

/** The earliest of those that come next, and backwards the latest; then by partition. */
async function nextLane(lanes: readonly Lane[], back: boolean): Promise<Lane | undefined> {
  let found: Lane | undefined
  let foundMs = 0
  for (const lane of lanes) {
    const record = await lane.peek()
    if (record === undefined) continue
    const { timestampMs } = record
    const comesFirst = back ? timestampMs >= foundMs : timestampMs < foundMs
    if (found !== undefined && !comesFirst) continue
    found = lane
    foundMs = timestampMs
  }
  return found
}

export function preview(bytes: Uint8Array): wire.TopicPreview {
  const head = bytes.length > PREVIEW_BYTES ? beginning(bytes) : bytes
  const text = fromUtf8(head)
  if (text !== undefined) return { text, bytes: bytes.length }
  return { base64: Buffer.from(head).toString('base64'), bytes: bytes.length }
}

/** Does not cut a character of UTF-8 in two. */
function beginning(bytes: Uint8Array): Uint8Array {
  let end = PREVIEW_BYTES
  while (end > PREVIEW_BYTES - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

/** What a topic's partitions come to, and how far its readers are behind. */

import { durationText, sizeText, type wire } from '@millrace/pipeline'

export interface TopicTotals {
  /** Offsets between start and end; where the topic is compacted, records are fewer. */
  readonly records: number
  readonly bytes: number
  /** When the last record was written. */
  readonly newestMs: number | undefined
}

export function totalsOf({ partitions }: Pick<wire.WireTopic, 'partitions'>): TopicTotals {
  let records = 0
  let bytes = 0
  let newestMs: number | undefined
  for (const partition of partitions) {
    records += partition.endOffset - partition.startOffset
    bytes += partition.bytes
    const { appendedAtMs } = partition
    if (appendedAtMs !== undefined && appendedAtMs > (newestMs ?? appendedAtMs - 1)) {
      newestMs = appendedAtMs
    }
  }
  return { records, bytes, newestMs }
}

/** Records that a running reader has before it. */
export interface Lag {
  readonly total: number
  readonly byPartition: ReadonlyMap<number, number>
}

/** Undefined where nothing reads, or nothing has been read yet. */
export function lagOf(
  { partitions }: Pick<wire.WireTopic, 'partitions'>,
  { use, job, places }: wire.TopicUse,
): Lag | undefined {
  if (use !== 'read' || job === null || places.length === 0) return undefined
  const byPartition = new Map<number, number>()
  for (const { partition, offset } of places) {
    const range = partitions[partition]
    // Offsets were asked for before or after the ends, and may be ahead of them by a moment.
    if (range !== undefined) byPartition.set(partition, Math.max(0, range.endOffset - offset))
  }
  const total = [...byPartition.values()].reduce((sum, one) => sum + one, 0)
  return { total, byPartition }
}

/** The running reader that is furthest behind. */
export function mostBehind(
  topic: wire.WireTopic,
  uses: readonly wire.TopicUse[],
): { readonly use: wire.TopicUse; readonly lag: Lag } | undefined {
  let found: { readonly use: wire.TopicUse; readonly lag: Lag } | undefined
  for (const use of uses) {
    const lag = lagOf(topic, use)
    if (lag !== undefined && lag.total > (found?.lag.total ?? -1)) found = { use, lag }
  }
  return found
}

/** How a topic is set up, as far as it is not as every other, in a few words each. */
export function settingWords({ settings }: wire.WireTopic): readonly string[] {
  const { partitions, compact, retentionMs, retentionBytes } = settings
  return [
    partitions === 1 ? '1 partition' : `${partitions} partitions`,
    ...(compact ? ['newest of each key'] : []),
    ...(retentionMs === undefined ? [] : [`kept ${durationText(retentionMs)}`]),
    ...(retentionBytes === undefined ? [] : [`${sizeText(retentionBytes)} a partition at most`]),
    ...(!compact && retentionMs === undefined && retentionBytes === undefined
      ? ['kept for ever']
      : []),
  ]
}

interface Sample {
  readonly atMs: number
  readonly ends: ReadonlyMap<string, number>
}

const SPAN_MS = 30_000
/** A job shows what it has written at its checkpoints: ten seconds apart, unless it is told. */
const BURST_MS = 12_000

interface Point {
  readonly atMs: number
  readonly end: number
}

/** Records written per second, from how ends move between one answer and the next. */
export class AppendRates {
  readonly #samples: Sample[] = []

  take(atMs: number, topics: readonly wire.WireTopic[]): void {
    const ends = new Map(topics.map(({ topic, partitions }) => [topic, endsOf(partitions)]))
    this.#samples.push({ atMs, ends })
    // One from before the span stays, so that the span is covered.
    while ((this.#samples[1]?.atMs ?? atMs) <= atMs - SPAN_MS) this.#samples.shift()
  }

  /** From one burst to the last one; undefined until there were two, or none for long enough. */
  perSecond(topic: string): number | undefined {
    const points = this.#samples.flatMap(({ atMs, ends }): readonly Point[] => {
      const end = ends.get(topic)
      return end === undefined ? [] : [{ atMs, end }]
    })
    const moved = points.filter(({ end }, index) => index > 0 && end !== points[index - 1]?.end)
    const last = points.at(-1)
    const sinceMs = (last?.atMs ?? 0) - BURST_MS
    const lastMoved = moved.at(-1)
    if (moved.length > 1 && (lastMoved?.atMs ?? 0) > sinceMs)
      return rateBetween(moved[0], lastMoved)
    return rateBetween(
      points.findLast(({ atMs }) => atMs <= sinceMs),
      last,
    )
  }
}

function rateBetween(from: Point | undefined, to: Point | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined
  return (Math.max(0, to.end - from.end) / (to.atMs - from.atMs)) * 1000
}

function endsOf(partitions: wire.WireTopic['partitions']): number {
  return partitions.reduce((sum, { endOffset }) => sum + endOffset, 0)
}

const NUMBERS_IN_NAMES = new Intl.Collator('en', { numeric: true })

/** As people count: `orders-2` comes before `orders-10`. */
export function inOrder(topics: readonly wire.WireTopic[]): readonly wire.WireTopic[] {
  return [...topics].sort((a, b) => NUMBERS_IN_NAMES.compare(a.topic, b.topic))
}

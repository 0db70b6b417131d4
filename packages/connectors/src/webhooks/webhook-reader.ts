/** How an HTTP source reads: from its topic, where whoever receives requests puts them. */

import {
  type PartitionOffsets,
  type RecordAgain,
  type RunContext,
  type Saved,
  type SourceChunk,
  type SourceReader,
  type StartAt,
  TopicFailure,
  type Topics,
} from '@millrace/engine'
import type { HttpSourceConfig } from '../http-source.ts'
import { toWatermarkSettings } from '../reading/source-config.ts'
import { requireTopics } from '../topics/require-topics.ts'
import { createTopicReader, startingAt, topicPlaces } from '../topics/topic-reader.ts'
import { requireWebhookTopic, webhookTopic } from './webhook-topic.ts'

export type WebhookReading = HttpSourceConfig & {
  /** Where it begins, in place of `start`. */
  readonly startsAt?: StartAt
  /** It ends behind what is there when it begins. */
  readonly bounded?: boolean
}

/** The same reading from elsewhere on. */
export function webhookStartingAt(
  given: WebhookReading,
  at: StartAt,
  ends: boolean,
): WebhookReading {
  const config = ends ? { ...given, bounded: true } : given
  const topic = webhookTopic(given.path)
  const isElsewhere = at.kind === 'offsets' && at.offsets.every((place) => place.topic !== topic)
  return isElsewhere ? config : { ...config, startsAt: at }
}

export function createWebhookReader(
  config: WebhookReading,
  context: Pick<RunContext, 'env' | 'position'>,
): SourceReader {
  return new WebhookReader(config, context)
}

class WebhookReader implements SourceReader {
  readonly bounded: boolean
  readonly replayable = true
  readonly watermark
  readonly #config: WebhookReading
  readonly #topic: string
  readonly #topics: Topics
  readonly #context: Pick<RunContext, 'env' | 'position'>
  #reader: SourceReader | undefined
  #closed = false
  #noted: Promise<unknown> = Promise.resolve()

  constructor(config: WebhookReading, context: Pick<RunContext, 'env' | 'position'>) {
    this.#config = config
    this.bounded = config.bounded ?? false
    this.#context = context
    this.#topic = webhookTopic(config.path)
    this.#topics = requireTopics(context.env)
    this.watermark = toWatermarkSettings(config.watermark)
  }

  read(rowsMax: number): SourceChunk | undefined | Promise<SourceChunk | undefined> {
    return this.#reader === undefined ? this.#begin(rowsMax) : this.#reader.read(rowsMax)
  }

  again(record: RecordAgain): SourceChunk | Promise<SourceChunk> {
    return this.#createReader(0).again?.(record) ?? { rows: [], rejects: [] }
  }

  /** Where it cannot be noted now, the next checkpoint's will do. */
  acknowledge(position: Saved): void {
    if (position === undefined) return
    for (const { partition, offset } of topicPlaces(this.#topic, position)) {
      this.#noted = this.#topics
        .acknowledge(this.#topic, partition, offset, this.#config.keep)
        .catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#noted
    await this.#reader?.close()
  }

  async #begin(rowsMax: number): Promise<SourceChunk | undefined> {
    const [offsets] = await this.#offsets()
    const startOffset = offsets === undefined ? 0 : this.#startOffset(offsets)
    if (this.#closed) return undefined
    this.#reader = this.#createReader(startOffset)
    return this.#reader.read(rowsMax)
  }

  /** Makes the topic where nothing has come yet: whoever only looks must not, nor has to. */
  async #offsets(): Promise<readonly PartitionOffsets[]> {
    try {
      return await this.#topics.offsets(this.#topic)
    } catch (error) {
      if (!(error instanceof TopicFailure) || error.code !== 'unknown-topic') throw error
      await requireWebhookTopic(this.#topics, this.#topic)
      return this.#topics.offsets(this.#topic)
    }
  }

  #createReader(startOffset: number): SourceReader {
    const { path, schema, eventTime, watermark, onError } = this.#config
    const { startsAt } = this.#config
    const reading = {
      topic: this.#topic,
      title: `Webhook "${path}"`,
      start: 'offset',
      startOffset,
      bounded: this.bounded,
      schema,
      eventTime,
      watermark,
      onError,
    } as const
    const moved = startsAt === undefined ? reading : startingAt(reading, startsAt, this.bounded)
    return createTopicReader(moved, this.#context)
  }

  #startOffset({ startOffset, endOffset, acknowledgedOffset }: PartitionOffsets): number {
    const { start } = this.#config
    if (start === 'latest') return endOffset
    return start === 'earliest' ? startOffset : (acknowledgedOffset ?? startOffset)
  }
}

/** How an HTTP source reads: from its topic, where whoever receives requests puts them. */

import type {
  PartitionOffsets,
  RecordAgain,
  RunContext,
  Saved,
  SourceChunk,
  SourceReader,
  Topics,
} from '@millrace/engine'
import type { HttpSourceConfig } from '../http-source.ts'
import { toWatermarkSettings } from '../reading/source-config.ts'
import { requireTopics } from '../topics/require-topics.ts'
import { createTopicReader, topicPlaces } from '../topics/topic-reader.ts'
import { requireWebhookTopic, webhookTopic } from './webhook-topic.ts'

export function createWebhookReader(
  config: HttpSourceConfig,
  context: Pick<RunContext, 'env' | 'position'>,
): SourceReader {
  return new WebhookReader(config, context)
}

class WebhookReader implements SourceReader {
  readonly bounded = false
  readonly replayable = true
  readonly watermark
  readonly #config: HttpSourceConfig
  readonly #topic: string
  readonly #topics: Topics
  readonly #context: Pick<RunContext, 'env' | 'position'>
  #reader: SourceReader | undefined
  #closed = false
  #noted: Promise<unknown> = Promise.resolve()

  constructor(config: HttpSourceConfig, context: Pick<RunContext, 'env' | 'position'>) {
    this.#config = config
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
    await requireWebhookTopic(this.#topics, this.#topic)
    const [offsets] = await this.#topics.offsets(this.#topic)
    const startOffset = offsets === undefined ? 0 : this.#startOffset(offsets)
    if (this.#closed) return undefined
    this.#reader = this.#createReader(startOffset)
    return this.#reader.read(rowsMax)
  }

  #createReader(startOffset: number): SourceReader {
    const { path, schema, eventTime, watermark, onError } = this.#config
    return createTopicReader(
      {
        topic: this.#topic,
        title: `Webhook "${path}"`,
        start: 'offset',
        startOffset,
        bounded: false,
        schema,
        eventTime,
        watermark,
        onError,
      },
      this.#context,
    )
  }

  #startOffset({ startOffset, endOffset, acknowledgedOffset }: PartitionOffsets): number {
    const { start } = this.#config
    if (start === 'latest') return endOffset
    return start === 'earliest' ? startOffset : (acknowledgedOffset ?? startOffset)
  }
}

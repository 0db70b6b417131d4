/**
 * How a topic sink writes. Rows gather to chunks, and one chunk at a time is staged for the
 * checkpoint under way, or appended where there are no checkpoints. Each that waits is outstanding.
 */

import {
  type Change,
  type Env,
  type Inputs,
  type Outputs,
  type Outstanding,
  outstandingUnits,
  type PreparedOutput,
  process,
  type RunContext,
  type Saved,
  TopicFailure,
  type TopicRecord,
  type Topics,
  type TransactionalSink,
  toUtf8,
} from '@millrace/engine'
import {
  columnIndex,
  createRowText,
  isTable,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import type { TopicSinkConfig } from '../topic-sink.ts'
import { requireTopics } from './require-topics.ts'

const CHUNK_BYTES = 256 * 1024
/** No record waits longer until it is on its way. */
const GATHER_MS = 50
/** So long until the log is asked again whether there is space. */
const TRY_AGAIN_MS = 250

export function runTopicSink(
  config: TopicSinkConfig,
  inputs: Inputs<'in'>,
  context: RunContext,
): Outputs<never> {
  return process(inputs, context, { ports: [] }, () => {
    const schema = context.inputSchemas.in
    if (schema === undefined) throw new Error('A topic sink has an input.')
    const writer = new TopicWriter({
      config,
      isTable: isTable(schema),
      env: context.env,
      topics: requireTopics(context.env),
      nodeId: context.nodeId,
      checkpointed: context.checkpointed,
      outstanding: context.outstanding,
      fail: (error) => context.fail(error),
    })
    context.onCheckpoint(writer)
    const toRecord = createToRecord(config, schema)
    return {
      rows: (_input, { rows, times, changes }, from, to) => {
        const nowMs = times === undefined ? context.nowMs() : 0
        for (let index = from; index < to; index++) {
          const change = changes?.[index]
          if (change === '-U') continue
          writer.write(toRecord(rows[index] ?? [], change, times?.[index] ?? nowMs))
        }
        context.ledger.passed += to - from
      },
    }
  })
}

type ToRecord = (row: Row, change: Change | undefined, timeMs: number) => TopicRecord

function createToRecord({ key }: TopicSinkConfig, schema: StreamSchema): ToRecord {
  const valueText = createRowText(schema.columns)
  const keyBytes = createKey(key ?? (isTable(schema) ? schema.key : undefined) ?? [], schema)
  return (row, change, timestampMs) => ({
    key: keyBytes(row),
    value: change === '-D' ? null : toUtf8(valueText(row)),
    timestampMs,
  })
}

/** No columns are no key, except for a table with a single row. */
function createKey(
  names: readonly string[],
  schema: StreamSchema,
): (row: Row) => Uint8Array | null {
  const indexes = names.map((name) => columnIndex(schema, name))
  const columns = indexes.flatMap((index) => schema.columns[index] ?? [])
  const [only] = columns
  const [onlyIndex = -1] = indexes
  if (only === undefined) return isTable(schema) ? () => toUtf8('{}') : () => null
  const text = createRowText(columns)
  if (columns.length > 1) return (row) => toUtf8(text(indexes.map((index) => row[index] ?? null)))
  // `{"name":value}` without the braces and the name.
  const before = JSON.stringify(only.name).length + 2
  return (row) => {
    const value = row[onlyIndex] ?? null
    if (value === null && !isTable(schema)) return null
    return toUtf8(
      typeof value === 'string' && only.type.kind === 'string'
        ? value
        : text([value]).slice(before, -1),
    )
  }
}

interface WriterOptions {
  readonly config: Pick<TopicSinkConfig, 'topic' | 'partitions' | 'retention' | 'compact'>
  readonly isTable: boolean
  readonly env: Env
  readonly topics: Topics
  readonly nodeId: string
  readonly checkpointed: boolean
  readonly outstanding: Outstanding
  fail(error: Error): void
}

/** What a checkpoint holds. */
interface PreparedTransaction {
  /** Null where nothing was written. */
  readonly transaction: string | null
  /** How many transactions there were, which keeps the id of the next one new. */
  readonly count: number
}

export class TopicWriter implements TransactionalSink {
  readonly #options: WriterOptions
  #records: TopicRecord[] = []
  #bytes = 0
  #cancelTimer: () => void = () => {}
  /** Settles when everything handed over is staged or appended; never rejects. */
  #written: Promise<void> = Promise.resolve()
  #failure: unknown
  #closed = false
  /** Of all transactions of this sink; whoever runs the job keeps them apart from other jobs'. */
  readonly #prefix: string
  #transaction = ''
  #staged = false
  #count = 0

  constructor(options: WriterOptions) {
    this.#options = options
    this.#prefix = `${options.nodeId}/`
    if (!options.checkpointed) this.#queue(() => this.#require())
  }

  write(record: TopicRecord): void {
    if (this.#records.length === 0) {
      this.#cancelTimer = this.#options.env.timers.after(GATHER_MS, () => this.#handOver())
    }
    this.#records.push(record)
    this.#bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0) + 64
    if (this.#bytes >= CHUNK_BYTES) this.#handOver()
  }

  async recover(prepared: Saved): Promise<void> {
    const { topics } = this.#options
    const before = prepared as unknown as PreparedTransaction | undefined
    this.#count = before?.count ?? 0
    await this.#require()
    if (prepared !== undefined) await this.commit(prepared)
    for (const { id } of await topics.openTransactions(this.#prefix)) await topics.abort(id)
    this.#begin()
  }

  cut(): PreparedOutput {
    this.#handOver()
    const transaction = this.#staged ? this.#transaction : null
    const prepared: PreparedTransaction = { transaction, count: this.#count }
    const written = this.#written
    if (this.#options.checkpointed) this.#begin()
    return {
      prepare: async () => {
        await written
        if (this.#failure !== undefined) throw this.#failure
        if (transaction !== null) {
          await this.#patiently(() => this.#options.topics.prepare(transaction))
        }
        return { ...prepared }
      },
    }
  }

  async commit(prepared: Saved): Promise<void> {
    const { transaction } = prepared as unknown as PreparedTransaction
    if (transaction === null) return
    await this.#patiently(() => this.#options.topics.commit(transaction))
  }

  /** What was appended without checkpoints stays, for others may have read it. */
  async abort(): Promise<void> {
    const { topics, checkpointed } = this.#options
    await this.close()
    if (!checkpointed) return
    try {
      for (const { id } of await topics.openTransactions(this.#prefix)) await topics.abort(id)
    } catch {
      // A log that has stopped forgets by itself what was not prepared.
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer()
    await this.#written
  }

  /** Another one after each cut, and after each restart another one still. */
  #begin(): void {
    this.#count++
    this.#transaction = `${this.#prefix}${this.#count}-${this.#options.env.ids.next()}`
    this.#staged = false
  }

  #handOver(): void {
    this.#cancelTimer()
    if (this.#records.length === 0 || this.#closed) return
    const { config, topics, checkpointed } = this.#options
    const records = this.#records
    const units = outstandingUnits(this.#bytes)
    this.#records = []
    this.#bytes = 0
    const transaction = this.#transaction
    this.#staged = checkpointed
    this.#queue(
      () =>
        checkpointed
          ? topics.stage(transaction, config.topic, records)
          : topics.append(config.topic, records),
      units,
    )
  }

  #queue(act: () => Promise<unknown>, units = 1): void {
    const { outstanding, fail } = this.#options
    outstanding.add(units)
    this.#written = this.#written.then(async () => {
      try {
        if (this.#failure === undefined) await this.#patiently(act)
      } catch (error) {
        this.#failure = error
        fail(error instanceof Error ? error : new Error(String(error)))
      } finally {
        outstanding.remove(units)
      }
    })
  }

  /** Where there is no space, or too much is waiting, it is tried again until there is. */
  async #patiently<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act()
      } catch (error) {
        const waits =
          error instanceof TopicFailure && (error.code === 'no-space' || error.code === 'busy')
        if (!waits || this.#closed) throw error
        await new Promise<void>((resolve) => {
          this.#options.env.timers.after(TRY_AGAIN_MS, resolve)
        })
      }
    }
  }

  /** Makes the topic where it is not there. */
  async #require(): Promise<void> {
    const { topics, config, isTable: forTable } = this.#options
    const { topic, partitions, retention, compact = forTable } = config
    try {
      await this.#patiently(() => topics.describe(topic))
    } catch (error) {
      if (!(error instanceof TopicFailure) || error.code !== 'unknown-topic') throw error
      const settings = { partitions, compact, retentionMs: retention }
      await this.#patiently(() => topics.create(topic, settings)).catch((other: unknown) => {
        // Another sink was quicker.
        if (!(other instanceof TopicFailure) || other.code !== 'topic-exists') throw other
      })
    }
  }
}

/**
 * The log: topics in a folder, of which this process is the only writer.
 *
 *     LOG/millrace-log            that this is a log, and its format
 *     LOG/closed.state            how long everything was, while the log is closed
 *     LOG/tails                   ends of partitions that are being written again
 *     LOG/_transactions/          what is staged, and which transactions were committed
 *     LOG/<topic>/topic           its settings
 *     LOG/<topic>/<partition>/    segments
 */

import {
  type Appended,
  type AppendOptions,
  type Env,
  type NewTopicSettings,
  type OpenTransaction,
  type PartitionOffsets,
  type TopicBatch,
  type TopicDescription,
  TopicFailure,
  type TopicRecord,
  type Topics,
} from '@millrace/engine'
import { compact } from './compaction.ts'
import { recordBytes } from './group.ts'
import { Guard, isNoSpace } from './guard.ts'
import { noteClosedEnds, openFolder, TRANSACTIONS_FOLDER, takeClosedEnds } from './log-folder.ts'
import { acknowledge, retain } from './retention.ts'
import { OpenFiles } from './stored-files.ts'
import { checkIdempotencyKey, checkTransactionId, checkWholeAppend } from './topic-settings.ts'
import { TopicTable } from './topic-table.ts'
import { Transactions } from './transactions.ts'

export interface LogOptions {
  readonly env: Pick<Env, 'disk' | 'clock' | 'timers' | 'random'>
  readonly folder: string
  readonly limits?: Partial<LogLimits>
}

export interface LogLimits {
  /** What is kept free for what must be finished. */
  readonly reserveBytes: number
  /** Of records that wait to be written. */
  readonly pendingBytesMax: number
  readonly openFilesMax: number
  /** How often retention and compaction are looked after. */
  readonly maintenanceMs: number
  /** Of one round of compaction. */
  readonly compactionKeysMax: number
}

const LIMITS: LogLimits = {
  reserveBytes: 16 * 1024 * 1024,
  pendingBytesMax: 64 * 1024 * 1024,
  openFilesMax: 128,
  maintenanceMs: 30_000,
  compactionKeysMax: 500_000,
}

/** One read returns about this much at most. */
const READ_BYTES_MAX = 16 * 1024 * 1024
/** Beside its bytes, a record that waits takes about this much. */
const RECORD_OVERHEAD_BYTES = 64

/**
 * Fails with a `TopicFailure` where the folder is not a log that this Millrace can read. Whoever
 * opens it closes it, and sees to it that nobody else has it open.
 */
export async function openLog({ env, folder, limits = {} }: LogOptions): Promise<EmbeddedLog> {
  const all = { ...LIMITS, ...limits }
  await openFolder(env.disk, folder)
  const closed = await takeClosedEnds(env.disk, folder)
  const { disk, clock } = env
  const guard = new Guard({ disk, clock, folder, reserveBytes: all.reserveBytes })
  const files = new OpenFiles(disk, all.openFilesMax)
  const table = new TopicTable({ env, folder, guard, files })
  await table.open(closed)
  const transactions = await Transactions.open({
    disk,
    folder: `${folder}/${TRANSACTIONS_FOLDER}`,
    guard,
    wasClosed: closed !== undefined,
    nowMs: () => clock.nowMs(),
    find: (topic, partition) => table.find(topic)?.at(partition),
  })
  return new EmbeddedLog({ env, folder, limits: all, guard, files, table, transactions })
}

interface LogParts {
  readonly env: LogOptions['env']
  readonly folder: string
  readonly limits: LogLimits
  readonly guard: Guard
  readonly files: OpenFiles
  readonly table: TopicTable
  readonly transactions: Transactions
}

export class EmbeddedLog implements Topics {
  readonly #parts: LogParts
  #pendingBytes = 0
  #maintenance: Promise<void> | undefined
  #cancelMaintenance: () => void = () => {}

  constructor(parts: LogParts) {
    this.#parts = parts
    this.#planMaintenance()
  }

  /** Why nothing is written at the moment, for whoever watches; undefined where all is well. */
  get trouble(): string | undefined {
    const { guard } = this.#parts
    return guard.stopped?.message ?? (guard.full ? guard.refusal().message : undefined)
  }

  async create(topic: string, settings: NewTopicSettings): Promise<TopicDescription> {
    this.#parts.guard.check()
    await this.#parts.guard.admit(0)
    try {
      return (await this.#parts.table.create(topic, settings)).describe()
    } catch (error) {
      throw isNoSpace(error) ? this.#parts.guard.noSpace(error) : error
    }
  }

  async list(): Promise<readonly TopicDescription[]> {
    return this.#parts.table.all().map((topic) => topic.describe())
  }

  async describe(topic: string): Promise<TopicDescription> {
    return this.#parts.table.get(topic).describe()
  }

  async remove(topic: string): Promise<void> {
    this.#parts.guard.check()
    this.#parts.table.get(topic)
    const waiting = this.#parts.transactions.waitingFor(topic)
    if (waiting !== undefined) {
      throw new TopicFailure(
        'refused',
        `Topic "${topic}" cannot be removed while transaction "${waiting}" has records for it. ` +
          'Stop the job that writes them first.',
      )
    }
    await this.#parts.table.remove(topic)
  }

  async append(
    name: string,
    records: readonly TopicRecord[],
    options: AppendOptions = {},
  ): Promise<Appended> {
    this.#parts.guard.check()
    const { idempotencyKey } = options
    if (idempotencyKey !== undefined) checkIdempotencyKey(idempotencyKey)
    const topic = this.#parts.table.get(name)
    const divided = topic.divide(records, idempotencyKey)
    if (idempotencyKey !== undefined) checkWholeAppend(divided.values())
    const bytes = this.#takeRoom(records)
    // A transaction's id cannot be taken for somebody's key.
    const stored = idempotencyKey === undefined ? {} : { idempotencyKey: `k${idempotencyKey}` }
    const appended = await Promise.allSettled(
      [...divided].map(async ([partition, own]) => {
        const range = await topic.at(partition).partition.append(own, stored)
        return { partition, ...range }
      }),
    )
    this.#pendingBytes -= bytes
    const partitions = appended.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
    return {
      partitions: partitions
        .map(({ partition, startOffset, endOffset }) => ({ partition, startOffset, endOffset }))
        .sort((a, b) => a.partition - b.partition),
      duplicate: partitions.length > 0 && partitions.every(({ duplicate }) => duplicate),
    }
  }

  async stage(transaction: string, name: string, records: readonly TopicRecord[]): Promise<void> {
    checkTransactionId(transaction)
    const divided = this.#parts.table.get(name).divide(records, undefined)
    await this.#parts.transactions.stage(transaction, name, divided)
  }

  prepare(transaction: string): Promise<void> {
    return this.#parts.transactions.prepare(transaction)
  }

  commit(transaction: string): Promise<void> {
    return this.#parts.transactions.commit(transaction)
  }

  abort(transaction: string): Promise<void> {
    return this.#parts.transactions.abort(transaction)
  }

  async openTransactions(prefix: string): Promise<readonly OpenTransaction[]> {
    return this.#parts.transactions.list(prefix)
  }

  async read(
    name: string,
    partition: number,
    fromOffset: number,
    bytesMax: number,
  ): Promise<TopicBatch> {
    const open = this.#parts.table.get(name).at(partition)
    const { startOffset, endOffset } = open.partition
    if (!Number.isInteger(fromOffset) || fromOffset < startOffset || fromOffset > endOffset) {
      throw new TopicFailure(
        'offset-out-of-range',
        `Topic "${name}", partition ${partition} has the offsets ${startOffset} up to ` +
          `${endOffset}, and not ${fromOffset}. What was before has gone by retention; start at ` +
          'the earliest or the latest offset.',
      )
    }
    return open.reader.read(fromOffset, Math.min(bytesMax, READ_BYTES_MAX))
  }

  async offsets(name: string): Promise<readonly PartitionOffsets[]> {
    const topic = this.#parts.table.get(name)
    return Array.from({ length: topic.settings.partitions }, (_, index) => {
      const { startOffset, endOffset, acknowledgedOffset } = topic.at(index).partition
      const offsets = { startOffset, endOffset }
      return acknowledgedOffset === undefined ? offsets : { ...offsets, acknowledgedOffset }
    })
  }

  async acknowledge(
    name: string,
    partition: number,
    offset: number,
    keepMs: number,
  ): Promise<void> {
    this.#parts.guard.check()
    const open = this.#parts.table.get(name).at(partition)
    await this.#unlessFull(name, () =>
      acknowledge(open.partition, offset, keepMs, this.#parts.env.clock.nowMs()),
    )
  }

  async offsetAt(name: string, partition: number, timestampMs: number): Promise<number> {
    return this.#parts.table.get(name).at(partition).reader.offsetAt(timestampMs)
  }

  onAppended(topic: string, callback: () => void): () => void {
    return this.#parts.table.get(topic).onAppended(callback)
  }

  /** Retention and compaction now. One at a time; whoever asks meanwhile waits for that one. */
  maintain(): Promise<void> {
    this.#maintenance ??= this.#maintainAll().finally(() => {
      this.#maintenance = undefined
    })
    return this.#maintenance
  }

  /** What still waits is refused. Afterwards everything fails with `stopped`. */
  async close(): Promise<void> {
    const { guard, table, transactions, files, env, folder } = this.#parts
    this.#cancelMaintenance()
    const isWell = guard.stopped === undefined
    guard.close()
    await this.#maintenance
    await transactions.close()
    const ends = await table.close()
    await files.close()
    // Where the log has stopped nobody knows what the disk holds.
    if (isWell) await noteClosedEnds(env.disk, folder, ends)
  }

  #takeRoom(records: readonly TopicRecord[]): number {
    let bytes = 0
    for (const record of records) bytes += recordBytes(record) + RECORD_OVERHEAD_BYTES
    const { pendingBytesMax } = this.#parts.limits
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > pendingBytesMax) {
      throw new TopicFailure(
        'busy',
        `${this.#pendingBytes} bytes wait to be written to the log, and ${bytes} more would pass ` +
          `${pendingBytesMax}. Wait for what was appended before.`,
      )
    }
    this.#pendingBytes += bytes
    return bytes
  }

  #planMaintenance(): void {
    const { env, limits } = this.#parts
    this.#cancelMaintenance = env.timers.after(limits.maintenanceMs, () => {
      // Nobody waits for it: whoever asks something of the log next is told why it has stopped.
      void this.maintain()
        .catch((error: unknown) => this.#parts.guard.stop(error))
        .finally(() => {
          if (this.#parts.guard.stopped === undefined) this.#planMaintenance()
        })
    })
  }

  async #maintainAll(): Promise<void> {
    const { env, guard, table, transactions, limits } = this.#parts
    const options = {
      disk: env.disk,
      random: env.random,
      nowMs: env.clock.nowMs(),
      keysMax: limits.compactionKeysMax,
      stopped: () => guard.stopped !== undefined,
    }
    for (const topic of table.all()) {
      for (const { partition } of topic.partitions) {
        if (topic.damage !== undefined || guard.stopped !== undefined) continue
        await this.#unlessFull(topic.name, async () => {
          await retain(partition, options.nowMs)
          if (topic.settings.compact) await compact(partition, options)
        })
      }
    }
    if (guard.stopped === undefined) await transactions.finish()
  }

  /** Without space it is tried again the next time; what is damaged is left as it is. */
  async #unlessFull(topic: string, act: () => Promise<void>): Promise<void> {
    const { guard, table } = this.#parts
    try {
      await act()
    } catch (error) {
      const waits = isNoSpace(error) || error instanceof TopicFailure
      const wasRemoved = table.find(topic) === undefined
      if (!waits && !wasRemoved) guard.stop(error)
    }
  }
}

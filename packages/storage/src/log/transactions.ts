/**
 * Transactions: records that wait beside the partitions until all of them are appended at once.
 *
 * A transaction is a file. Staged records are written to it; `prepare` adds a frame and syncs it;
 * `commit` adds a frame and syncs it, and from then on it will be appended, whatever happens: what
 * a crash has left out is appended when the log is opened. Then its id goes into the ledger of
 * committed transactions, and the file goes.
 *
 *     header │ staged │ staged │ prepared │ committed
 */

import {
  type Disk,
  type DiskFile,
  type OpenTransaction,
  type StoredRecord,
  TopicFailure,
  type TopicRecord,
} from '@millrace/engine'
import { toFrame } from '../frame.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { CommittedIds } from './committed-ids.ts'
import { FORMAT_VERSION, KIND } from './frame-kind.ts'
import { type Guard, isNoSpace } from './guard.ts'
import { Mutex, runWithAll } from './mutex.ts'
import { readRecords, writeBatch } from './record-batch.ts'
import { rewriteWhole, scanFrames, UNFINISHED } from './stored-files.ts'
import type { OpenPartition } from './topic.ts'

/** More are not kept open at once. */
const OPEN_MAX = 1000
const ENDING = '.staged'

interface Part {
  readonly topic: string
  readonly partition: number
  count: number
  bytes: number
  /** Where the first of its records stands, if it stands; known once it is committed. */
  startOffset: number
}

interface Transaction {
  readonly id: string
  readonly path: string
  /** Open until it is prepared. */
  file: DiskFile | undefined
  sizeBytes: number
  prepared: boolean
  committed: boolean
  /** All of it stands in the partitions. */
  applied: boolean
  readonly parts: Map<string, Part>
}

export interface TransactionsOptions {
  readonly disk: Disk
  readonly folder: string
  readonly guard: Guard
  /** Whether the log was closed before. Otherwise what it holds may be nowhere but in memory. */
  readonly wasClosed: boolean
  nowMs(): number
  /** Undefined where the topic is gone; throws where it is damaged. */
  find(topic: string, partition: number): OpenPartition | undefined
}

export class Transactions {
  readonly #options: TransactionsOptions
  readonly #open = new Map<string, Transaction>()
  readonly #committed: CommittedIds
  readonly #mutex = new Mutex()
  #fileCount = 0

  private constructor(options: TransactionsOptions, committed: CommittedIds) {
    this.#options = options
    this.#committed = committed
  }

  /** Finishes what was committed, and forgets what was never prepared. */
  static async open(options: TransactionsOptions): Promise<Transactions> {
    const { disk, folder, wasClosed } = options
    const committed = await CommittedIds.open(disk, folder, wasClosed)
    const transactions = new Transactions(options, committed)
    const names = await disk.list(folder)
    const unfinished = new Set(names.filter((name) => name.startsWith(UNFINISHED)))
    for (const name of unfinished) await disk.remove(`${folder}/${name}`)
    for (const name of names) {
      if (!name.endsWith(ENDING) || unfinished.has(name)) continue
      if ((await disk.kindOf(`${folder}/${name}`)) !== 'file') continue
      await transactions.#find(name)
    }
    await disk.syncFolder(folder)
    await transactions.finish()
    return transactions
  }

  /** Appends what was committed and could not be appended then; what still cannot be waits on. */
  async finish(): Promise<void> {
    for (const { id, committed } of [...this.#open.values()]) {
      if (!committed) continue
      try {
        await this.commit(id)
      } catch (error) {
        const waits = error instanceof TopicFailure && error.code !== 'stopped'
        if (!waits) throw error
      }
    }
  }

  list(prefix: string): readonly OpenTransaction[] {
    return [...this.#open.values()]
      .filter(({ id, committed }) => id.startsWith(prefix) && !committed)
      .map(({ id, prepared }) => ({ id, prepared }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The id of one that waits with records for this topic. */
  waitingFor(topic: string): string | undefined {
    for (const { id, parts } of this.#open.values()) {
      for (const part of parts.values()) if (part.topic === topic) return id
    }
    return undefined
  }

  async stage(
    id: string,
    topic: string,
    divided: ReadonlyMap<number, readonly TopicRecord[]>,
  ): Promise<void> {
    const transaction = this.#open.get(id) ?? (await this.#begin(id))
    if (transaction.prepared) {
      throw new TopicFailure(
        'refused',
        `Transaction "${id}" is prepared, so nothing is added to it. Begin another one.`,
      )
    }
    const writer = new ByteWriter()
    for (const [partition, records] of divided) writeStaged(writer, topic, partition, records)
    await this.#write(transaction, writer.written())
    for (const [partition, records] of divided) {
      addPart(transaction, topic, partition, records.length, writer.length)
    }
  }

  async prepare(id: string): Promise<void> {
    const transaction = this.#require(id)
    if (transaction.prepared) return
    await this.#write(transaction, toFrame(Uint8Array.of(KIND.prepared)))
    await this.#sync(transaction)
    await this.#options.disk.syncFolder(this.#options.folder)
    transaction.prepared = true
    await transaction.file?.close()
    transaction.file = undefined
  }

  commit(id: string): Promise<void> {
    return this.#mutex.run(async () => {
      this.#options.guard.check()
      if (this.#committed.has(id)) {
        // Its file came back, since a power cut came between.
        await this.#forget(id)
        return
      }
      const transaction = this.#require(id)
      if (!transaction.prepared) {
        throw new TopicFailure(
          'refused',
          `Transaction "${id}" is not prepared, so it cannot be committed. Prepare it first.`,
        )
      }
      if (!transaction.applied) await this.#apply(transaction)
      await this.#guarded(() => this.#committed.add(id))
      await this.#forget(id)
    })
  }

  abort(id: string): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#open.get(id)?.committed !== true) await this.#forget(id)
    })
  }

  async close(): Promise<void> {
    await this.#mutex.run(async () => {
      for (const { file } of this.#open.values()) await file?.close()
      await this.#committed.close()
    })
  }

  async #begin(id: string): Promise<Transaction> {
    if (this.#committed.has(id)) {
      throw new TopicFailure('refused', `Transaction "${id}" is committed. Begin another one.`)
    }
    if (this.#open.size >= OPEN_MAX) {
      throw new TopicFailure(
        'busy',
        `${OPEN_MAX} transactions are open, and more cannot be. Commit or abort some first.`,
      )
    }
    const name = `${String(this.#fileCount++).padStart(12, '0')}${ENDING}`
    const path = `${this.#options.folder}/${name}`
    const transaction = newTransaction(id, path)
    this.#open.set(id, transaction)
    try {
      transaction.file = await this.#options.disk.open(path, 'create')
      const writer = new ByteWriter(64)
      writer.byte(KIND.transaction)
      writer.byte(FORMAT_VERSION)
      writer.text(id)
      await this.#write(transaction, toFrame(writer.written()))
    } catch (error) {
      this.#open.delete(id)
      await transaction.file?.close()
      throw isNoSpace(error) ? this.#options.guard.noSpace(error) : error
    }
    return transaction
  }

  #require(id: string): Transaction {
    const transaction = this.#open.get(id)
    if (transaction !== undefined) return transaction
    throw new TopicFailure(
      'unknown-transaction',
      `There is no transaction "${id}" that is open, nor is it among those that were committed ` +
        'lately. Restore from a checkpoint whose transactions are still there.',
    )
  }

  /** Where there is no space, the file is as it was. */
  async #write(transaction: Transaction, bytes: Uint8Array): Promise<void> {
    const { guard, disk } = this.#options
    guard.check()
    // Prepared records were let in already, and committing them must not fail for the reserve.
    if (!transaction.prepared) await guard.admit(bytes.length)
    transaction.file ??= await disk.open(transaction.path, 'append')
    const { file } = transaction
    await this.#guarded(
      () => file.write(bytes),
      () => file.truncate(transaction.sizeBytes),
    )
    transaction.sizeBytes += bytes.length
  }

  async #sync(transaction: Transaction): Promise<void> {
    try {
      await transaction.file?.sync()
    } catch (error) {
      throw this.#options.guard.stop(error)
    }
  }

  async #guarded(act: () => Promise<void>, undo?: () => Promise<void>): Promise<void> {
    const { guard } = this.#options
    try {
      await act()
    } catch (error) {
      if (!isNoSpace(error)) throw guard.stop(error)
      try {
        await undo?.()
      } catch (cause) {
        throw guard.stop(cause)
      }
      throw guard.noSpace(error)
    }
  }

  /** The mutex of transactions is held; it takes those of the partitions in one order. */
  async #apply(transaction: Transaction): Promise<void> {
    const parts = [...transaction.parts.values()]
      .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
      .flatMap((part) => {
        const open = this.#options.find(part.topic, part.partition)
        return open === undefined ? [] : [{ part, open }]
      })
    const mutexes = parts.map(({ open }) => open.partition.mutex)
    await runWithAll(mutexes, async () => {
      if (!transaction.committed) {
        for (const { part, open } of parts) part.startOffset = open.partition.endOffset
        await this.#write(transaction, committedFrame(transaction))
        await this.#sync(transaction)
        transaction.committed = true
      }
      try {
        const writes = new Map<string, OpenPartition & { skip: number }>()
        for (const { part, open } of parts) {
          const skip = await open.reader.countOf(appendKey(transaction.id), part.startOffset)
          await open.partition.rollFor(part.bytes)
          writes.set(partKey(part.topic, part.partition), { ...open, skip })
        }
        await this.#writeParts(transaction, writes)
        for (const { open } of parts) await open.partition.syncHidden()
      } catch (error) {
        if (this.#options.guard.stopped === undefined) {
          for (const { open } of parts) await open.partition.cutBack()
        }
        throw error
      }
      for (const { open } of parts) open.partition.showHidden()
      for (const { open } of parts) open.partition.renumber()
      transaction.applied = true
      for (const { open } of parts) await open.partition.saveIndex()
    })
  }

  /** Everything staged, except for as many records as a crash has let through already. */
  async #writeParts(
    transaction: Transaction,
    writes: ReadonlyMap<string, OpenPartition & { skip: number }>,
  ): Promise<void> {
    const file = await this.#options.disk.open(transaction.path, 'read')
    const waiting: Uint8Array[] = []
    const key = appendKey(transaction.id)
    const writeWaiting = async () => {
      for (const payload of waiting.splice(0)) {
        const { topic, partition, records } = readStaged(payload)
        const write = writes.get(partKey(topic, partition))
        if (write === undefined) continue
        const left = records.slice(write.skip)
        write.skip -= records.length - left.length
        if (left.length === 0) continue
        const group = write.partition.createGroup()
        const appendedAtMs = this.#options.nowMs()
        // What a crash has let through is counted.
        const parts = { records: left, key, whole: false, appendedAtMs }
        group.add({ ...parts, resolve: () => {}, reject: () => {} })
        await write.partition.writeHidden(group)
      }
    }
    try {
      for (let atBytes = 0; atBytes < transaction.sizeBytes; ) {
        const end = await scanFrames(file, atBytes, transaction.sizeBytes, (payload) => {
          if (payload[0] !== KIND.staged) return true
          waiting.push(payload)
          return false
        })
        if (end.atBytes === atBytes) throw this.#options.guard.stop(brokenFile(transaction.path))
        atBytes = end.atBytes
        await writeWaiting()
      }
    } finally {
      await file.close()
    }
  }

  async #forget(id: string): Promise<void> {
    const transaction = this.#open.get(id)
    if (transaction === undefined) return
    await transaction.file?.close()
    transaction.file = undefined
    await this.#options.disk.remove(transaction.path)
    await this.#options.disk.syncFolder(this.#options.folder)
    this.#open.delete(id)
  }

  /** One that was never prepared is nobody's, since nobody was told that it lasts. */
  async #find(name: string): Promise<void> {
    const { disk, folder, wasClosed } = this.#options
    const path = `${folder}/${name}`
    this.#fileCount = Math.max(this.#fileCount, Number.parseInt(name, 10) + 1 || 0)
    const found = await readTransaction(disk, path)
    if (found?.prepared !== true) {
      await disk.remove(path)
      return
    }
    if (!wasClosed) await rewriteWhole(disk, folder, name, found.sizeBytes)
    // What follows was being written: a commit that nobody was told of.
    const file = await disk.open(path, 'append')
    await file.truncate(found.sizeBytes)
    await file.sync()
    await file.close()
    this.#open.set(found.id, found)
  }
}

function newTransaction(id: string, path: string): Transaction {
  const flags = { prepared: false, committed: false, applied: false }
  return { id, path, file: undefined, sizeBytes: 0, ...flags, parts: new Map() }
}

function partKey(topic: string, partition: number): string {
  return `${partition} ${topic}`
}

/** How the batches of a transaction are known again in the partitions. */
function appendKey(id: string): string {
  return `t${id}`
}

function addPart(
  transaction: Transaction,
  topic: string,
  partition: number,
  count: number,
  bytes: number,
): void {
  const key = partKey(topic, partition)
  const part = transaction.parts.get(key)
  if (part === undefined) {
    transaction.parts.set(key, { topic, partition, count, bytes, startOffset: 0 })
  } else {
    part.count += count
    part.bytes += bytes
  }
}

function writeStaged(
  into: ByteWriter,
  topic: string,
  partition: number,
  records: readonly TopicRecord[],
): void {
  const writer = new ByteWriter()
  writer.byte(KIND.staged)
  writer.text(topic)
  writer.count(partition)
  writer.count(records.length)
  const head = { baseOffset: 0, span: records.length, appendedAtMs: 0, key: '' }
  writeBatch(writer, records, head)
  into.raw(toFrame(writer.written()))
}

function readStagedHead(reader: ByteReader): {
  readonly topic: string
  readonly partition: number
  readonly count: number
} {
  reader.byte()
  return { topic: reader.text(), partition: reader.count(), count: reader.count() }
}

function readStaged(payload: Uint8Array): {
  readonly topic: string
  readonly partition: number
  readonly records: readonly StoredRecord[]
} {
  const reader = new ByteReader(payload)
  const { topic, partition } = readStagedHead(reader)
  const records: StoredRecord[] = []
  readRecords(payload.subarray(reader.at), 0, records)
  return { topic, partition, records }
}

function committedFrame({ parts }: Transaction): Uint8Array {
  const writer = new ByteWriter(256)
  writer.byte(KIND.committed)
  writer.count(parts.size)
  for (const { topic, partition, startOffset } of parts.values()) {
    writer.text(topic)
    writer.count(partition)
    writer.count(startOffset)
  }
  return toFrame(writer.written())
}

async function readTransaction(disk: Disk, path: string): Promise<Transaction | undefined> {
  const file = await disk.open(path, 'read')
  let transaction: Transaction | undefined
  try {
    const end = await scanFrames(file, 0, await file.sizeBytes(), (payload) => {
      transaction = readPart(transaction, payload, path)
      return transaction !== undefined
    })
    if (transaction !== undefined) transaction.sizeBytes = end.atBytes
  } finally {
    await file.close()
  }
  return transaction
}

function readPart(
  transaction: Transaction | undefined,
  payload: Uint8Array,
  path: string,
): Transaction | undefined {
  const reader = new ByteReader(payload)
  if (transaction === undefined) {
    if (reader.byte() !== KIND.transaction || reader.byte() !== FORMAT_VERSION) return undefined
    return newTransaction(reader.text(), path)
  }
  if (payload[0] === KIND.staged) {
    const { topic, partition, count } = readStagedHead(reader)
    addPart(transaction, topic, partition, count, payload.length)
  } else if (payload[0] === KIND.prepared) transaction.prepared = true
  else if (payload[0] === KIND.committed) {
    reader.byte()
    transaction.committed = true
    for (let rest = reader.count(); rest > 0; rest--) {
      const part = transaction.parts.get(`${partKeyOf(reader)}`)
      const startOffset = reader.count()
      if (part !== undefined) part.startOffset = startOffset
    }
  }
  return transaction
}

function partKeyOf(reader: ByteReader): string {
  const topic = reader.text()
  return partKey(topic, reader.count())
}

function brokenFile(path: string): Error {
  return new Error(`"${path}" is not what was written to it.`)
}

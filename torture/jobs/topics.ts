/**
 * The log of a simulated run: filled before the job is first started, opened for each life, and
 * read when all is over.
 */

import type { Env, OffsetRange, StoredRecord } from '../../packages/engine/src/index.ts'
import { type EmbeddedLog, openLog } from '../../packages/storage/src/index.ts'
import type { Files } from '../checks/output-files.ts'
import type { RandomPipeline } from './random-pipeline.ts'
import { heldAtFirst, recordsOf } from './topic-records.ts'
import { World } from './world.ts'

const LOG = '/data/log'
const OPERATORS = new Set(['topic-sink', 'topic-source'])

export function usesTopics({ document }: RandomPipeline): boolean {
  return Object.values(document.nodes).some(({ operator }) => OPERATORS.has(operator))
}

export function writesTopics({ document }: RandomPipeline): boolean {
  return Object.values(document.nodes).some(({ operator }) => operator === 'topic-sink')
}

export function openSimulatedLog(env: Env): Promise<EmbeddedLog> {
  return openLog({ env, folder: LOG, limits: { reserveBytes: 0 } })
}

/** What the disk holds when the topics that a pipeline reads are there; by path. */
export async function filledLog(
  pipeline: RandomPipeline,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { topics, live } = pipeline
  if (topics.size === 0) return new Map()
  const world = new World(1)
  world.disk.place('/data/.keep', new Uint8Array(0))
  const log = await openSimulatedLog(world.connect())
  for (const [topic, partitions] of topics) {
    await log.create(topic, { partitions })
    const all = recordsOf(pipeline, topic)
    const records = live.has(topic) ? heldAtFirst(all) : all
    // In two appends, so that there is more than one group of records to read.
    const half = records.length >> 1
    for (const some of [records.slice(0, half), records.slice(half)]) {
      if (some.length > 0) await log.append(topic, some)
    }
  }
  await log.close()
  return new Map([...world.disk.files()].filter(([path]) => path.startsWith(LOG)))
}

/**
 * Each partition as a file of lines: offset, key and value of each record; times may be of writing.
 * Records without a key go to one partition or another as they are written together, so where
 * there are several partitions these are one file, in no order and without offsets.
 */
export async function readTopics(
  env: Env,
  open: (env: Env) => Promise<EmbeddedLog> = openSimulatedLog,
): Promise<Files> {
  const log = await open(env)
  const found = new Map<string, string>()
  for (const { topic, partitions } of await log.list()) {
    const records = await Promise.all(
      partitions.map((range, partition) => readPartition(log, topic, partition, range)),
    )
    const keyless = records.flat().filter(({ key }) => key === null)
    const isSpread = partitions.length > 1 && keyless.length > 0
    for (const [partition, some] of records.entries()) {
      const lines = isSpread
        ? some.filter(({ key }) => key !== null).map(lineOf)
        : some.map((record) => `${record.offset} ${lineOf(record)}`)
      found.set(`${topic}/${partition}`, lines.join('\n'))
    }
    if (isSpread) found.set(`${topic}/without a key`, keyless.map(lineOf).sort().join('\n'))
  }
  await log.close()
  return found
}

async function readPartition(
  log: EmbeddedLog,
  topic: string,
  partition: number,
  { startOffset, endOffset }: OffsetRange,
): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = []
  for (let at = startOffset; at < endOffset; ) {
    const batch = await log.read(topic, partition, at, 100_000)
    records.push(...batch.records)
    at = batch.nextOffset
  }
  return records
}

function lineOf({ key, value }: StoredRecord): string {
  return `${textOf(key)} ${textOf(value)}`
}

function textOf(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null'
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

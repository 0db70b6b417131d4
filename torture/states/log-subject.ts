/** The log, for the enumerator of crash states: one topic with two partitions, and transactions. */

import {
  type Disk,
  TopicFailure,
  type TopicRecord,
  type Topics,
} from '../../packages/engine/src/index.ts'
import { seededRandom } from '../../packages/engine/src/testing/index.ts'
import { type EmbeddedLog, openLog } from '../../packages/storage/src/index.ts'
import type { Book, Subject } from './subject.ts'

export interface LogWork {
  readonly seed: number
  readonly steps: number
  readonly valueBytes: number
  readonly segmentBytes: number
}

const TOPIC = 't'
/** What is in each partition, by offset. */
type Contents = readonly [string[], string[]]

export function logSubject(name: string, work: LogWork): Subject {
  return {
    name,
    empty: 'no topic',
    prepare: (disk) => disk.place('/data/lock', new Uint8Array(0)),
    work: (disk, book) => writeAll(disk, work, book),
    recover: async (disk, goOn) => {
      try {
        const log = await open(disk)
        const state = await stateOf(log)
        if (goOn) await goFurther(log)
        await log.close()
        return { state }
      } catch (error) {
        if (error instanceof TopicFailure && error.code === 'damaged') {
          return { refused: error.message }
        }
        throw error
      }
    },
    // A file that was cut looks like one whose end was never synced; what is left must be true.
    damageFault: (found, last) => (isPrefix(found, last) ? undefined : `It holds ${found}.`),
  }
}

function open(disk: Disk): Promise<EmbeddedLog> {
  const env = {
    disk,
    random: seededRandom(5),
    clock: { nowMs: () => 1_767_225_600_000, monotonicMs: () => 0 },
    timers: {
      after: () => () => {},
      yield: (callback: () => void) => {
        void Promise.resolve().then(callback)
      },
    },
  }
  return openLog({ env, folder: '/data/log', limits: { reserveBytes: 0 } })
}

async function writeAll(disk: Disk, work: LogWork, book: Book): Promise<void> {
  const random = seededRandom(work.seed)
  let log = await open(disk)
  const contents: Contents = [[], []]
  const state = () => JSON.stringify(contents)
  const step = async (act: () => Promise<unknown>) => {
    book.starts(state())
    await act()
    book.acknowledged()
  }
  await step(() => log.create(TOPIC, { partitions: 2, segmentBytes: work.segmentBytes }))
  let count = 0
  const some = (partitions: readonly number[], kept: boolean): TopicRecord[] =>
    partitions.map((partition) => {
      const value = `${++count}`.padEnd(work.valueBytes, '.')
      if (kept) contents[partition]?.push(value)
      return { key: null, value: Buffer.from(value), timestampMs: count, partition }
    })
  for (let index = 0; index < work.steps; index++) {
    const partition = random.integer(0, 1)
    const id = `transaction-${index}`
    if (random.chance(0.5)) {
      const records = some([partition, partition], true)
      await step(() => log.append(TOPIC, records))
    } else {
      const commits = random.chance(0.7)
      const before = [...contents].map((values) => [...values])
      const records = some([0, 1], commits)
      const after = contents.map((values) => values.splice(0))
      for (const [place, values] of before.entries()) contents[place]?.push(...values)
      await log.stage(id, TOPIC, records)
      await log.prepare(id)
      for (const [place, values] of after.entries()) contents[place]?.splice(0, 1e9, ...values)
      if (commits) await step(() => log.commit(id))
      else await log.abort(id)
      // Doing it again must change nothing.
      if (commits && random.chance(0.3)) await log.commit(id)
    }
    if (random.chance(0.2)) {
      await log.close()
      log = await open(disk)
    }
  }
}

async function stateOf(log: Topics): Promise<string> {
  if ((await log.list()).length === 0) return 'no topic'
  const contents: Contents = [[], []]
  for (const [partition, values] of contents.entries()) {
    const { startOffset, endOffset } = (await log.offsets(TOPIC))[partition] ?? NO_OFFSETS
    let at = startOffset
    while (at < endOffset) {
      const batch = await log.read(TOPIC, partition, at, 1000)
      for (const { value } of batch.records) values.push(Buffer.from(value ?? []).toString())
      at = batch.nextOffset
    }
  }
  return JSON.stringify(contents)
}

const NO_OFFSETS = { startOffset: 0, endOffset: 0 }

/** What is open is finished, and one more record must be there at once. */
async function goFurther(log: Topics): Promise<void> {
  for (const { id, prepared } of await log.openTransactions('')) {
    await (prepared ? log.commit(id) : log.abort(id))
  }
  if ((await log.list()).length === 0) await log.create(TOPIC, { partitions: 2 })
  const value = Buffer.from('more')
  await log.append(TOPIC, [{ key: null, value, timestampMs: 0, partition: 0 }])
  const [first = []] = JSON.parse(await stateOf(log)) as Contents
  if (first.at(-1) !== 'more') throw new Error('What was appended last is not there.')
}

/** Whether each partition holds the beginning of what it should hold. */
function isPrefix(found: string, last: string): boolean {
  if (found === 'no topic') return true
  const [held, whole] = [found, last].map((text) => JSON.parse(text) as Contents)
  return (held ?? []).every((values, partition) =>
    values.every((value, index) => whole?.[partition]?.[index] === value),
  )
}

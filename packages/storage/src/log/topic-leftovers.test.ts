/** A disk that refuses one operation while a topic is made or removed does not keep its name. */

import { DiskError, TopicFailure, toUtf8 } from '@millrace/engine'
import { SimDisk } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { LogWorld } from '../testing/log-world.node.ts'
import { openLog } from './embedded-log.ts'

const RECORD = { key: null, value: toUtf8('a'), timestampMs: 0 }

/** What is refused is the nth operation of `trouble`; false where it has fewer. */
async function refusesAt(nth: number, what: 'create' | 'remove'): Promise<boolean> {
  const disk = new SimDisk({ choices: { choose: () => 0 } })
  disk.place('/data/.keep', new Uint8Array(0))
  const { clock, timers, random } = new LogWorld().env
  const env = { clock, timers, random, disk: disk.connect() }
  const log = await openLog({ env, folder: '/data/log', limits: { reserveBytes: 0 } })
  if (what === 'remove') {
    await log.create('t', { partitions: 2 })
    await log.append('t', [RECORD, RECORD])
  }
  const refused = disk.operationCount + nth
  disk.fault = ({ number }) => (number === refused ? 'error' : undefined)
  const trying = what === 'create' ? log.create('t', { partitions: 2 }) : log.remove('t')
  const problem = await trying.then(
    () => undefined,
    (error: unknown) => error,
  )
  const happened = disk.operationCount >= refused
  disk.fault = () => undefined
  if (problem !== undefined) {
    const isNamed = problem instanceof DiskError || problem instanceof TopicFailure
    expect([nth, isNamed]).toEqual([nth, true])
  }
  const { topic } = (await log.list()).find((one) => one.topic === 't') ?? {}
  if (topic === undefined) await log.create('t', { partitions: 1 })
  await log.append('t', [RECORD])
  const partitions = (await log.list()).flatMap((one) => one.partitions)
  const records = partitions.reduce((sum, one) => sum + one.endOffset - one.startOffset, 0)
  expect([nth, records]).toEqual([nth, 1])
  await log.close()
  return happened
}

test.each(['create', 'remove'] as const)(
  'after any operation of a %s is refused, the topic can be made and written',
  async (what) => {
    let nth = 1
    while (await refusesAt(nth, what)) nth++
    expect(nth).toBeGreaterThan(8)
  },
)

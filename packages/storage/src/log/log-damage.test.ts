/**
 * Every single bit of a log turned over, every file cut at every byte, and zeros and garbage behind
 * every file: what is read is what was written, up to where it is refused by name.
 */

import { TopicFailure } from '@millrace/engine'
import { SimDisk } from '@millrace/engine/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { contents, LOG_FOLDER, LogWorld, record } from '../testing/log-world.node.ts'
import { openLog } from './embedded-log.ts'

type Files = ReadonlyMap<string, Uint8Array>

const WRITTEN = ['0 a=one', '1 b=two', '2 a=null', '3 c=four', '4 null=five']
let closed: Files = new Map()
let killed: Files = new Map()

beforeAll(async () => {
  const world = new LogWorld({ choices: { choose: () => 0 } })
  const log = await world.open()
  await log.create('t', { segmentBytes: 4096 })
  await log.append('t', [record('a', 'one'), record('b', 'two')], { idempotencyKey: 'k' })
  await log.append('t', [record('a', null), record('c', 'four')])
  await log.stage('tx', 't', [record(null, 'five')])
  await log.prepare('tx')
  await log.commit('tx')
  await log.stage('open', 't', [record(null, 'six')])
  await log.prepare('open')
  killed = world.disk.files()
  await log.close()
  closed = world.disk.files()
})

/** What is read of it: all that was written, the beginning of that, or the name of the damage. */
async function outcome(files: Files): Promise<string> {
  const world = new LogWorld()
  const disk = new SimDisk({ choices: { choose: () => 0 } })
  for (const [path, content] of files) disk.place(path, content)
  const { clock, timers, random } = world.env
  const env = { clock, timers, random, disk: disk.connect() }
  try {
    const log = await openLog({ env, folder: LOG_FOLDER, limits: { reserveBytes: 0 } })
    if ((await log.list()).length === 0) return 'no topic'
    const read = await contents(log, 't')
    expect(read).toEqual(WRITTEN.slice(0, read.length))
    return read.length === WRITTEN.length ? 'all' : 'beginning'
  } catch (error) {
    if (error instanceof TopicFailure) return error.code
    throw error
  }
}

function changed(files: Files, path: string, content: Uint8Array): Files {
  return new Map([...files, [path, content]])
}

/** How often each outcome came, by file. */
async function tally(
  files: Files,
  variants: (content: Uint8Array) => Iterable<Uint8Array>,
): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  const counts: Record<string, Record<string, number>> = {}
  for (const [path, content] of files) {
    const own: Record<string, number> = {}
    for (const variant of variants(content)) {
      const found = await outcome(changed(files, path, variant))
      own[found] = (own[found] ?? 0) + 1
    }
    counts[path.slice(LOG_FOLDER.length + 1).replace(/^_transactions\/\d+/, 'tx')] = own
  }
  return counts
}

function* flips(content: Uint8Array): Iterable<Uint8Array> {
  for (let bit = 0; bit < content.length * 8; bit++) {
    const flipped = content.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield flipped
  }
}

function* cuts(content: Uint8Array): Iterable<Uint8Array> {
  for (let length = 0; length < content.length; length++) yield content.slice(0, length)
}

function* tails(content: Uint8Array): Iterable<Uint8Array> {
  for (const length of [1, 7, 8, 9, 100, 600]) {
    for (const fill of [0, 1, 255]) {
      const longer = new Uint8Array(content.length + length).fill(fill)
      longer.set(content)
      yield longer
    }
  }
}

describe('a log that was closed', () => {
  test('loses nothing to a flipped bit without saying so', async () => {
    const counts = await tally(closed, flips)
    const { 't/0/0000000000000000.0.log': segment = {}, ...others } = counts
    expect(Object.keys(segment)).toEqual(['damaged'])
    for (const [name, outcomes] of Object.entries(others)) {
      // An index, and what was noted at the end, are only there to help.
      const helps = /index$|^closed|^tx|committed$/.test(name)
      expect([name, Object.keys(outcomes)]).toEqual([name, [helps ? 'all' : 'damaged']])
    }
  })

  test('loses nothing to a cut without saying so', async () => {
    const { 't/0/0000000000000000.0.log': segment = {} } = await tally(closed, cuts)
    expect(Object.keys(segment)).toEqual(['damaged'])
  })
})

describe('a log that was not closed', () => {
  test.each([
    ['a flipped bit', flips],
    ['a cut', cuts],
    ['zeros and garbage behind it', tails],
  ])('is read up to %s, or refused', async (_, variants) => {
    const counts = await tally(killed, variants)
    const seen = new Set(Object.values(counts).flatMap((outcomes) => Object.keys(outcomes)))
    expect(seen.has('no topic')).toBe(false)
    expect(seen.has('all')).toBe(true)
  })

  test('is refused where a bit is flipped before what a later write proves to be synced', async () => {
    const { 't/0/0000000000000000.0.log': segment = {} } = await tally(killed, flips)
    const proven = (segment.damaged ?? 0) / Object.values(segment).reduce((sum, one) => sum + one)
    expect(proven).toBeGreaterThan(0.6)
  })
})

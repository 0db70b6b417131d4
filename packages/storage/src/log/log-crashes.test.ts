/**
 * The log against a model of maps, under random operations with crashes in the middle of them: what
 * was acknowledged is there once and where it was said to be, what was under way is there once or
 * not at all, and nothing else is.
 *
 *     t: two partitions   r: old segments go   c: compacted
 */

import type { TopicRecord } from '@millrace/engine'
import { describe, expect, test } from 'vitest'
import { bytes, LogWorld } from '../testing/log-world.node.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import type { EmbeddedLog } from './embedded-log.ts'

const SEEDS = streamCount(60)
const STEPS = 40
const TOPICS = { t: 2, r: 1, c: 1 } as const
type TopicName = keyof typeof TOPICS

interface Written {
  readonly key: string
  /** Empty for a tombstone. */
  readonly value: string
}

interface Staged {
  readonly id: string
  readonly values: readonly Written[]
  state: 'staged' | 'prepared' | 'committing' | 'aborting'
}

interface Again {
  readonly written: readonly Written[]
  readonly records: readonly TopicRecord[]
  readonly options: { readonly idempotencyKey: string }
}

const utf8 = new TextDecoder()

class Model {
  /** What was acknowledged, by place and offset. */
  readonly stored = new Map<string, Map<number, Written>>()
  /** What may be there or not, by value; the value of a tombstone is its key's. */
  readonly maybe = new Map<string, Written>()
  /** Of topic t, also where it is not known yet which place they went to. */
  readonly acknowledged = new Set<string>()
  readonly transactions = new Map<string, Staged>()
  /** What is to be appended again, since nobody knows whether it was. */
  again: Again | undefined

  constructor() {
    for (const [topic, count] of Object.entries(TOPICS)) {
      for (let index = 0; index < count; index++) this.stored.set(`${topic}/${index}`, new Map())
    }
  }

  at(place: string): Map<number, Written> {
    const found = this.stored.get(place)
    if (found === undefined) throw new Error(`There is no place ${place}.`)
    return found
  }
}

class Run {
  readonly world: LogWorld
  readonly model = new Model()
  log: EmbeddedLog | undefined
  #count = 0
  crashes = 0

  constructor(seed: number) {
    this.world = new LogWorld({ seed, limits: { compactionKeysMax: 3 } })
  }

  async begin(): Promise<void> {
    this.log = await this.world.open()
    await this.log.create('t', { partitions: 2, segmentBytes: 4096 })
    await this.log.create('r', { segmentBytes: 4096, retentionBytes: 8000, retentionMs: 20_000 })
    const compact = { compact: true, segmentBytes: 4096, tombstoneRetentionMs: 5000 }
    await this.log.create('c', compact)
  }

  async step(): Promise<void> {
    const { random } = this.world
    this.world.env.advance(random.integer(0, 3000))
    if (random.chance(0.15)) this.#planCrash()
    const act = random.pick([
      () => this.#append(),
      () => this.#append(),
      () => this.#append(),
      () => this.#appendOnce(),
      () => this.#stage(),
      () => this.#stage(),
      () => this.#finish(),
      () => this.#open.maintain(),
      () => this.#reopen(),
    ])
    const ended = await Promise.race([act(), this.world.crashed])
    if (ended === 'crashed') await this.#recover()
    this.world.fault = undefined
    if (random.chance(0.05)) await this.#recover()
  }

  get #open(): EmbeddedLog {
    if (this.log === undefined) throw new Error('The log is not open.')
    return this.log
  }

  /** Some operations from now, before, while or after it is done. */
  #planCrash(): void {
    const { random } = this.world
    let left = random.integer(1, 25)
    const fault = random.pick(['crash-before', 'crash-during', 'crash-after'] as const)
    this.world.fault = () => (--left === 0 ? fault : undefined)
  }

  #someRecords(topic: TopicName): { written: Written[]; records: TopicRecord[] } {
    const { random } = this.world
    const written = Array.from({ length: random.integer(1, 5) }, () => {
      const value = `v${++this.#count}`
      const key = `k${random.integer(0, 6)}`
      return { key, value: topic === 'c' && random.chance(0.2) ? '' : value }
    })
    return { written, records: written.map((one) => this.#record(one)) }
  }

  /** Long enough for segments to end now and then. */
  #record({ key, value }: Written): TopicRecord {
    const filler = '.'.repeat(this.world.random.integer(0, 400))
    const timestampMs = this.world.random.integer(0, 100)
    return { key: bytes(key), value: value === '' ? null : bytes(value + filler), timestampMs }
  }

  async #append(): Promise<void> {
    const { random } = this.world
    const appends = Array.from({ length: random.integer(1, 4) }, async () => {
      const topic = random.pick(['t', 'r', 'c'] as const)
      await this.#appendTo(topic, {})
    })
    await Promise.all(appends)
  }

  async #appendTo(topic: TopicName, options: { idempotencyKey?: string }): Promise<void> {
    const { written, records } = this.#someRecords(topic)
    for (const one of written) this.model.maybe.set(`${topic} ${one.key} ${one.value}`, one)
    const { partitions } = await this.#open.append(topic, records, options)
    // A crash may come before it is known where each of them went.
    const mine = written.map((one) => `${topic} ${one.key} ${one.value}`)
    if (topic === 't') for (const key of mine) this.model.acknowledged.add(key)
    let left = written.length
    for (const { partition, startOffset, endOffset } of partitions) {
      left -= endOffset - startOffset
      const keys = await this.#keysAt(topic, partition, startOffset, endOffset)
      const own = written.filter(({ key }) => keys.has(key))
      expect(own).toHaveLength(endOffset - startOffset)
      for (const [index, one] of own.entries()) {
        this.model.at(`${topic}/${partition}`).set(startOffset + index, one)
      }
    }
    expect(left).toBe(0)
    for (const key of mine) this.model.maybe.delete(key)
  }

  async #keysAt(topic: string, partition: number, from: number, to: number): Promise<Set<string>> {
    const keys = new Set<string>()
    for (let at = from; at < to; ) {
      const batch = await this.#open.read(topic, partition, at, 1)
      for (const { key, offset } of batch.records)
        if (offset < to) keys.add(utf8.decode(key ?? bytes('')))
      at = batch.nextOffset
    }
    return keys
  }

  /** The same append twice at once, and once more when it is known or when a crash is over. */
  async #appendOnce(): Promise<void> {
    const { written, records } = this.#someRecords('t')
    for (const one of written) this.model.maybe.set(`t ${one.key} ${one.value}`, one)
    const again = { written, records, options: { idempotencyKey: `once ${this.#count}` } }
    this.model.again = again
    await Promise.all([0, 1].map(() => this.#open.append('t', records, again.options)))
    expect((await this.#open.append('t', records, again.options)).duplicate).toBe(true)
    await this.#appendAgain(again)
  }

  async #appendAgain({ written, records, options }: Again): Promise<void> {
    await this.#open.append('t', records, options)
    this.model.again = undefined
    await this.#check()
    for (const one of written) expect(this.model.maybe.has(`t ${one.key} ${one.value}`)).toBe(false)
  }

  async #stage(): Promise<void> {
    const { random } = this.world
    const { written, records } = this.#someRecords('t')
    const id = `job/${this.#count}`
    const staged: Staged = { id, values: written, state: 'staged' }
    this.model.transactions.set(id, staged)
    const half = Math.ceil(records.length / 2)
    for (const part of [records.slice(0, half), records.slice(half)]) {
      if (part.length > 0) await this.#open.stage(id, 't', part)
    }
    if (random.chance(0.9)) {
      await this.#open.prepare(id)
      staged.state = 'prepared'
    }
  }

  async #finish(): Promise<void> {
    const staged = [...this.model.transactions.values()][0]
    if (staged === undefined) return
    if (staged.state === 'prepared' && this.world.random.chance(0.7)) {
      staged.state = 'committing'
      for (const one of staged.values) this.model.maybe.set(`t ${one.key} ${one.value}`, one)
      await this.#open.commit(staged.id)
    } else {
      staged.state = 'aborting'
      await this.#open.abort(staged.id)
      this.model.transactions.delete(staged.id)
      return
    }
    await this.#settle(staged)
  }

  /** It is committed: all of it is there. */
  async #settle(staged: Staged): Promise<void> {
    await this.#check()
    for (const one of staged.values) {
      expect(this.model.maybe.has(`t ${one.key} ${one.value}`)).toBe(false)
    }
    this.model.transactions.delete(staged.id)
  }

  async #reopen(): Promise<void> {
    await this.#open.close()
    this.log = await this.world.open()
    await this.#check()
  }

  /** After a crash, perhaps with others while it is opened again. */
  async #recover(): Promise<void> {
    const { random } = this.world
    this.crashes++
    this.world.crash(random.pick(['kill', 'power']))
    if (random.chance(0.3)) this.#planCrash()
    const opened = await Promise.race([this.world.open(), this.world.crashed])
    if (opened === 'crashed') {
      await this.#recover()
      return
    }
    this.world.fault = undefined
    this.log = opened
    await this.#check()
    await this.#recoverTransactions()
    if (this.model.again !== undefined) await this.#appendAgain(this.model.again)
  }

  async #recoverTransactions(): Promise<void> {
    const open = new Map((await this.#open.openTransactions('job/')).map((one) => [one.id, one]))
    for (const staged of [...this.model.transactions.values()]) {
      const found = open.get(staged.id)
      if (staged.state === 'prepared') expect(found).toEqual({ id: staged.id, prepared: true })
      if (staged.state === 'committing') {
        await this.#open.commit(staged.id)
        await this.#settle(staged)
      } else if (
        staged.state === 'aborting' ||
        (staged.state === 'staged' && found !== undefined)
      ) {
        await this.#open.abort(staged.id)
        this.model.transactions.delete(staged.id)
      } else if (staged.state === 'staged') this.model.transactions.delete(staged.id)
    }
  }

  async #check(): Promise<void> {
    const seen = new Set<string>()
    for (const [place, stored] of this.model.stored) {
      const [topic = '', index] = place.split('/')
      const partition = Number(index)
      const { startOffset = 0, endOffset = 0 } = (await this.#open.offsets(topic))[partition] ?? {}
      const found = new Map<number, Written>()
      for (let at = startOffset; at < endOffset; ) {
        const batch = await this.#open.read(topic, partition, at, 700)
        for (const { offset, key, value } of batch.records) {
          const text = value === null ? '' : utf8.decode(value).replace(/\.+$/, '')
          found.set(offset, { key: utf8.decode(key ?? bytes('')), value: text })
        }
        expect(batch.nextOffset).toBeGreaterThan(at)
        at = batch.nextOffset
      }
      this.#checkPlace(topic, stored, found, startOffset, endOffset)
      for (const { value } of found.values()) {
        if (value === '') continue
        expect(seen.has(`${topic} ${value}`)).toBe(false)
        seen.add(`${topic} ${value}`)
      }
    }
    this.#checkPlaces()
  }

  #checkPlaces(): void {
    for (const key of this.model.acknowledged) expect(this.model.maybe.has(key), key).toBe(false)
  }

  #checkPlace(
    topic: string,
    stored: Map<number, Written>,
    found: ReadonlyMap<number, Written>,
    startOffset: number,
    endOffset: number,
  ): void {
    for (const [offset, one] of found) {
      const key = `${topic} ${one.key} ${one.value}`
      if (stored.has(offset)) expect(one).toEqual(stored.get(offset))
      else if (one.value !== '') expect(this.model.maybe.has(key), `${key} at ${offset}`).toBe(true)
      // Tombstones of one key look alike.
      this.model.maybe.delete(key)
      stored.set(offset, one)
    }
    for (const offset of stored.keys()) expect(offset).toBeLessThan(endOffset)
    if (topic === 'c') {
      expect(newest(found)).toEqual(newest(stored))
      return
    }
    if (topic === 't') expect(startOffset).toBe(0)
    expect([...found.keys()]).toEqual(
      Array.from({ length: endOffset - startOffset }, (_, index) => startOffset + index),
    )
  }
}

/** Of each key that is not gone. */
function newest(records: ReadonlyMap<number, Written>): Readonly<Record<string, string>> {
  const values = new Map<string, string>()
  for (const [, { key, value }] of [...records].sort(([a], [b]) => a - b)) {
    if (value === '') values.delete(key)
    else values.set(key, value)
  }
  return Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe('random operations and crashes', () => {
  test(`${SEEDS} seeds`, async () => {
    let crashes = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = new Run(seed)
      try {
        await run.begin()
        for (let step = 0; step < STEPS; step++) await run.step()
      } catch (error) {
        throw new Error(`Seed ${seed}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        })
      }
      crashes += run.crashes
    }
    expect(crashes).toBeGreaterThan(SEEDS)
  })
})

/** Made-up records go on from any position as they would have without a break. */

import { decodeState, encodeState, type Saved, type SourceChunk } from '@millrace/engine'
import { seededRandom, VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { generatorSource } from './generator-source.ts'
import { createGenerator } from './generators.ts'
import { nexmarkSource } from './nexmark-source.ts'
import { RecordSequence } from './record-sequence.ts'

test('a sequence with records that come late and twice goes on from any record', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed)
    const common = {
      seed,
      startMs: 1000,
      recordsPerSecond: random.pick([1, 7, 1000]),
      count: random.pick([1, 20, 60, 1025, 3000]),
      disorder: {
        late: random.pick([0, 30, 100]),
        duplicates: random.pick([0, 40]),
        maxDelayMs: random.pick([1, 500, 20_000]),
        idleGaps: random.chance(0.5) ? undefined : { everyMs: 900, lengthMs: 5000 },
      },
    }
    const columns = () => [createGenerator('w', { type: 'walk', step: 1, nulls: 10 }, seed)]
    const settings = () => ({ ...common, columns: columns() })
    const made = []
    const sequence = new RecordSequence(settings())
    const positions = [sequence.position]
    for (let record = sequence.next(); record !== undefined; record = sequence.next()) {
      made.push([record.timeMs, record.row])
      positions.push(sequence.position)
    }
    const from = random.integer(0, made.length)
    const again = new RecordSequence(settings())
    again.moveTo(positions[from] ?? sequence.position)
    const rest = []
    for (let record = again.next(); record !== undefined; record = again.next()) {
      rest.push([record.timeMs, record.row])
    }
    expect(rest, `seed ${seed} from ${from}`).toEqual(made.slice(from))
  }
})

const GENERATED = {
  rate: 10,
  columns: { n: { type: 'sequence' }, w: { type: 'walk', start: 5, step: 1 }, u: { type: 'uuid' } },
  disorder: { late: 20, duplicates: 20, maxDelay: '3s' },
}

test.each([
  ['a bounded generator', generatorSource, { ...GENERATED, count: 300 }],
  ['a generator that follows the clock', generatorSource, GENERATED],
  ['nexmark', nexmarkSource, { count: 300, rate: 100, outOfOrderGroup: 7 }],
  ['nexmark that follows the clock', nexmarkSource, { rate: 100 }],
])('%s reads on from where it was stored', async (_, operator, given) => {
  const config: unknown = operator.config.parse(given)
  const env = new VirtualEnv()
  const read = async (position: Saved, chunkRows: number, chunks: number) => {
    const context = { position, env, nowMs: () => env.clock.nowMs() }
    const reader = operator.read?.(config as never, context as never)
    const records: unknown[] = []
    const stops: { readonly next: Saved; readonly count: number }[] = []
    for (let left = chunks; left > 0; left--) {
      const chunk: SourceChunk | undefined = await reader?.read(chunkRows)
      if (chunk === undefined) break
      for (const [index, row] of chunk.rows.entries()) {
        records.push([row, chunk.times?.[index], chunk.rowPorts?.[index]])
      }
      stops.push({ next: decodeState(encodeState(chunk.next)), count: records.length })
    }
    return { records, stops }
  }
  const whole = await read(undefined, 17, 18)
  expect(whole.stops.length).toBe(18)
  // The clock goes on while nothing runs.
  env.advance(12_345)
  for (const { next, count } of whole.stops) {
    const { records } = await read(next, 17, 18)
    const rest = whole.records.slice(count)
    expect(records.slice(0, rest.length)).toEqual(rest)
  }
})

test.each([
  ['a generator', generatorSource, GENERATED],
  ['nexmark', nexmarkSource, { rate: 100 }],
])(
  '%s that follows the clock says when it began before its first record',
  async (_, operator, given) => {
    const config: unknown = operator.config.parse(given)
    const env = new VirtualEnv()
    const open = (position: Saved) => {
      const context = { position, env, nowMs: () => env.clock.nowMs() }
      return operator.read?.(config as never, context as never)
    }
    const reader = open(undefined)
    const first = await reader?.read(10)
    const began = await reader?.read(10)
    expect(first?.rows).toEqual([])
    // A job that is cut within the chunk that follows has only this to go on from.
    env.advance(60_000)
    const again = await open(first?.next)?.read(10)
    expect(began?.times).toHaveLength(10)
    expect([again?.rows, again?.times]).toEqual([began?.rows, began?.times])
  },
)

/** When a job fails for too much state, and how much memory state is taken to need. */

import { describe, expect, test } from 'vitest'
import { estimateBytes } from './estimate-bytes.ts'
import { Ledger } from './ledger.ts'
import { MemoryState } from './memory-state.ts'
import { StateLimit } from './state-limit.ts'
import { StateRoom } from './state-room.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

const MB = 1024 ** 2

function limitedNode(id: string, bytes: () => number, fields = ['stateTimeToLive', 'size']) {
  let looks = 0
  const ledger = new Ledger()
  const size = () => {
    looks++
    return { entries: 7, bytes: bytes(), spilledBytes: 0 }
  }
  const nothing = () => {}
  const state = {
    size,
    countKeys: () => 7,
    spill: () => 0,
    tidySpilled: nothing,
    readSome: nothing,
  }
  return { id, fields, ledger, state, looks: () => looks }
}

/** For so much state of a job. */
function roomFor(bytes: number | undefined): StateRoom {
  const { clock, timers, random, ids, disk } = new VirtualEnv()
  const world = { clock, timers, random, ids, disk }
  return new StateRoom(bytes === undefined ? world : { ...world, memoryBytesMax: bytes / 0.7 })
}

describe('a limit', () => {
  test('is looked after the more often the nearer it is', () => {
    let bytes = 0
    const node = limitedNode('grows', () => bytes)
    const limit = new StateLimit([node], { nodeBytesMax: 100 * MB, room: roomFor(undefined) })
    const looksBy: number[] = []
    let failedAt = Number.NaN
    for (let records = 0; Number.isNaN(failedAt) && records < 300_000; records++) {
      node.ledger.in = records
      bytes = records * 500
      if (limit.check() !== undefined) failedAt = records
      if (records % 50_000 === 0) looksBy.push(node.looks())
    }
    // 100 MB are full at record 209,715.
    expect(failedAt).toBeGreaterThan(209_714)
    expect(failedAt).toBeLessThan(209_800)
    expect(looksBy.every((looks, index) => looks <= 1 + index * 6)).toBe(true)
  })

  test('is looked after when large records come after many small ones', () => {
    let bytes = 0
    const node = limitedNode('grows', () => bytes)
    const limit = new StateLimit([node], { nodeBytesMax: 100 * MB, room: roomFor(undefined) })
    let handedBytes = 0
    for (; node.ledger.in < 10_000; node.ledger.in++) {
      bytes += 100
      handedBytes += 100
      expect(limit.check(handedBytes)).toBeUndefined()
    }
    expect(node.looks()).toBeLessThan(20)
    let overflow: ReturnType<typeof limit.check>
    while (overflow === undefined && bytes < 200 * MB) {
      bytes += MB
      handedBytes += MB
      node.ledger.in++
      overflow = limit.check(handedBytes)
    }
    expect(overflow?.failure.message).toContain('its limit is 100 MB')
    expect(bytes).toBeLessThan(103 * MB)
  })

  test('of the job names the node that keeps the most', () => {
    const nodes = [limitedNode('little', () => 20 * MB), limitedNode('much', () => 90 * MB)]
    const limit = new StateLimit(nodes, { nodeBytesMax: undefined, room: roomFor(100 * MB) })
    expect(limit.check()).toMatchObject({ nodeId: 'much' })
    expect(
      new StateLimit(nodes, { nodeBytesMax: undefined, room: roomFor(100 * MB) }).check()?.failure,
    ).toMatchObject({
      domain: 'user',
      message:
        'The nodes of this job keep about 110 MB of state, and this process has room for 100 MB. Most of it is in ' +
        'node "much", with 7 keys. Forget keys with "stateTimeToLive", choose a smaller window, or give Millrace ' +
        'more memory, as with NODE_OPTIONS=--max-old-space-size=8192.',
    })
  })

  test.each([
    [['columns', 'limit'], 'Keep fewer rows by "limit", or raise "stateLimit" in'],
    [['columns'], 'Raise "stateLimit" in'],
  ])('says of a node with the fields %j what can be done there', (fields, way) => {
    const node = limitedNode('much', () => 2 * MB, fields)
    const limit = new StateLimit([node], { nodeBytesMax: MB, room: roomFor(undefined) })
    expect(limit.check()?.failure.message).toBe(
      'Node "much" keeps 7 keys, about 2 MB of state, and its limit is 1 MB. ' +
        `${way} the settings of the pipeline.`,
    )
  })

  test('that nobody has set is never reached', () => {
    const node = limitedNode('much', () => 1e15)
    const none = { nodeBytesMax: undefined, room: roomFor(undefined) }
    expect(new StateLimit([node], none).check()).toBeUndefined()
  })
})

describe('an estimate', () => {
  test('of a long list is that of all its elements, though few are looked at', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => [`user-${index}`, index, 0.5])
    const each = estimateBytes(['user-12345', 1, 0.5])
    expect(estimateBytes(rows) / 100_000).toBeGreaterThan(each)
    expect(estimateBytes(rows) / 100_000).toBeLessThan(each * 1.2)
  })

  test('of state counts entries, lists in them, timers, and forgets what has gone', () => {
    const state = new MemoryState()
    const table = state.table<number[]>('t')
    for (let key = 0; key < 10_000; key++) table.put(key % 7, key, [key, 0.5])
    const { entries, bytes } = state.size()
    expect(entries).toBe(10_000)
    expect(bytes / entries).toBeGreaterThan(80)
    expect(bytes / entries).toBeLessThan(200)
    // One entry among ten thousand is larger than all others together.
    table.put(
      3,
      3,
      Array.from({ length: MB }, () => 0.5),
    )
    expect(state.size().bytes).toBeGreaterThan(bytes + 8 * MB)
    table.put(1, 1, [0])
    expect(state.size().bytes).toBeGreaterThan(bytes + 8 * MB)
    for (let namespace = 0; namespace < 6; namespace++) table.drop(namespace)
    table.delete(6, 6)
    expect(state.size().entries).toBe(1427)
    table.drop(6)
    expect(state.size()).toEqual({ entries: 0, bytes: 0, spilledBytes: 0 })
    for (let at = 0; at < 100; at++) state.timers('ends').set(at, 0, 'k')
    state.timers('ends').set(0, 0, 'k')
    state.timers('ends').takeDue(49)
    expect(state.size().bytes).toBeGreaterThan(99 * 50)
  })
})

/** What a look at state shows, and that it goes through no more than it says. */

import { describe, expect, test } from 'vitest'
import { MemoryState } from './memory-state.ts'
import { lookAtTables } from './state-look.ts'

function counted(keys: number): MemoryState {
  const state = new MemoryState()
  const table = state.table<{ n: number }>('groups')
  for (let index = 0; index < keys; index++) table.put(index % 3, `user-${index}`, { n: index })
  return state
}

const look = (state: MemoryState, search = '', limit = 100) =>
  lookAtTables(state.tables(), { search, limit })

describe('a look at state', () => {
  test('shows entries with what they are divided by, and counts all of them', () => {
    const { entries, total, complete } = look(counted(5))
    expect({ total, complete }).toEqual({ total: 5, complete: true })
    expect(entries).toContainEqual({
      ...{ table: 'groups', namespace: 1, key: 'user-4' },
      value: '{"n":4}',
    })
    expect(entries.map(({ namespace }) => namespace)).toEqual([0, 0, 1, 1, 2])
  })

  test('finds a part of a key, as long as there are not very many', () => {
    const found = look(counted(300), 'USER-29')
    expect(found.entries.map(({ key }) => key).toSorted()).toEqual([
      ...['user-29', 'user-290', 'user-291', 'user-292', 'user-293', 'user-294'],
      ...['user-295', 'user-296', 'user-297', 'user-298', 'user-299'],
    ])
    expect(found.complete).toBe(true)
  })

  test('finds a whole key among any number of them, and says that it has not looked at all', () => {
    const state = counted(70_000)
    const part = look(state, 'r-6999')
    expect(part.complete).toBe(false)
    expect(part.total).toBe(70_000)
    const whole = look(state, 'user-69999')
    expect(whole.entries.map(({ value }) => value)).toEqual(['{"n":69999}'])
  })

  test('shows values as it is told to, also those that are in others', () => {
    const state = counted(1)
    state.table<unknown>('lists').put(0, 'a', { all: [{ n: 7 }, { other: { n: 8 } }] })
    const show = (value: unknown) =>
      value !== null && typeof value === 'object' && 'n' in value ? { count: value.n } : value
    state.showAs(show)
    const { entries } = lookAtTables(state.tables(), { search: '', limit: 9, show: state.shown })
    expect(entries.map(({ value }) => value)).toEqual([
      '{"count":0}',
      '{"all":[{"count":7},{"other":{"count":8}}]}',
    ])
  })

  test('shows no more than it was asked for', () => {
    const state = counted(300)
    expect(look(state, '', 7).entries).toHaveLength(7)
    expect(look(state, 'user', 7).entries).toHaveLength(7)
  })

  test('keys that are no texts, and what JSON has no word for', () => {
    const state = new MemoryState()
    state.table<unknown>('seen').put(0, 7, [Number.NaN, 2n ** 60n, new Map([['a', 1]])])
    state.table<unknown>('seen').put(0, null, { rows: new Set([1]), at: Number.POSITIVE_INFINITY })
    const { entries } = look(state, '7')
    expect(entries).toEqual([
      { table: 'seen', namespace: 0, key: 7, value: '["NaN","1152921504606846976",[["a",1]]]' },
    ])
    expect(look(state, 'null').entries[0]?.value).toBe('{"rows":[1],"at":"Infinity"}')
  })

  test('no more text is made of long values than is looked at in a moment', () => {
    const state = new MemoryState()
    for (let key = 0; key < 50; key++) state.table<string>('seen').put(0, key, 'x'.repeat(400_000))
    const { entries, total } = look(state)
    expect([entries.length, total]).toEqual([3, 50])
    // A whole key is found all the same.
    expect(look(state, '49').entries.map(({ key }) => key)).toEqual([49])
  })

  test('a value of any length is cut', () => {
    const state = new MemoryState()
    state.table<string>('seen').put(0, 'long', 'x'.repeat(10_000))
    expect(look(state).entries[0]?.value).toHaveLength(2_001)
  })
})

/** Checks that only those are told whose value has changed, and only at a commit. */

import { expect, test } from 'vitest'
import { createKeyedStore } from './keyed-store.ts'

test('a listener hears of its own key only, once a commit', () => {
  const store = createKeyedStore<number>()
  const heard: string[] = []
  store.subscribe('a', () => heard.push('a'))
  store.subscribe('b', () => heard.push('b'))
  store.stage('a', 1)
  store.stage('a', 2)
  expect(heard).toEqual([])
  expect(store.get('a')).toBeUndefined()
  store.commit()
  expect(heard).toEqual(['a'])
  expect(store.get('a')).toBe(2)
})

test('a value that is the same object tells nobody', () => {
  const store = createKeyedStore<object>()
  const value = {}
  store.stage('a', value)
  store.commit()
  let heard = 0
  store.subscribe('a', () => heard++)
  store.stage('a', value)
  store.commit()
  expect(heard).toBe(0)
})

test('a key that is removed is told and gone', () => {
  const store = createKeyedStore<number>()
  store.stage('a', 1)
  store.commit()
  let heard = 0
  const stop = store.subscribe('a', () => heard++)
  store.stage('a', undefined)
  store.commit()
  expect([heard, [...store.keys()]]).toEqual([1, []])
  stop()
  store.stage('a', 2)
  store.commit()
  expect(heard).toBe(1)
})

/** A failure over random input must be as short as it can be, or nobody reads it. */

import { expect, test } from 'vitest'
import { filter } from '../transforms/filter.ts'
import { checkSmallest, overSeeds } from './random-streams.ts'

test('a failure says the seed and the least that makes it fail, an item a line', () => {
  const holdsFives = (items: readonly { readonly n: number }[]) => {
    const fives = items.filter(({ n }) => n === 5)
    if (fives.length > 1) throw new Error(`There are ${fives.length} fives.`)
  }
  const items = [3, 5, 1, 5, 2, 5, 5].map((n) => ({ n }))
  expect(() => checkSmallest('Seed 7', items, holdsFives)).toThrow(
    'Seed 7, with\n{"n":5}\n{"n":5}\nThere are 2 fives.',
  )
  expect(() => checkSmallest('Seed 8', items.slice(0, 3), holdsFives)).not.toThrow()
})

test('seeds without a stream do not count, and the report says how far it went', ({ task }) => {
  const seeds: number[] = []
  const check = (seed: number) => {
    if (seed % 2 === 0) return false
    seeds.push(seed)
    return true
  }
  overSeeds(filter, 3, check, 10)
  expect(seeds).toEqual([11, 13, 15])
  const tried = { operator: 'filter', tried: 3, fromSeed: 10, toSeed: 15, failed: 0 }
  expect(task.meta.streams).toEqual([tried])
  delete task.meta.streams
})

test('the first seed that fails is the last that is tried', ({ task }) => {
  const check = (seed: number) => {
    if (seed === 3) throw new Error('Three.')
  }
  expect(() => overSeeds(filter, 100, check)).toThrow('Three.')
  expect(task.meta.streams).toMatchObject([{ tried: 3, toSeed: 3, failed: 1 }])
  delete task.meta.streams
})

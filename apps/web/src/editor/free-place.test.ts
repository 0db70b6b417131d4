/** New nodes lie on no other. */

import type { Point } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { freePlace, liesOnNode } from './free-place.ts'

const layoutOf = (...places: readonly Point[]) => ({
  layout: new Map(places.map((place, index) => [`n${index}`, place])),
})

test('where nothing stands, a node comes just there', () => {
  expect(freePlace(layoutOf(), [40, 80], { right: false })).toEqual([40, 80])
})

test('a node beside another stands a column to its right', () => {
  expect(freePlace(layoutOf([0, 0]), [0, 0], { right: true })).toEqual([276, 0])
})

test('a node goes below all that stand in its column', () => {
  const taken = layoutOf([0, 0], [276, 150], [300, -40])
  expect(freePlace(taken, [0, 0], { right: true })).toEqual([276, 326])
})

test('a node goes between two where both leave it room', () => {
  const taken = layoutOf([0, 0], [0, 352])
  expect(freePlace(taken, [0, 0], { right: false })).toEqual([0, 176])
})

test('a corner is taken where a node there would cover a part of another one', () => {
  expect(liesOnNode(layoutOf([0, 0]), [20, 20])).toBe(true)
  expect(liesOnNode(layoutOf([0, 0]), [0, 400])).toBe(false)
  expect(liesOnNode(layoutOf([0, 0]), [800, 0])).toBe(false)
})

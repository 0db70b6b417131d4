/** Checks that a bar gives way no further than it must. */

import { expect, test } from 'vitest'
import { leastStep } from './use-tightness.ts'

test.each([
  [0, 0],
  [3, 3],
  [6, 6],
  [7, 6],
])('what fits with step %i takes step %i of 6', (needed, taken) => {
  const tried: number[] = []
  const step = leastStep(6, (each) => {
    tried.push(each)
    return each >= needed
  })
  expect(step).toBe(taken)
  expect(tried).toEqual(Array.from({ length: Math.min(taken + 1, 6) }, (_, each) => each))
})

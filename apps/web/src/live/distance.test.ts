/** In which steps the canvas is seen from further away. */

import { expect, test } from 'vitest'
import { distanceOf } from './distance.ts'

test.each([
  [2, 1],
  [0.5, 1],
  [0.499, 2],
  [0.25, 2],
  [0.249, 4],
  [0.1, 8],
  [0.05, 16],
  [0.02, 32],
])('at a zoom of %d it is %d', (zoom, distance) => {
  expect(distanceOf(zoom)).toBe(distance)
})

test('an outline of that width is seen at every zoom, and never as a thick one', () => {
  for (let zoom = 0.02; zoom < 0.5; zoom += 0.001) {
    const pixels = distanceOf(zoom) * zoom
    expect(pixels).toBeGreaterThan(0.49)
    expect(pixels).toBeLessThanOrEqual(1)
  }
})

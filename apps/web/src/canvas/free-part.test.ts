/** What of the canvas is free, and how far a node has to move to be in it. */

import { expect, test } from 'vitest'
import { type Bounds, freePart, missingScroll } from './free-part.ts'

const CANVAS = bounds(0, 48, 700, 760)

test('panels beside the canvas take nothing from it', () => {
  const canvas = bounds(224, 48, 1124, 860)
  const panels = [bounds(0, 48, 224, 900), bounds(1124, 48, 1440, 900)]
  expect(freePart(canvas, panels)).toEqual(canvas)
})

test('a panel over either side of the canvas leaves what is beside it', () => {
  const panels = [bounds(0, 48, 224, 760), bounds(384, 48, 700, 760)]
  expect(freePart(CANVAS, panels)).toEqual(bounds(224, 48, 384, 760))
})

test('a node that is in view with room for its ports stays where it is', () => {
  expect(missingScroll(bounds(24, 72, 236, 172), CANVAS)).toEqual({ dx: 0, dy: 0 })
})

test('a node moves by what is missing, with room for the ports at its edge', () => {
  expect(missingScroll(bounds(488, 600, 700, 800), CANVAS)).toEqual({ dx: -24, dy: -64 })
  expect(missingScroll(bounds(0, 40, 212, 140), CANVAS)).toEqual({ dx: 24, dy: 32 })
})

test('where a node has no room the view begins with its start', () => {
  const free = bounds(224, 48, 384, 760)
  expect(missingScroll(bounds(300, 100, 512, 200), free)).toEqual({ dx: -52, dy: 0 })
})

function bounds(left: number, top: number, right: number, bottom: number): Bounds {
  return { left, top, right, bottom }
}

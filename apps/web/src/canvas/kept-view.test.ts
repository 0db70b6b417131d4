/** What stays in view when the drawer takes a part of the canvas. */

import { expect, test } from 'vitest'
import { keptView, type NodeBox } from './kept-view.ts'

const TALL = { width: 900, height: 800 }
const LOW = { width: 900, height: 500 }
const HOME = { x: 0, y: 0, zoom: 1 }

test('what would be covered is scrolled up, by no more than is missing', () => {
  const nodes = [node(300, 400), node(500, 600)]
  expect(keptView(HOME, TALL, LOW, nodes)).toEqual({ x: 0, y: -124, zoom: 1 })
})

test('what is still in view stays where it is', () => {
  expect(keptView(HOME, TALL, LOW, [node(100, 200), node(300, 400)])).toEqual(HOME)
})

test('a canvas as high as before shows what it showed', () => {
  expect(keptView(HOME, TALL, TALL, [node(300, 400), node(500, 600)])).toEqual(HOME)
})

test('where there is no room for all, the selected node is kept in view', () => {
  const nodes = [node(30, 130), node(620, 720, true)]
  expect(keptView(HOME, TALL, LOW, nodes)).toEqual({ x: 0, y: -244, zoom: 1 })
})

test('where there is no room for all and nothing is selected, nothing moves', () => {
  expect(keptView(HOME, TALL, LOW, [node(30, 130), node(620, 720)])).toEqual(HOME)
})

test('nodes that were out of view pull nothing along', () => {
  const nodes = [node(300, 400), node(900, 1000), node(-200, -100)]
  expect(keptView(HOME, TALL, LOW, nodes)).toEqual(HOME)
})

test('zoom and place of the view count', () => {
  const home = { x: 40, y: 100, zoom: 0.5 }
  expect(keptView(home, TALL, LOW, [node(600, 1000)])).toEqual({ x: 40, y: -24, zoom: 0.5 })
})

function node(top: number, bottom: number, selected = false): NodeBox {
  return { left: 100, right: 300, top, bottom, selected }
}

/** Checks that a node that is drawn late gets the focus, and takes it from nobody. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FRAMES_TO_WAIT, focusNode } from './focus-node.ts'

let waiting: FrameRequestCallback[] = []

beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (paint: FrameRequestCallback) => waiting.push(paint))
  waiting = []
  document.body.innerHTML = '<button>Add</button><input />'
})

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

function nextFrame(): void {
  for (const paint of waiting.splice(0)) paint(0)
}

function draw(nodeId: string): void {
  const node = document.createElement('div')
  node.className = 'react-flow__node'
  node.dataset.id = nodeId
  node.tabIndex = 0
  document.body.append(node)
}

function focused(): string | undefined {
  const active = document.activeElement
  return active instanceof HTMLElement ? (active.dataset.id ?? active.tagName) : undefined
}

test('a node that is drawn some frames later gets the focus', () => {
  document.querySelector('button')?.focus()
  focusNode('window')
  nextFrame()
  expect(focused()).toBe('BUTTON')
  draw('window')
  nextFrame()
  expect(focused()).toBe('window')
  expect(waiting).toEqual([])
})

test('where what had the focus is gone, the node gets it too', () => {
  document.querySelector('button')?.focus()
  focusNode('window')
  document.querySelector('button')?.remove()
  draw('window')
  nextFrame()
  expect(focused()).toBe('window')
})

test('whoever has gone on to a field stays there', () => {
  document.querySelector('button')?.focus()
  focusNode('window')
  document.querySelector('input')?.focus()
  draw('window')
  nextFrame()
  expect(focused()).toBe('INPUT')
  expect(waiting).toEqual([])
})

test('a node that does not come is not waited for without end', () => {
  focusNode('window')
  for (let frame = 0; frame < FRAMES_TO_WAIT; frame++) nextFrame()
  expect(waiting).toEqual([])
})

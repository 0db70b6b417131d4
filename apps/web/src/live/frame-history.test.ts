/** Checks that frames add up to what the host sees, whatever is lost on the way. */

import { expect, test } from 'vitest'
import { createFrameHistory } from './frame-history.ts'
import { frameOf, metricsOf, statusOf } from './testing/wire-values.ts'

const full = frameOf({ sequence: 1, nodes: { a: metricsOf({ in: 5 }), b: metricsOf({ in: 7 }) } })

test('a delta changes only the fields it names, and leaves other nodes the same objects', () => {
  const history = createFrameHistory()
  const first = history.take(full)
  const second = history.take(frameOf({ sequence: 2, base: 1, nodes: { a: { in: 9 } } }))
  if (first.kind !== 'view' || second.kind !== 'view') throw new Error('both are views')
  expect(second.view.nodes.get('a')).toEqual(metricsOf({ in: 9 }))
  expect(second.view.nodes.get('b')).toBe(first.view.nodes.get('b'))
  expect(first.view.nodes.get('a')?.in).toBe(5)
})

test('a frame that was lost costs nothing, since the next builds on one that came', () => {
  const history = createFrameHistory()
  history.take(full)
  history.take(frameOf({ sequence: 2, base: 1, nodes: { a: { in: 6 } } }))
  const outcome = history.take(frameOf({ sequence: 5, base: 1, nodes: { a: { out: 3 } } }))
  if (outcome.kind !== 'view') throw new Error('a view')
  expect(outcome.view.nodes.get('a')).toEqual(metricsOf({ in: 5, out: 3 }))
})

test('a frame on a base that never came is a gap', () => {
  const history = createFrameHistory()
  expect(history.take(frameOf({ sequence: 3, base: 2 })).kind).toBe('gap')
  history.take(full)
  expect(history.take(frameOf({ sequence: 9, base: 8 })).kind).toBe('gap')
})

test('a new node with only some of its values is a gap', () => {
  const history = createFrameHistory()
  history.take(full)
  expect(history.take(frameOf({ sequence: 2, base: 1, nodes: { c: { in: 1 } } })).kind).toBe('gap')
})

test('an older delta that comes late is left out', () => {
  const history = createFrameHistory()
  history.take(full)
  history.take(frameOf({ sequence: 3, base: 1, nodes: { a: { in: 9 } } }))
  expect(history.take(frameOf({ sequence: 2, base: 1 })).kind).toBe('stale')
})

test('a full frame starts over, even with a lower number', () => {
  const history = createFrameHistory()
  history.take(frameOf({ sequence: 40, nodes: { old: metricsOf() } }))
  const outcome = history.take(full)
  if (outcome.kind !== 'view') throw new Error('a view')
  expect([...outcome.view.nodes.keys()]).toEqual(['a', 'b'])
  expect(history.take(frameOf({ sequence: 2, base: 1, nodes: {} })).kind).toBe('view')
})

test('the state of the job is kept until a frame changes it', () => {
  const history = createFrameHistory()
  history.take(full)
  history.take(frameOf({ sequence: 2, base: 1, status: statusOf({ state: 'paused' }) }))
  const outcome = history.take(frameOf({ sequence: 3, base: 2 }))
  if (outcome.kind !== 'view') throw new Error('a view')
  expect(outcome.view.status.state).toBe('paused')
})

test('a host that builds on the first frame for ever does not make the page keep every view', () => {
  const history = createFrameHistory()
  history.take(full)
  for (let sequence = 2; sequence < 200; sequence++) {
    history.take(frameOf({ sequence, base: sequence - 1, nodes: {} }))
  }
  expect(history.take(frameOf({ sequence: 200, base: 100 })).kind).toBe('gap')
  expect(history.take(frameOf({ sequence: 201, base: 199 })).kind).toBe('view')
})

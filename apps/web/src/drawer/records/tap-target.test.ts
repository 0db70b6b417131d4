/** Checks which port is tapped for a selection. */

import { expect, test } from 'vitest'
import type { Board, BoardNode } from '../../live/board.ts'
import { chooseTap } from './tap-target.ts'

function node(id: string, changes: Partial<BoardNode> = {}): [string, BoardNode] {
  const whole = { id, title: id, operator: 'filter', category: 'transform', channels: [] } as const
  return [id, { ...whole, outputs: ['out', 'errors'], ...changes }]
}

const from = { node: 'slow', port: 'errors' }
const sink = node('out', {
  category: 'sink',
  outputs: ['errors'],
  channels: [{ port: 'in', from }],
})
const board: Board = { nodes: new Map([node('slow'), sink, node('bare', { outputs: [] })]) }

test('an edge means the port that it comes from', () => {
  expect(chooseTap(board, undefined, from)).toMatchObject(from)
})

test('a node means its first output, and offers the others', () => {
  expect(chooseTap(board, 'slow', undefined)).toEqual({
    node: 'slow',
    port: 'out',
    ports: [
      { node: 'slow', port: 'out' },
      { node: 'slow', port: 'errors' },
    ],
  })
})

test('a sink means what arrives at it', () => {
  expect(chooseTap(board, 'out', undefined)).toMatchObject(from)
})

test('nothing selected, or a node without ports, means nothing', () => {
  expect(chooseTap(board, undefined, undefined)).toBeUndefined()
  expect(chooseTap(board, 'bare', undefined)).toBeUndefined()
  expect(chooseTap(board, 'gone', undefined)).toBeUndefined()
})

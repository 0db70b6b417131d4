/** Checks that channels stand in the order in which a node's metrics number its inputs. */

import type { CheckedNode, OperatorDescription } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { nodeTitle, toBoard } from './board.ts'

function checked(id: string, inputs: readonly string[]): [string, CheckedNode] {
  const operator = { id: 'window-join', category: 'join', inputs } as Partial<OperatorDescription>
  const node: Partial<CheckedNode> = { id, title: 'Orders with clicks', outputs: ['out'] }
  return [id, { ...node, operator } as CheckedNode]
}

test('channels go by the order of the ports, then by the order of the edges', () => {
  const edge = (from: string, port: string) => ({
    from: { node: from, port: 'out' },
    to: { node: 'join', port },
  })
  const board = toBoard({
    nodes: new Map([checked('join', ['right', 'left'])]),
    edges: [edge('clicks', 'left'), edge('ads', 'right'), edge('orders', 'right')],
  })
  expect(board.nodes.get('join')?.channels.map(({ from }) => from.node)).toEqual([
    ...['ads', 'orders', 'clicks'],
  ])
  expect([nodeTitle(board, 'join'), nodeTitle(board, 'gone')]).toEqual([
    ...['Orders with clicks', 'gone'],
  ])
})

/** The order in which nodes are planned, and the cycles that forbid one. */

import { expect, test } from 'vitest'
import { orderNodes } from './order-nodes.ts'

function order(ids: string, ...links: readonly string[]) {
  return orderNodes(
    ids.split(' '),
    links.map((link) => {
      const [from = '', to = ''] = link.split('>')
      return { from, to }
    }),
  )
}

test('edges go forward, and of several nodes that could be next the lowest is', () => {
  expect(order('d c b a', 'd>a', 'c>a', 'b>c')).toEqual({ order: ['b', 'c', 'd', 'a'], cycles: [] })
  expect(order('z y x')).toEqual({ order: ['x', 'y', 'z'], cycles: [] })
})

test('several edges between two nodes are one dependence', () => {
  expect(order('a b', 'a>b', 'a>b')).toEqual({ order: ['a', 'b'], cycles: [] })
})

test('nodes after a cycle have no place in the order and are not in the cycle', () => {
  expect(order('a b c d s', 's>a', 'a>b', 'b>a', 'b>c', 'c>d')).toEqual({
    order: ['s'],
    cycles: [['a', 'b']],
  })
})

test('the shortest cycle through the lowest node is named, and each separate cycle', () => {
  expect(order('a b c x y', 'a>b', 'b>c', 'c>a', 'b>a', 'x>y', 'y>x', 'c>x').cycles).toEqual([
    ['a', 'b'],
    ['x', 'y'],
  ])
})

test('a node that feeds itself is a cycle', () => {
  expect(order('a', 'a>a')).toEqual({ order: [], cycles: [['a']] })
})

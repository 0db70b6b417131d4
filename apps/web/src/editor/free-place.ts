/** Finds a place for a new node that lies on no other. */

import type { Pipeline, Point } from '@millrace/pipeline'
import { NODE_HEIGHT, NODE_WIDTH } from './commands.ts'

const COLUMN_WIDTH = NODE_WIDTH + 64
/** A node with its figures and two rows of ports, and some air below. */
const ROW_HEIGHT = 176
const GAP = 32

/**
 * The corner of a node at the given place, or in the column to the right of it; further down where
 * other nodes stand there.
 */
export function freePlace(
  { layout }: Pick<Pipeline, 'layout'>,
  [left, top]: Point,
  { right }: { readonly right: boolean },
): Point {
  const x = right ? left + COLUMN_WIDTH : left
  const column = [...layout.values()]
    .filter(([otherX]) => Math.abs(otherX - x) < NODE_WIDTH + GAP)
    .map(([, otherY]) => otherY)
    .sort((a, b) => a - b)
  let y = top
  for (const other of column) if (Math.abs(other - y) < ROW_HEIGHT) y = other + ROW_HEIGHT
  return [x, y]
}

/** Whether a node with this corner would cover a part of another one. */
export function liesOnNode({ layout }: Pick<Pipeline, 'layout'>, [left, top]: Point): boolean {
  return [...layout.values()].some(
    ([x, y]) => Math.abs(x - left) < NODE_WIDTH && Math.abs(y - top) < NODE_HEIGHT,
  )
}

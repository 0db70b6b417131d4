/** How high a node is and where its ports stand, for the card and for who gives it a place. */

import type { NodeView, PortView } from './analysis.ts'

/** The port of a side that has only one stands beside the title. */
const FIRST_TOP = 25
const HEAD_HEIGHT = 50
const ROW = 20
/** Below the head of a running node: its figures, how busy it is, its time and the water. */
const FACE_HEIGHT = 56
/** Around the names of ports. */
const ROWS_PADDING = 6

export interface PortRow {
  readonly input: PortView | undefined
  readonly output: PortView | undefined
}

type Ports = Pick<NodeView, 'inputs' | 'outputs'>

/** Ports that need a name stand in rows below the head: where a side has several, and `late`. */
export function portRows({ inputs, outputs }: Ports): readonly PortRow[] {
  const right = outputs.filter(({ kind }) => kind !== 'errors')
  const named = {
    inputs: inputs.length > 1 ? inputs : [],
    outputs: right.filter(({ kind }) => kind === 'data').length > 1 ? right : right.slice(1),
  }
  return Array.from(
    { length: Math.max(named.inputs.length, named.outputs.length) },
    (_, index): PortRow => ({ input: named.inputs[index], output: named.outputs[index] }),
  )
}

/** From the node's upper edge; errors leave by the lower edge, and have none. */
export function portTop(
  rows: readonly PortRow[],
  side: keyof PortRow,
  { name, kind }: Pick<PortView, 'name' | 'kind'>,
): number | undefined {
  if (kind === 'errors') return undefined
  const row = rows.findIndex((candidate) => candidate[side]?.name === name)
  return row < 0 ? FIRST_TOP : HEAD_HEIGHT + row * ROW + ROW / 2
}

/** Once it runs, which is more than before: nothing below it should be covered then. */
export function runningHeight(ports: Ports): number {
  const rows = portRows(ports).length
  return HEAD_HEIGHT + (rows === 0 ? 0 : rows * ROW + ROWS_PADDING) + FACE_HEIGHT
}

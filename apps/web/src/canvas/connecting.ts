/** While an edge is drawn: where it began, and which ports it may end at. */

import { createStore } from 'zustand/vanilla'
import type { Side } from '../editor/edge-ends.ts'

export interface Connecting {
  readonly from: { readonly node: string; readonly port: string; readonly side: Side } | undefined
  /** The edge whose end is moved, where it is not a new one. */
  readonly movedEdge: string | undefined
  /** `node.port` of each port that is known to fit. */
  readonly fitting: ReadonlySet<string>
  /** Whether every port has been tried. */
  readonly tried: boolean
}

export const IDLE: Connecting = {
  from: undefined,
  movedEdge: undefined,
  fitting: new Set(),
  tried: false,
}

export const connecting = createStore<Connecting>(() => IDLE)

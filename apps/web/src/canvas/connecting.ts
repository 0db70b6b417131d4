/** While an edge is drawn: where it began, and which ports it may end at. */

import { createStore } from 'zustand/vanilla'
import type { Side } from '../editor/edge-ends.ts'

export interface Connecting {
  readonly from: { readonly node: string; readonly port: string; readonly side: Side } | undefined
  /** `node.port` of each port that fits. */
  readonly fitting: ReadonlySet<string>
}

export const IDLE: Connecting = { from: undefined, fitting: new Set() }

export const connecting = createStore<Connecting>(() => IDLE)

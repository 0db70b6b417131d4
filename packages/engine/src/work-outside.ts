/**
 * What nodes have under way outside of the loop: requests, and blocks on their way to a disk or a
 * log. While it is too much no batch is taken; while nothing of it ends, somebody should know.
 */

import type { Clock } from './env.ts'

/** Beyond it, no batch is taken; nor should one batch make more than that. */
export const OUTSTANDING_MAX = 16

/** Sources wait for this node. */
export interface Stall {
  readonly nodeId: string
  /** How long nothing has ended there. */
  readonly durationMs: number
}

export class WorkOutside {
  total = 0
  readonly #clock: Clock
  readonly #byNode = new Map<string, { count: number; endedAtMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isTooMuch(): boolean {
    return this.total > OUTSTANDING_MAX
  }

  /** Below 0 where it has ended. */
  add(count: number, nodeId: string): void {
    this.total += count
    const node = this.#byNode.get(nodeId)
    const nowMs = this.#clock.monotonicMs()
    if (node === undefined) this.#byNode.set(nodeId, { count, endedAtMs: nowMs })
    else {
      // Where there was nothing, there was nothing that could end.
      if (count < 0 || node.count === 0) node.endedAtMs = nowMs
      node.count += count
    }
  }

  /** The node with the most under way, where sources wait. */
  stall(): Stall | undefined {
    if (!this.isTooMuch) return undefined
    const [most] = [...this.#byNode].toSorted(([, a], [, b]) => b.count - a.count)
    if (most === undefined) return undefined
    const [nodeId, { endedAtMs }] = most
    return { nodeId, durationMs: this.#clock.monotonicMs() - endedAtMs }
  }
}

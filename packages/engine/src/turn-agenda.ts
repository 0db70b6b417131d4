/**
 * What nodes have left to do in the turn. The deepest goes on first, so that what a node emits is
 * worked off before it emits more. A node that must wait for one of its inputs lets what feeds that
 * input go on instead.
 */

import type { Agenda, Task } from './operator.ts'
import type { Shape } from './plan.ts'

export class TurnAgenda implements Agenda {
  readonly #shapes: readonly Shape[]
  readonly #clockMs: () => number
  readonly #tasks = new Map<number, Task>()
  #sliceEndMs = 0
  #asked = 0

  constructor(shapes: readonly Shape[], clockMs: () => number) {
    this.#shapes = shapes
    this.#clockMs = clockMs
  }

  get empty(): boolean {
    return this.#tasks.size === 0
  }

  beginSlice(endMs: number): void {
    this.#sliceEndMs = endMs
  }

  add(depth: number, task: Task): void {
    this.#tasks.set(depth, task)
  }

  frontier(depth: number, channel: number): number {
    const ancestors = this.#shapes[depth]?.ancestors[channel]
    let lowest = Number.POSITIVE_INFINITY
    for (const [taskDepth, task] of this.#tasks) {
      if (ancestors?.has(taskDepth)) lowest = Math.min(lowest, task.origin())
    }
    return lowest
  }

  /** Reads the clock at every fourth call only. */
  sliceIsOver(): boolean {
    this.#asked++
    return (this.#asked & 3) === 0 && this.#clockMs() >= this.#sliceEndMs
  }

  /** Lets one node go on. */
  resumeOne(): void {
    let candidates = [...this.#tasks.keys()]
    for (;;) {
      const depth = Math.max(...candidates)
      const task = this.#tasks.get(depth)
      if (task === undefined)
        throw new Error('Every node with something to do waits for another one.')
      const resumed = task.resume()
      if (resumed === 'more') return
      if (resumed === 'done') {
        this.#tasks.delete(depth)
        return
      }
      const feeding = this.#shapes[depth]?.ancestors[resumed.blockedOn]
      candidates = candidates.filter((candidate) => feeding?.has(candidate))
    }
  }
}

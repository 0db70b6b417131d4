/**
 * Takes turns as a recording says, in place of reading sources and the clock. Where the plan is not
 * the recorded one, nodes that were not there then have a clock of their own: it shows the time of
 * the next turn, and on the way there everything that falls due.
 */

import type { Clocked } from './operator.ts'
import type { RecordedTurn, ReplayOptions } from './recorded-turn.ts'
import type { SourceNode } from './source-node.ts'

/** A node of the job that does something at points in processing time. */
export interface ClockedNode {
  readonly nodeId: string
  readonly clocked: Clocked
}

export interface ReplayHost {
  readonly sources: readonly SourceNode[]
  readonly clocked: readonly ClockedNode[]
  /** What nodes are told is processing time. */
  setNow(nowMs: number): void
  wake(): void
  fail(error: unknown): void
}

export class ReplayedTurns {
  readonly #options: ReplayOptions
  readonly #host: ReplayHost
  #next: RecordedTurn | undefined
  #waiting = false
  #ended = false
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(options: ReplayOptions, host: ReplayHost) {
    this.#options = options
    this.#host = host
  }

  /** Takes one turn, between two others. */
  take(monotonicMs: number): 'taken' | 'waiting' | 'ended' {
    const turn = this.#peek()
    if (turn === undefined) return this.#ended ? 'ended' : 'waiting'
    const due = this.#dueBefore(turn)
    if (due !== undefined) {
      this.#tick(due, Math.max(this.#lastMs, due.nextTickMs()))
      return 'taken'
    }
    this.#next = undefined
    if (turn.kind === 'tick') {
      const node = this.#host.clocked.find(({ nodeId }) => nodeId === turn.node)?.clocked
      if (node !== undefined && node.nextTickMs() <= turn.nowMs) this.#tick(node, turn.nowMs)
      return 'taken'
    }
    this.#setNow(turn.nowMs)
    // A source that the pipeline no longer has brings it nothing.
    const source = this.#host.sources.find(({ nodeId }) => nodeId === turn.source)
    if (source === undefined || source.completed) return 'taken'
    if (turn.kind === 'idle') source.goIdle(turn.partitions)
    else {
      if (turn.kind === 'records') source.offer(turn.chunk, turn.partitions)
      else source.offer(undefined)
      source.take(Number.POSITIVE_INFINITY, undefined, monotonicMs)
    }
    return 'taken'
  }

  #peek(): RecordedTurn | undefined {
    if (this.#next !== undefined || this.#waiting || this.#ended) return this.#next
    const next = this.#options.feed.next()
    if (!(next instanceof Promise)) {
      this.#arrived(next)
      return this.#next
    }
    this.#waiting = true
    next.then(
      (turn) => {
        this.#waiting = false
        this.#arrived(turn)
        this.#host.wake()
      },
      (error) => {
        this.#host.fail(error)
      },
    )
    return undefined
  }

  #arrived(turn: RecordedTurn | undefined): void {
    this.#next = turn
    this.#ended = turn === undefined
  }

  /**
   * The node whose processing time comes before this turn, where the recording does not say when it
   * was called. One that was there then waits for the turn that calls it, unless records come first
   * that it would not have seen.
   */
  #dueBefore(turn: RecordedTurn): Clocked | undefined {
    const { clocked: known } = this.#options
    if (known === undefined) return undefined
    const bringsRecords = turn.kind === 'records' || turn.kind === 'end'
    let first: Clocked | undefined
    for (const { nodeId, clocked } of this.#host.clocked) {
      if (known.has(nodeId) && !bringsRecords) continue
      const dueMs = clocked.nextTickMs()
      if (dueMs > turn.nowMs || (first !== undefined && dueMs >= first.nextTickMs())) continue
      first = clocked
    }
    return first
  }

  #tick(node: Clocked, nowMs: number): void {
    this.#setNow(nowMs)
    node.tick(nowMs)
  }

  #setNow(nowMs: number): void {
    this.#lastMs = nowMs
    this.#host.setNow(nowMs)
  }
}

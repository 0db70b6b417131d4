/**
 * The breakpoints of one job: what pauses it when a record comes. One port may have several, with
 * conditions of their own.
 */

import type { Breakpoint, Job } from '@millrace/engine'
import { EMPTY_ROW, type StreamSchema, type wire } from '@millrace/pipeline'
import type { Subscription } from 'rxjs'
import type { HostRequest } from '../supervision/messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import { createCondition } from './port-condition.ts'
import { createRecordJson } from './record-json.ts'
import { toTapped } from './tap.ts'

const BREAKPOINTS_MAX = 64

export interface HostedBreakpointsOptions {
  readonly job: Pick<Job, 'breakAt'>
  nowMs(): number
  /** The job stands. Called in the middle of a turn. */
  onHit(hit: wire.BreakpointHit): void
}

export class HostedBreakpoints {
  readonly #options: HostedBreakpointsOptions
  readonly #set = new Map<string, Subscription>()
  #hit: wire.BreakpointHit | undefined

  constructor(options: HostedBreakpointsOptions) {
    this.#options = options
  }

  /** The record behind which the job stands. */
  get hit(): wire.BreakpointHit | undefined {
    return this.#hit
  }

  /** Throws a `Refusal`. */
  set(wish: HostRequest<'setBreakpoint'>, schema: StreamSchema): void {
    if (this.#set.size >= BREAKPOINTS_MAX) {
      const message = `This job has ${BREAKPOINTS_MAX} breakpoints, and may have no more. Remove one first.`
      throw new Refusal('conflict', 'too-many-breakpoints', message)
    }
    const { breakpointId, nodeId, port } = wish
    this.#set.set(breakpointId, this.#options.job.breakAt(nodeId, port, this.#wait(wish, schema)))
  }

  #wait(wish: HostRequest<'setBreakpoint'>, schema: StreamSchema): Breakpoint {
    const { breakpointId, nodeId, port, where, skip } = wish
    const { nowMs, onHit } = this.#options
    const passes = createCondition({ where, schema, nowMs })
    const toJson = createRecordJson(schema.columns)
    let count = 0
    let record: wire.TappedRecord | undefined
    return {
      hits: (element) => {
        record = undefined
        if (element.kind !== 'batch') return false
        for (const [index, row = EMPTY_ROW] of element.rows.entries()) {
          if (!passes(row) || ++count <= skip || record !== undefined) continue
          const [timeMs, change] = [element.times?.[index], element.changes?.[index]]
          const seen = { number: count, timeMs, change, seenAtMs: nowMs() }
          record = toTapped(seen, toJson(row).record)
        }
        return record !== undefined
      },
      onStand: () => {
        // Of all that one record has caused, the first is what it stands at.
        if (record === undefined || this.#hit !== undefined) return
        this.#hit = { breakpointId, nodeId, port, where: where ?? null, record }
        onHit(this.#hit)
      },
    }
  }

  /** Where the job stands at it, it stands there on. */
  clear(breakpointId: string): void {
    this.#set.get(breakpointId)?.unsubscribe()
    this.#set.delete(breakpointId)
  }

  clearAll(): void {
    for (const id of [...this.#set.keys()]) this.clear(id)
  }

  /** The job goes on. */
  goOn(): void {
    this.#hit = undefined
  }
}

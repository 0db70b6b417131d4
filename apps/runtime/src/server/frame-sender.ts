/**
 * What one client is sent of one job: a full frame first, then what has changed since the last
 * frame that it acknowledged. A frame that is lost costs nothing, and a client that stalls is sent
 * nothing more; what is kept for it are a few references to values that all clients share.
 */

import type { Clock } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'

/** More frames than these are not sent ahead of acknowledgements. */
const UNACKNOWLEDGED_MAX = 3
/** All of them may have been lost: then one more is tried now and then. */
const TRY_AGAIN_MS = 2000
/** Also where nothing has changed, so that the page sees that it is still connected. */
const STILL_HERE_MS = 1000

export interface Measured {
  readonly atMs: number
  readonly status: wire.JobStatus
  readonly nodes: Readonly<Record<string, wire.NodeMetrics>>
}

interface Sent extends Measured {
  readonly sequence: number
}

export class FrameSender {
  readonly #jobId: string
  readonly #clock: Clock
  #sequence = 0
  #base: Sent | undefined
  /** Not acknowledged, oldest first. */
  #sent: Sent[] = []
  #sentAtMs = Number.NEGATIVE_INFINITY

  constructor(jobId: string, clock: Clock) {
    this.#jobId = jobId
    this.#clock = clock
  }

  /** The frame to send now, or undefined where this client is sent none. */
  next(measured: Measured): wire.Frame | undefined {
    const sinceMs = this.#clock.monotonicMs() - this.#sentAtMs
    if (this.#sent.length >= UNACKNOWLEDGED_MAX && sinceMs < TRY_AGAIN_MS) return undefined
    const changes = toChanges(this.#base, measured)
    const latest = this.#sent.at(-1) ?? this.#base
    const quiet = latest !== undefined && changes.status === undefined && isEmpty(changes.nodes)
    if (quiet && this.#sent.length === 0 && sinceMs < STILL_HERE_MS) return undefined
    this.#sequence++
    this.#sentAtMs = this.#clock.monotonicMs()
    const sequence = this.#sequence
    this.#sent = [...this.#sent, { ...measured, sequence }].slice(-UNACKNOWLEDGED_MAX)
    const base = this.#base?.sequence ?? 0
    return { jobId: this.#jobId, sequence, base, atMs: measured.atMs, ...changes }
  }

  acknowledge(sequence: number): void {
    const base = this.#sent.find((sent) => sent.sequence === sequence)
    if (base === undefined) return
    this.#base = base
    this.#sent = this.#sent.filter((sent) => sent.sequence > sequence)
  }

  /** The next frame is a full one. */
  resync(): void {
    this.#base = undefined
    this.#sent = []
    this.#sentAtMs = Number.NEGATIVE_INFINITY
  }
}

function toChanges(
  base: Measured | undefined,
  { status, nodes }: Measured,
): Pick<wire.Frame, 'status' | 'nodes'> {
  if (base === undefined) return { status, nodes }
  const changed = changedNodes(base.nodes, nodes)
  return { ...(isSame(base.status, status) ? {} : { status }), nodes: changed }
}

/** By what is and what was: clients that look at one job mostly ask for the same. */
const known = new WeakMap<Measured['nodes'], WeakMap<Measured['nodes'], wire.Frame['nodes']>>()

function changedNodes(before: Measured['nodes'], now: Measured['nodes']): wire.Frame['nodes'] {
  const byBefore = known.get(now) ?? new WeakMap<Measured['nodes'], wire.Frame['nodes']>()
  known.set(now, byBefore)
  const found = byBefore.get(before)
  if (found !== undefined) return found
  const changed: [string, Partial<wire.NodeMetrics>][] = []
  for (const [id, metrics] of Object.entries(now)) {
    const old = Object.hasOwn(before, id) ? before[id] : undefined
    const differing = old === undefined ? metrics : changedFields(old, metrics)
    if (differing !== undefined) changed.push([id, differing])
  }
  const nodes = Object.fromEntries(changed)
  byBefore.set(before, nodes)
  return nodes
}

/** Undefined where none has. Most have not, of each node and in each frame: so no list is made. */
function changedFields(
  before: wire.NodeMetrics,
  now: wire.NodeMetrics,
): Partial<wire.NodeMetrics> | undefined {
  let changed: Record<string, unknown> | undefined
  for (const name in now) {
    const value = now[name as keyof wire.NodeMetrics]
    if (isSame(before[name as keyof wire.NodeMetrics], value)) continue
    changed ??= {}
    changed[name] = value
  }
  return changed
}

/** Of values as they came in a message. As texts they would take several times as long. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isObject(a) || !isObject(b)) return false
  let count = 0
  for (const name in a) {
    if (!Object.hasOwn(b, name) || !isSame(a[name], b[name])) return false
    count++
  }
  for (const _ in b) count--
  return count === 0
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0
}

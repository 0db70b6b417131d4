/**
 * Fails a job by the name of a node before its state fills the memory. How much a node keeps is
 * estimated now and then from a few of its entries: the less room is left, the sooner again, so
 * that it costs next to nothing as long as there is plenty.
 */

import type { Env } from './env.ts'
import { JobFailed } from './failure.ts'
import type { RunningNode } from './job-graph.ts'
import type { Ledger } from './ledger.ts'
import type { JobPlan } from './plan.ts'
import type { StateSize } from './state.ts'

export interface LimitedNode {
  readonly id: string
  readonly ledger: Ledger
  readonly state: { size(): StateSize }
}

export interface StateLimits {
  /** For each node, as the document sets it. */
  readonly nodeBytesMax: number | undefined
  /** For all nodes of the job together, as the process has room. */
  readonly jobBytesMax: number | undefined
}

/** A node has taken so much room that the job must end. */
export interface StateOverflow {
  readonly nodeId: string
  readonly failure: JobFailed
}

/** As long as nobody knows, a record may add this much. */
const RECORD_BYTES_MAX = 4096
/** Looks again when at most this part of the room that was left can have been taken. */
const ROOM_PART = 4

/** Of the memory that the process has; the rest is for what comes and goes. */
const STATE_PART = 0.7

/** Where the document sets nothing, and nobody knows what the process has, nothing is refused. */
export function limitState(
  nodes: readonly RunningNode[],
  { stateBytesMax }: JobPlan,
  { memoryBytesMax }: Env,
): StateLimit {
  const limited = nodes.map(({ node, context, state }) => {
    return { id: node.id, ledger: context.ledger, state }
  })
  const room = memoryBytesMax === undefined ? undefined : Math.floor(memoryBytesMax * STATE_PART)
  return new StateLimit(limited, { nodeBytesMax: stateBytesMax, jobBytesMax: room })
}

interface Watched {
  readonly node: LimitedNode
  size: StateSize
  /** The count of records that have come in at which to look again. */
  nextAt: number
  lookedAt: number
}

export class StateLimit {
  readonly #limits: StateLimits
  readonly #watched: readonly Watched[]

  constructor(nodes: readonly LimitedNode[], limits: StateLimits) {
    this.#limits = limits
    this.#watched = nodes.map((node) => {
      return { node, size: { entries: 0, bytes: 0 }, nextAt: 0, lookedAt: 0 }
    })
  }

  /** Between turns. */
  check(): StateOverflow | undefined {
    for (const watched of this.#watched) {
      if (watched.node.ledger.in < watched.nextAt) continue
      const overflow = this.#look(watched)
      if (overflow !== undefined) return overflow
    }
    return undefined
  }

  #look(watched: Watched): StateOverflow | undefined {
    const { node } = watched
    const { nodeBytesMax = Number.POSITIVE_INFINITY } = this.#limits
    const { jobBytesMax = Number.POSITIVE_INFINITY } = this.#limits
    const before = watched.size.bytes
    watched.size = node.state.size()
    const { bytes } = watched.size
    if (bytes > nodeBytesMax) return ofNode(node, watched.size, nodeBytesMax)
    const total = this.#watched.reduce((sum, { size }) => sum + size.bytes, 0)
    if (total > jobBytesMax) return this.#ofJob(total, jobBytesMax)
    const records = node.ledger.in - watched.lookedAt
    const grown = records > 0 ? (bytes - before) / records : RECORD_BYTES_MAX
    const room = Math.min(nodeBytesMax - bytes, jobBytesMax - total)
    watched.lookedAt = node.ledger.in
    // What a record adds may be more tomorrow, but seldom by very much.
    const each = Math.max(grown * 2, 256)
    watched.nextAt = watched.lookedAt + Math.max(1, Math.floor(room / ROOM_PART / each))
    return undefined
  }

  #ofJob(total: number, bytesMax: number): StateOverflow | undefined {
    const [largest] = this.#watched.toSorted((a, b) => b.size.bytes - a.size.bytes)
    if (largest === undefined) return undefined
    const { node, size } = largest
    const message =
      `The nodes of this job keep about ${sizeText(total)} of state, and this process has room for ` +
      `${sizeText(bytesMax)}. Most of it is in node "${node.id}", with ${keys(size)}. Forget keys with ` +
      '"stateTimeToLive", choose a smaller window, or give Millrace more memory, as with ' +
      'NODE_OPTIONS=--max-old-space-size=8192.'
    return { nodeId: node.id, failure: failed(message) }
  }
}

function ofNode({ id }: LimitedNode, size: StateSize, bytesMax: number): StateOverflow {
  const message =
    `Node "${id}" keeps ${keys(size)}, about ${sizeText(size.bytes)} of state, and its limit is ` +
    `${sizeText(bytesMax)}. Forget keys with "stateTimeToLive", choose a smaller window, or raise "stateLimit" in ` +
    'the settings of the pipeline.'
  return { nodeId: id, failure: failed(message) }
}

function failed(message: string): JobFailed {
  return new JobFailed({ domain: 'user', retry: false, message })
}

function keys({ entries }: StateSize): string {
  return `${entries} ${entries === 1 ? 'key' : 'keys'}`
}

/** Two digits or so: it is an estimate. */
function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(bytes) / 10)))
  const value = bytes / 1024 ** power
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${units[power]}`
}

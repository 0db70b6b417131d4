/**
 * Fails a job by the name of a node before its state fills the memory. How much a node keeps is
 * estimated now and then from a few of its entries: the less room is left, the sooner again, so
 * that it costs next to nothing as long as there is plenty.
 */

import { JobFailed } from './failure.ts'
import type { RunningNode } from './job-graph.ts'
import type { Ledger } from './ledger.ts'
import type { JobPlan, PlanNode } from './plan.ts'
import type { SavableState, StateSize } from './state.ts'
import type { StateRoom } from './state-room.ts'

/** What is asked of a node's state here. */
export type KeptState = Pick<
  SavableState,
  'size' | 'countKeys' | 'spill' | 'tidySpilled' | 'readSome'
>

export interface LimitedNode {
  readonly id: string
  /** The names of the fields of its config. */
  readonly fields: readonly string[]
  readonly ledger: Ledger
  readonly state: KeptState
}

export interface StateLimits {
  /** For each node, as the document sets it. */
  readonly nodeBytesMax: number | undefined
  /** For all nodes of the job together, as the process has it. */
  readonly room: StateRoom
  /** For all nodes of the job together, as a server allows it. */
  readonly quotaBytes?: number | undefined
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
/** A record may be in the state several times over, with what it is kept in. */
const BYTES_OF_A_BYTE = 4

/** Where the document sets nothing, and nobody knows what the process has, nothing is refused. */
export function limitState(
  nodes: readonly RunningNode[],
  { stateBytesMax }: JobPlan,
  room: StateRoom,
  quotaBytes?: number,
): StateLimit {
  const limited = nodes.map(({ node, context, state }) => {
    return { id: node.id, fields: fieldsOf(node), ledger: context.ledger, state }
  })
  return new StateLimit(limited, { nodeBytesMax: stateBytesMax, room, quotaBytes })
}

const NOTHING: StateSize = { entries: 0, bytes: 0, spilledBytes: 0 }

interface Watched {
  readonly node: LimitedNode
  size: StateSize
  /** The count of records that have come in at which to look again. */
  nextAt: number
  lookedAt: number
  /** The bytes that sources have handed on at which to look again. */
  nextAtBytes: number
}

export class StateLimit {
  readonly #limits: StateLimits
  readonly #watched: readonly Watched[]

  constructor(nodes: readonly LimitedNode[], limits: StateLimits) {
    this.#limits = limits
    this.#watched = nodes.map((node) => {
      return { node, size: NOTHING, nextAt: 0, lookedAt: 0, nextAtBytes: 0 }
    })
  }

  /**
   * Between turns; `handedBytes` is how much sources have handed on so far. It tells of records
   * that are suddenly far larger than those before, whose count does not.
   */
  check(handedBytes = 0): StateOverflow | undefined {
    for (const { node } of this.#watched) {
      node.state.readSome()
      if (this.#limits.room.isUsed) node.state.tidySpilled()
    }
    for (const watched of this.#watched) {
      const { node, nextAt, nextAtBytes } = watched
      if (node.ledger.in < nextAt && handedBytes < nextAtBytes) continue
      const overflow = this.#look(watched, handedBytes)
      if (overflow !== undefined) return overflow
    }
    return undefined
  }

  #look(watched: Watched, handedBytes: number): StateOverflow | undefined {
    const { node } = watched
    const { nodeBytesMax = Infinity, quotaBytes = Infinity, room } = this.#limits
    const { bytesMax: jobBytesMax = Number.POSITIVE_INFINITY } = room
    const before = bytesOf(watched.size)
    watched.size = node.state.size()
    if (room.isNarrow(this.#inMemory())) this.#relieve(room)
    const bytes = bytesOf(watched.size)
    if (bytes > nodeBytesMax) return ofNode(node, watched.size, nodeBytesMax)
    const total = this.#inMemory()
    if (total > jobBytesMax) return this.#ofJob(total, jobBytesMax)
    const kept = this.#watched.reduce((sum, each) => sum + bytesOf(each.size), 0)
    if (kept > quotaBytes) return this.#ofQuota(kept, quotaBytes)
    const records = node.ledger.in - watched.lookedAt
    const grown = records > 0 ? (bytes - before) / records : RECORD_BYTES_MAX
    const left = Math.min(nodeBytesMax - bytes, jobBytesMax - total, quotaBytes - kept)
    watched.lookedAt = node.ledger.in
    // What a record adds may be more tomorrow, but seldom by very much.
    const each = Math.max(grown * 2, 256)
    const untilNext = room.isNarrow(total) ? 1 : Math.floor(left / ROOM_PART / each)
    watched.nextAt = watched.lookedAt + Math.max(1, untilNext)
    watched.nextAtBytes = handedBytes + Math.max(1, left / ROOM_PART / BYTES_OF_A_BYTE)
    return undefined
  }

  #inMemory(): number {
    return this.#watched.reduce((sum, { size }) => sum + size.bytes, 0)
  }

  #relieve(room: StateRoom): void {
    room.relieve(this.#watched.map(({ node: { state }, size }) => ({ state, size })))
    for (const watched of this.#watched) watched.size = watched.node.state.size()
  }

  #ofQuota(kept: number, bytesMax: number): StateOverflow | undefined {
    const [largest] = this.#watched.toSorted((a, b) => bytesOf(b.size) - bytesOf(a.size))
    if (largest === undefined) return undefined
    const { node } = largest
    const message =
      `The nodes of this job keep about ${sizeText(kept)} of state, and this server allows a job ` +
      `${sizeText(bytesMax)} (--job-state). Most of it is in node "${node.id}", with ${keys(node)}. ` +
      waysOut(node, 'ask whoever runs the server for more')
    return { nodeId: node.id, failure: failed(message) }
  }

  #ofJob(total: number, bytesMax: number): StateOverflow | undefined {
    const [largest] = this.#watched.toSorted((a, b) => b.size.bytes - a.size.bytes)
    if (largest === undefined) return undefined
    const { node } = largest
    const message =
      `The nodes of this job keep about ${sizeText(total)} of state, and this process has room for ` +
      `${sizeText(bytesMax)}. Most of it is in node "${node.id}", with ${keys(node)}. ` +
      waysOut(node, 'give Millrace more memory, as with NODE_OPTIONS=--max-old-space-size=8192')
    return { nodeId: node.id, failure: failed(message) }
  }
}

function ofNode(node: LimitedNode, size: StateSize, bytesMax: number): StateOverflow {
  const message =
    `Node "${node.id}" keeps ${keys(node)}, about ${sizeText(bytesOf(size))} of state, and its limit is ` +
    `${sizeText(bytesMax)}. ${waysOut(node, 'raise "stateLimit" in the settings of the pipeline')}`
  return { nodeId: node.id, failure: failed(message) }
}

/** By the field of a config, how its state is made smaller. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['stateTimeToLive', 'forget keys with "stateTimeToLive"'],
  ['size', 'choose a smaller window'],
  ['window', 'choose a smaller window'],
  ['gap', 'choose a smaller gap'],
  ['within', 'choose a shorter "within"'],
  ['lower', 'choose bounds that are closer'],
  ['n', 'keep fewer rows by "n"'],
  ['limit', 'keep fewer rows by "limit"'],
  ['rows', 'keep fewer rows by "rows"'],
])

function waysOut({ fields }: LimitedNode, otherwise: string): string {
  const found = fields.flatMap((field) => REMEDIES.get(field) ?? [])
  const text = [...found, `${found.length > 0 ? 'or ' : ''}${otherwise}.`].join(', ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function fieldsOf({ operator }: PlanNode): readonly string[] {
  const { shape = {} } = operator.config as { readonly shape?: object }
  return Object.keys(shape)
}

function failed(message: string): JobFailed {
  return new JobFailed({ domain: 'user', retry: false, message })
}

function bytesOf({ bytes, spilledBytes }: StateSize): number {
  return bytes + spilledBytes
}

/** The memory is full: so that counting does not fill the rest of it, it ends somewhere. */
const KEYS_MAX = 100_000

function keys({ state }: LimitedNode): string {
  const count = state.countKeys(KEYS_MAX)
  if (count >= KEYS_MAX) return `${KEYS_MAX} keys or more`
  return `${count} ${count === 1 ? 'key' : 'keys'}`
}

/** Two digits or so: it is an estimate. */
function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(bytes) / 10)))
  const value = bytes / 1024 ** power
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${units[power]}`
}

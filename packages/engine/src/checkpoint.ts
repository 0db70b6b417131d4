/** What a checkpoint of a job holds, and how it lies in a store. */

import type { CheckpointStore, StateChange } from './checkpoint-store.ts'
import type { Env } from './env.ts'
import type { SavedLedger } from './ledger.ts'
import { MemoryState } from './memory-state.ts'
import { plainObject } from './plain-object.ts'
import type { SavedSource } from './source-node.ts'
import type { StateEntry } from './state.ts'
import {
  decodeState,
  encodeState,
  encodeStateBehind,
  type Saved,
  StateCodecError,
  StateReader,
  Unchanging,
} from './state-codec.ts'
import { StateRoom } from './state-room.ts'
import type { SavedValve } from './valve.ts'

const FORMAT = 1

/** A job at rest, without the keyed state of its nodes. */
export interface JobMeta {
  readonly format: typeof FORMAT
  /** All input had ended, and the last output was prepared. */
  readonly finished: boolean
  readonly nodes: { readonly [id: string]: SavedNode }
  /** What sinks have prepared, by node; under no name, what could not be processed. */
  readonly prepared: { readonly [nodeId: string]: Saved }
  /** Dead letters that were to be sent in again are done up to here; absent before the first. */
  readonly resent?: SavedResends
}

export interface SavedNode extends NodeIdentity {
  /** Whether it keeps anything. */
  readonly hasState: boolean
  readonly ledger: SavedLedger
  readonly idle: boolean
  /** Nodes with inputs. */
  readonly runner?: SavedRunner
  /** Sources. */
  readonly source?: SavedSource
}

/** What must be the same so that stored state means what it meant. */
export interface NodeIdentity {
  readonly operator: string
  readonly stateVersion: number
  /** Settings and schemas, as far as state depends on them: by what they are called, as JSON. */
  readonly meaning: { readonly [what: string]: string }
}

/** Places are those of one job; another one that begins here has requests of its own. */
export interface SavedResends {
  readonly jobId: string | undefined
  readonly place: number
  /** The jobs whose books these go on with, the oldest first; absent where it is this one alone. */
  readonly books?: readonly string[]
}

/** Where a node with inputs stands. */
export interface SavedRunner {
  /** Where each channel comes from, as `node.port`. */
  readonly channels: readonly string[]
  readonly valve: SavedValve
  /** Channels that have ended. */
  readonly ended: readonly boolean[]
  readonly outgoingMs: number
}

/** A checkpoint that has been read, ready for one job to go on from. */
export interface RestoredJob {
  readonly id: number
  readonly atMs: number
  /** As the store has it. */
  readonly stamp: number
  readonly meta: JobMeta
  /** By node. The job goes on with these, so that there is only one of everything. */
  readonly states: ReadonlyMap<string, MemoryState>
  readonly room: StateRoom
}

/** Entries that are read before looking whether they fit into memory. */
const ENTRIES_BETWEEN_LOOKS = 4096
/** Of the room for state, for what is read when it is needed; the rest is read at once. */
const READ_LATER_PART = 0.25
/** So much is decoded before others have the thread: who watches the process must hear of it. */
const BYTES_AT_ONCE = 256 * 1024

export type { SavedSource }

/**
 * The newest checkpoint, or the one with this id; undefined where there is none. Rejects where what
 * is stored is damaged or of a newer Millrace. What does not fit into memory goes outside of it.
 */
export async function readCheckpoint(
  store: CheckpointStore,
  env: Env,
  id?: number,
): Promise<RestoredJob | undefined> {
  const stored = await store.read(id)
  if (stored === undefined) return undefined
  const meta = decodeMeta(stored.meta)
  const states = new Map<string, MemoryState>()
  const room = new StateRoom(env)
  const entries = new EntryReader()
  // Blocks of which some entries are read stay whole, which must not matter for the room there is.
  let laterBytes = (room.bytesMax ?? Number.POSITIVE_INFINITY) * READ_LATER_PART
  let [count, bytes] = [0, 0]
  try {
    for await (const some of stored.entries()) {
      for (const change of 'key' in some ? [some] : some) {
        bytes += change.key.length + (change.value?.length ?? 0)
        const { nodeId, entry } = entries.read(change)
        const state = states.get(nodeId) ?? new MemoryState({ stored: true })
        states.set(nodeId, state)
        laterBytes -= entry.value?.length ?? 0
        state.restoreOne(entry, laterBytes >= 0)
        if (++count % ENTRIES_BETWEEN_LOOKS !== 0) continue
        room.relieve([...states.values()].map((one) => ({ state: one, size: one.size() })))
      }
      if (bytes < BYTES_AT_ONCE) continue
      bytes = 0
      await new Promise<void>((resolve) => env.timers.yield(resolve))
    }
  } catch (error) {
    room.close()
    throw error
  }
  return { id: stored.id, atMs: stored.atMs, stamp: stored.stamp, meta, states, room }
}

export function encodeMeta(meta: Omit<JobMeta, 'format'>): Uint8Array {
  const nodes = Object.entries(meta.nodes).map(([id, saved]) => {
    return [id, { ...saved, meaning: encodedOnce(saved.meaning) }] as const
  })
  return encodeState({ format: FORMAT, ...meta, nodes: plainObject(nodes) })
}

/** What a node's state means is most of what is said of it, and the same each time. */
const meanings = new WeakMap<NodeIdentity['meaning'], Unchanging>()

function encodedOnce(meaning: NodeIdentity['meaning']): Unchanging {
  const known = meanings.get(meaning)
  if (known !== undefined) return known
  const once = new Unchanging(meaning)
  meanings.set(meaning, once)
  return once
}

export function decodeMeta(bytes: Uint8Array): JobMeta {
  const meta = decodeState(bytes) as unknown as JobMeta
  if (meta.format === FORMAT) return meta
  throw new StateCodecError(
    `The checkpoint has format ${String(meta.format)}, and this Millrace reads format ${FORMAT}. ` +
      'Start it with the version that wrote the checkpoint, or a newer one.',
  )
}

/**
 * Makes the stored keys of one node's entries, most of which begin as the one before. A key begins
 * with its key group, so that groups can be moved apart.
 */
export class EntryKeys {
  readonly #nodeId: string
  #part: string | undefined
  #pathLength = 0
  /** What says the node and the part, with room for the key group in front. */
  #prefix = new Uint8Array(0)

  constructor(nodeId: string) {
    this.#nodeId = nodeId
  }

  keyOf({ part, path, keyGroup }: StateEntry): Uint8Array {
    if (part !== this.#part || path.length !== this.#pathLength) this.#begin(part, path.length)
    const prefix = this.#prefix
    prefix[0] = keyGroup
    return encodeStateBehind(prefix, path)
  }

  #begin(part: string, pathLength: number): void {
    const ends = Array.from({ length: pathLength }, () => null)
    const whole = encodeState([this.#nodeId, part, ...ends])
    // A NULL takes one byte.
    const beginning = whole.subarray(0, whole.length - pathLength)
    this.#prefix = new Uint8Array(beginning.length + 1)
    this.#prefix.set(beginning, 1)
    this.#part = part
    this.#pathLength = pathLength
  }
}

/** The node whose state it is. */
export function nodeOfEntry({ key }: StateChange): string {
  return readKey(key).nodeId
}

function readKey(key: Uint8Array) {
  const whole = decodeState(key.subarray(1))
  if (!Array.isArray(whole)) throw new StateCodecError('A key of stored state is no path.')
  const [nodeId, part, ...path] = whole as Saved[]
  if (typeof nodeId !== 'string' || typeof part !== 'string') {
    throw new StateCodecError('A key of stored state does not begin with a node and a part of it.')
  }
  return { nodeId, part, path }
}

interface ReadEntry {
  readonly nodeId: string
  readonly entry: StateEntry
}

/** Most keys begin as the one before: with the same node, and the same part of its state. */
class EntryReader {
  #nodeId = ''
  #part = ''
  /** What says so, behind the key group: a list of four, the node, the part. */
  #prefix = new Uint8Array(0)

  read({ key, value }: StateChange): ReadEntry {
    const keyGroup = key[0] ?? 0
    const from = 1 + this.#prefix.length
    if (this.#prefix.length > 0 && this.#begins(key)) {
      const reader = new StateReader(key, from)
      const path = [reader.value(), reader.value()]
      if (!reader.atEnd) throw new StateCodecError('Something stands behind a key of stored state.')
      return { nodeId: this.#nodeId, entry: { part: this.#part, path, keyGroup, value } }
    }
    const { nodeId, part, path } = readKey(key)
    if (path.length === PATH_LENGTH) this.#remember(nodeId, part)
    return { nodeId, entry: { part, path, keyGroup, value } }
  }

  #begins(key: Uint8Array): boolean {
    const prefix = this.#prefix
    for (let index = 0; index < prefix.length; index++) {
      if (key[index + 1] !== prefix[index]) return false
    }
    return true
  }

  #remember(nodeId: string, part: string): void {
    this.#nodeId = nodeId
    this.#part = part
    const ends = encodeState([nodeId, part, null, null])
    this.#prefix = ends.slice(0, -PATH_LENGTH)
  }
}

/** Of an entry of a table: its namespace and its key. A NULL takes one byte. */
const PATH_LENGTH = 2

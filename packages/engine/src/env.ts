/**
 * The world outside: clocks, timers, dice, files. Everything below the apps gets it handed in, so
 * that tests, replays and simulated crashes can stand in for it. Real and virtual adapters live
 * elsewhere.
 */

import type { Net } from './net.ts'
import type { SpillSpace } from './spill-space.ts'
import type { Topics } from './topics.ts'

export interface Env {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly ids: Ids
  readonly disk: Disk
  /** The log. Absent where there is no data folder, as in the browser. */
  readonly topics?: Topics
  /** Other machines. Absent where none may be reached, as in the browser. */
  readonly net?: Net
  /** How much this process may keep, in bytes. Absent where nobody knows. */
  readonly memoryBytesMax?: number
  /** Where state goes that does not fit into memory. Absent where it has to. */
  readonly openSpillSpace?: () => SpillSpace
  /** `vm.compileFunction` in Node, absent where code may not be generated. */
  readonly compile?: (
    body: string,
    parameters: readonly string[],
  ) => (...values: never[]) => unknown
}

export interface Clock {
  /** Wall clock, UTC milliseconds. It may jump. */
  nowMs(): number
  /** Milliseconds since some start, with fractions. It never goes back. */
  monotonicMs(): number
}

export interface Timers {
  /** Calls back once, not before `delayMs` has passed. Returns how to cancel it. */
  after(delayMs: number, callback: () => void): () => void
  /** Calls back as soon as whatever else waits for this thread has had its turn. */
  yield(callback: () => void): void
}

export interface Random {
  /** [0, 1) */
  next(): number
}

export interface Ids {
  /** A new text, unique in this job's life. */
  next(): string
}

/** Files by absolute path. Every call fails with a `DiskError`. */
export interface Disk {
  open(path: string, mode: OpenMode): Promise<DiskFile>
  /** What stood at `to` is replaced. */
  rename(from: string, to: string): Promise<void>
  /** A file, or a folder with nothing in it. */
  remove(path: string): Promise<void>
  /** Creates the folder and those above it that are missing. */
  makeFolder(path: string): Promise<void>
  /** The path without links. Of what is not there, the real folder and the name in it. */
  realPath(path: string): Promise<string>
  /** What stands there; links are followed. */
  kindOf(path: string): Promise<'file' | 'folder' | 'special' | 'nothing'>
  /** The names in a folder, in order. */
  list(path: string): Promise<readonly string[]>
  /** Makes renames and new names in the folder last through a power cut. */
  syncFolder(path: string): Promise<void>
  /** How much may still be written where this file or folder lies. */
  freeBytes(path: string): Promise<number>
}

/**
 * `create` empties what is there, `create-new` fails with `exists` where anything is, and `append`
 * writes behind it.
 */
export type OpenMode = 'read' | 'create' | 'create-new' | 'append'

export interface DiskFile {
  /** Fills `into` from `offsetBytes` on; returns how many bytes there were, 0 at the end. */
  read(into: Uint8Array, offsetBytes: number): Promise<number>
  /** Writes all of `bytes` at the end. Where it fails, the beginning of them may stand there. */
  write(bytes: Uint8Array): Promise<void>
  /** Cuts the file: what is written next stands at `sizeBytes`. */
  truncate(sizeBytes: number): Promise<void>
  /** Returns when what was written lasts through a power cut. */
  sync(): Promise<void>
  close(): Promise<void>
  sizeBytes(): Promise<number>
}

export type DiskErrorCode =
  | 'not-found'
  | 'no-permission'
  | 'no-space'
  | 'is-folder'
  /** Something stands where `create-new` was to make a file. */
  | 'exists'
  /** A device, a pipe or a socket. */
  | 'is-special'
  | 'too-many-open-files'
  | 'other'

export class DiskError extends Error {
  readonly code: DiskErrorCode
  readonly path: string

  constructor(code: DiskErrorCode, path: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'DiskError'
    this.code = code
    this.path = path
  }
}

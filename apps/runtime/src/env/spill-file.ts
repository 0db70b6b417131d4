/**
 * State that does not fit into memory, in a file of SQLite's that nobody else sees and that goes
 * with the process. Nothing is synced: what must last is in checkpoints.
 */

import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { DiskError, type SpillSpace } from '@millrace/engine'
import type Sqlite from 'better-sqlite3'

/** In the data folder. */
export const SPILL_FOLDER = 'spilled'

/** Pages that SQLite keeps in memory, in KiB. */
const CACHE_KIB = 16 * 1024

/**
 * Fails with a `DiskError`, as all calls of what it returns do. SQLite is loaded when a job first
 * needs it, from where `from` would find it.
 */
export function openSpillFile(folder: string, from = import.meta.url): SpillSpace {
  const file = path.join(folder, `spilled-${randomUUID()}.sqlite`)
  return orDiskError(file, () => {
    mkdirSync(folder, { recursive: true })
    const load = createRequire(from)
    const Database = load('better-sqlite3') as typeof Sqlite
    const database = new Database(file)
    database.pragma('page_size = 4096')
    database.pragma('journal_mode = MEMORY')
    database.pragma('synchronous = OFF')
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma(`cache_size = -${CACHE_KIB}`)
    database.exec('CREATE TABLE spilled (place INTEGER PRIMARY KEY, value BLOB NOT NULL)')
    // Gone from the folder, and there as long as the process has it open; elsewhere than on POSIX
    // it goes when it is closed.
    const isHidden = remove(file)
    return new SpillFile(database, file, isHidden)
  })
}

class SpillFile implements SpillSpace {
  readonly #database: Sqlite.Database
  readonly #file: string
  readonly #isHidden: boolean
  readonly #insert: Sqlite.Statement<[Uint8Array]>
  readonly #select: Sqlite.Statement<[number]>
  readonly #delete: Sqlite.Statement<[number]>

  constructor(database: Sqlite.Database, file: string, isHidden: boolean) {
    this.#database = database
    this.#file = file
    this.#isHidden = isHidden
    this.#insert = database.prepare('INSERT INTO spilled (value) VALUES (?)')
    this.#select = database.prepare('SELECT value FROM spilled WHERE place = ?').pluck()
    this.#delete = database.prepare('DELETE FROM spilled WHERE place = ?')
  }

  store(values: readonly Uint8Array[]): readonly number[] {
    return orDiskError(this.#file, () => {
      const database = this.#database
      database.exec('BEGIN')
      const places = values.map((value) => Number(this.#insert.run(value).lastInsertRowid))
      database.exec('COMMIT')
      return places
    })
  }

  load(place: number): Uint8Array {
    const value = orDiskError(this.#file, () => this.#select.get(place))
    if (value instanceof Uint8Array) return value
    throw new RangeError(`Nothing stands at place ${place}.`)
  }

  free(place: number): void {
    orDiskError(this.#file, () => this.#delete.run(place))
  }

  close(): void {
    this.#database.close()
    if (!this.#isHidden) remove(this.#file)
  }
}

/** Whether it has gone. */
function remove(file: string): boolean {
  try {
    rmSync(file, { force: true })
    return true
  } catch {
    return false
  }
}

function orDiskError<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof DiskError || error instanceof RangeError) throw error
    const { code = '', message } = error as { readonly code?: string; readonly message: string }
    const isFull = code === 'SQLITE_FULL' || code === 'ENOSPC'
    throw new DiskError(
      isFull ? 'no-space' : 'other',
      file,
      `State that does not fit into memory cannot be kept in ${file}: ${message}.`,
      error,
    )
  }
}

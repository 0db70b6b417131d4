/**
 * Who has a folder in which something outlives its process: one process at a time. SQLite's own
 * lock says who, which the operating system lets go of however that process ends. So a process
 * that was killed leaves nothing behind that has to be removed.
 */

import path from 'node:path'
import process from 'node:process'
import Sqlite from 'better-sqlite3'
import {
  holderOf,
  LOCK_FILE,
  makeDataFolder,
  removeHolder,
  writeHolder,
} from '../env/data-folder.ts'
import { Refusal } from '../supervision/refusal.ts'
import { otherThing } from './sqlite-refusal.ts'

export interface FolderLock {
  readonly folder: string
  /** Of the folder, for as long as it is there. */
  readonly id: string
  /** Goes up with each process that has had the folder. */
  readonly epoch: number
  release(): void
}

export interface LockOptions {
  /** The command, for whoever is refused. */
  readonly holder: string
  /** What is kept in the folder, as "data folder". */
  readonly what: string
  /** What whoever is refused may do, as a sentence. */
  readonly wayOut: string
  newId(): string
}

/** Throws a `Refusal` where another process has it, or where it cannot be written. */
export function lockFolder(folder: string, options: LockOptions): FolderLock {
  let sqlite: Sqlite.Database | undefined
  try {
    makeDataFolder(folder)
    sqlite = new Sqlite(path.join(folder, LOCK_FILE), { timeout: 0 })
    const { id, epoch } = take(sqlite, options.newId)
    writeHolder(folder, `process ${process.pid} (${options.holder})`)
    const held = sqlite
    const release = () => {
      removeHolder(folder)
      held.close()
    }
    return { folder, id, epoch, release }
  } catch (error) {
    sqlite?.close()
    throw refusalOf(error, folder, options) ?? error
  }
}

/** The lock that the first transaction takes is kept until the file is closed. */
function take(sqlite: Sqlite.Database, newId: () => string) {
  sqlite.pragma('locking_mode = EXCLUSIVE')
  sqlite.exec('BEGIN EXCLUSIVE')
  sqlite.exec('CREATE TABLE IF NOT EXISTS folder (id TEXT NOT NULL, epoch INTEGER NOT NULL)')
  const before = sqlite.prepare<[], { id: string; epoch: number }>('SELECT * FROM folder').get()
  if (before !== undefined) requireOurs(before)
  const now = { id: before?.id ?? newId(), epoch: (before?.epoch ?? 0) + 1 }
  sqlite.exec('DELETE FROM folder')
  sqlite.prepare('INSERT INTO folder (id, epoch) VALUES (@id, @epoch)').run(now)
  sqlite.exec('COMMIT')
  return now
}

/** A column holds whatever the bytes of its file say. */
function requireOurs({ id, epoch }: { readonly id: unknown; readonly epoch: unknown }): void {
  if (typeof id === 'string' && id !== '' && Number.isSafeInteger(epoch)) return
  throw new NotOurs()
}

class NotOurs extends Error {
  readonly code = 'SQLITE_CORRUPT'
}

/** Undefined for what is our own bug. */
function refusalOf(error: unknown, folder: string, options: LockOptions): Refusal | undefined {
  const { what, wayOut } = options
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('SQLITE_BUSY')) {
    const holder = holderOf(folder) ?? 'a process that has not yet said which it is'
    const message = `The ${what} "${folder}" is in use by another Millrace: ${holder}. ${wayOut}`
    return new Refusal('conflict', 'folder-in-use', message)
  }
  // An error of a statement: the table is not the one that stands above.
  if (/^SQLITE_(NOTADB|CORRUPT|ERROR|CONSTRAINT|MISMATCH)/.test(code)) {
    const message =
      `"${LOCK_FILE}" in the ${what} "${folder}" is not what Millrace has written. Remove that ` +
      'file, if no Millrace runs on the folder; nothing else is kept in it.'
    return new Refusal('conflict', 'data-not-readable', message)
  }
  const other = otherThing(error, folder, LOCK_FILE)
  if (other !== undefined) {
    return new Refusal('conflict', 'data-not-readable', `${other} Move it away. ${wayOut}`)
  }
  if (!/^(E[A-Z]+|SQLITE_(CANTOPEN|READONLY|IOERR|FULL|PERM).*)$/.test(code)) return undefined
  const message =
    `The ${what} "${folder}" cannot be written (${code}). Give this user the right to, or choose ` +
    'another folder.'
  return new Refusal('forbidden', 'data-folder-not-writable', message)
}

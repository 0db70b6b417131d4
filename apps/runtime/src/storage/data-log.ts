/**
 * The log of a data folder, which one process has at a time. SQLite's own lock says which, so that
 * a process that was killed leaves nothing behind that has to be removed.
 */

import path from 'node:path'
import type { Env } from '@millrace/engine'
import { type EmbeddedLog, openLog } from '@millrace/storage'
import Sqlite from 'better-sqlite3'
import { holderOf, makeDataFolder } from '../env/data-folder.ts'
import { Refusal } from '../supervision/refusal.ts'

export interface DataLog {
  readonly log: EmbeddedLog
  /** Goes up with each process that has had the log. */
  readonly epoch: number
  close(): Promise<void>
}

const LOCK_FILE = 'log.lock'
const LOG_FOLDER = 'log'

/** Rejects with a `Refusal` where another process has it, or with a `TopicFailure`. */
export async function openDataLog(
  env: Pick<Env, 'disk' | 'clock' | 'timers' | 'random'>,
  dataFolder: string,
): Promise<DataLog> {
  makeDataFolder(dataFolder)
  const lock = takeLock(dataFolder)
  try {
    const log = await openLog({ env, folder: path.join(dataFolder, LOG_FOLDER) })
    const close = async () => {
      await log.close()
      lock.release()
    }
    return { log, epoch: lock.epoch, close }
  } catch (error) {
    lock.release()
    throw error
  }
}

function takeLock(dataFolder: string): { readonly epoch: number; release(): void } {
  const sqlite = new Sqlite(path.join(dataFolder, LOCK_FILE), { timeout: 0 })
  try {
    sqlite.pragma('locking_mode = EXCLUSIVE')
    // The lock that the first transaction takes is kept until the file is closed.
    sqlite.exec('BEGIN EXCLUSIVE')
    sqlite.exec('CREATE TABLE IF NOT EXISTS holder (epoch INTEGER NOT NULL)')
    const before = sqlite.prepare('SELECT MAX(epoch) AS epoch FROM holder').get()
    const epoch = ((before as { readonly epoch: number | null }).epoch ?? 0) + 1
    sqlite.exec('DELETE FROM holder')
    sqlite.prepare('INSERT INTO holder VALUES (?)').run(epoch)
    sqlite.exec('COMMIT')
    return { epoch, release: () => sqlite.close() }
  } catch (error) {
    sqlite.close()
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code.startsWith('SQLITE_BUSY')) throw held(dataFolder)
    throw error
  }
}

function held(dataFolder: string): Refusal {
  const holder = holderOf(dataFolder)
  const who = holder === undefined ? 'Another Millrace' : `Millrace with the process id ${holder}`
  const message =
    `${who} has the log in the data folder "${dataFolder}". Ask that one with --server URL, stop it, or choose ` +
    'another folder with --data.'
  return new Refusal('conflict', 'log-held', message)
}

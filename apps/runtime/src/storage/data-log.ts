/** The log of a data folder, for whoever has the folder. */

import path from 'node:path'
import type { Env } from '@millrace/engine'
import { type EmbeddedLog, openLog } from '@millrace/storage'
import { type FolderLock, type LockOptions, lockFolder } from './folder-lock.ts'

export interface DataLog {
  readonly log: EmbeddedLog
  /** Goes up with each process that has had the folder. */
  readonly epoch: number
  close(): Promise<void>
}

type LogEnv = Pick<Env, 'disk' | 'clock' | 'timers' | 'random' | 'ids'>

const LOG_FOLDER = 'log'

/** What a command that reads and writes topics says where another process has the folder. */
export function topicLock(env: Pick<Env, 'ids'>, holder: string): LockOptions {
  return {
    holder,
    what: 'data folder',
    wayOut: 'Stop that one, or choose another folder with --data.',
    newId: () => env.ids.next(),
  }
}

/** Rejects with a `Refusal` where another process has the folder, or with a `TopicFailure`. */
export async function openDataLog(
  env: LogEnv,
  dataFolder: string,
  lockOptions: LockOptions,
): Promise<DataLog> {
  const lock = lockFolder(dataFolder, lockOptions)
  try {
    const { log, epoch, close } = await openLockedLog(env, lock)
    const closeBoth = async () => {
      await close()
      lock.release()
    }
    return { log, epoch, close: closeBoth }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The lock stays with whoever took it. Rejects with a `TopicFailure`. */
export async function openLockedLog(env: LogEnv, lock: FolderLock): Promise<DataLog> {
  const log = await openLog({ env, folder: path.join(lock.folder, LOG_FOLDER) })
  return { log, epoch: lock.epoch, close: () => log.close() }
}

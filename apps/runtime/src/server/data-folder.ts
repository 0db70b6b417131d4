/** What outlives the server: the folder of its data, opened by one server at a time. */

import { type Env, TopicFailure } from '@millrace/engine'
import { EngineList } from '../env/engine-list.ts'
import { type DataLog, openLockedLog } from '../storage/data-log.ts'
import { openStore, type Store } from '../storage/database.ts'
import { type FolderLock, lockFolder } from '../storage/folder-lock.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { ServerOptions } from './server-options.ts'

export interface DataFolder {
  readonly lock: FolderLock
  readonly engines: EngineList
  readonly store: Store
  readonly topics: DataLog
}

/** Rejects with a `Refusal` where another server has it, or its log cannot be read. */
export async function openDataFolder(options: ServerOptions): Promise<DataFolder> {
  const lock = lockFolder(options.dataFolder, {
    holder: 'millrace serve',
    what: 'data folder',
    wayOut: 'Stop that one, or choose another folder with --data.',
    newId: () => options.env.ids.next(),
  })
  try {
    return await openLocked(options, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

export async function closeDataFolder({ lock, store, topics }: DataFolder): Promise<void> {
  await topics.close()
  await store.close()
  lock.release()
}

async function openLocked(options: ServerOptions, lock: FolderLock): Promise<DataFolder> {
  const engines = new EngineList(lock.folder)
  if (!(await engines.goneBefore(options.env.timers))) {
    options.log.warn({}, 'An engine host of the server before seems to go on; it is left alone.')
  }
  const store = await openStore(options.dataFolder)
  try {
    return { lock, engines, store, topics: await openTopics(options.env, lock) }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openTopics(env: Env, lock: FolderLock): Promise<DataLog> {
  try {
    return await openLockedLog(env, lock)
  } catch (error) {
    if (!(error instanceof TopicFailure)) throw error
    throw new Refusal('conflict', 'log-not-readable', error.message)
  }
}

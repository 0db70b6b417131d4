/** What outlives the server: what is in the folder of its data, which it has to itself. */

import { type Env, TopicFailure } from '@millrace/engine'
import { type DataLog, openLockedLog } from '../storage/data-log.ts'
import { openStore, type Store } from '../storage/database.ts'
import type { FolderLock } from '../storage/folder-lock.ts'
import { openLetterTables } from '../storage/letter-tables.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { ClaimedPlace } from './claimed-place.ts'
import type { ServerOptions } from './server-options.ts'

export interface DataFolder {
  readonly store: Store
  readonly topics: DataLog
  readonly letters: ReturnType<typeof openLetterTables>
}

/** Rejects with a `Refusal` where what is in it cannot be read. */
export async function openDataFolder(
  { env, log, dataFolder }: Pick<ServerOptions, 'env' | 'log' | 'dataFolder'>,
  { lock, isAlone }: Pick<ClaimedPlace, 'lock' | 'isAlone'>,
): Promise<DataFolder> {
  if (!isAlone) {
    log.warn({}, 'An engine host of the server before seems to go on; it is left alone.')
  }
  const store = await openStore(dataFolder)
  try {
    const topics = await openTopics(env, lock)
    try {
      return { store, topics, letters: openLetterTables(dataFolder) }
    } catch (error) {
      await topics.close()
      throw error
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

export async function closeDataFolder({ store, topics, letters }: DataFolder): Promise<void> {
  letters.close()
  await topics.close()
  await store.close()
}

async function openTopics(env: Env, lock: FolderLock): Promise<DataLog> {
  try {
    return await openLockedLog(env, lock)
  } catch (error) {
    if (!(error instanceof TopicFailure)) throw error
    throw new Refusal('conflict', 'log-not-readable', error.message)
  }
}

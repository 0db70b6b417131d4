/**
 * What a server has before most of its code is loaded: its port, its data folder, and an engine
 * host that loads meanwhile. Whoever cannot have port and folder is refused before that.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import path from 'node:path'
import { EngineList } from '../env/engine-list.ts'
import { openTurnNote, type TurnNote } from '../env/turn-note.ts'
import { type FolderLock, lockFolder } from '../storage/folder-lock.ts'
import { sqliteRefusal } from '../storage/sqlite-refusal.ts'
import { HostAhead } from '../supervision/host-ahead.ts'
import { HTTP_TIMES, OpenConnections } from './open-connections.ts'
import { OwnEngines } from './own-engines.ts'
import { hostSettings } from './server-limits.ts'
import type { ServerOptions } from './server-options.ts'
import { listen } from './server-port.ts'

export type ClaimOptions = Pick<
  ServerOptions,
  'env' | 'port' | 'dataFolder' | 'serverLimits' | 'startEngineProcess'
>

export interface ClaimedPlace {
  /** Answers that the server is starting, until `open`. */
  readonly http: Server
  readonly connections: OpenConnections
  readonly port: number
  readonly lock: FolderLock
  readonly engines: OwnEngines
  /** The first one. */
  readonly ahead: HostAhead
  /** Whether the engine hosts of the server before have gone. */
  readonly isAlone: boolean
  /** From here on somebody else answers. */
  open(): void
  openNote(): TurnNote
  /** Where nothing comes of the server. Resolves when none of it is left. */
  release(): Promise<void>
}

/** In the data folder. */
const NOTES_FOLDER = 'turns'

/** Rejects with a `Refusal` where port or data folder are taken. */
export async function claimPlace(options: ClaimOptions): Promise<ClaimedPlace> {
  const http = createServer(HTTP_TIMES, sayStarting)
  const connections = new OpenConnections(http)
  // The port first: whoever cannot have it must not touch the data.
  const port = await listen(http, options.port)
  try {
    const open = () => {
      http.off('request', sayStarting)
      connections.keepUpgraded()
    }
    return { ...(await claimFolder(options, http)), http, connections, port, open }
  } catch (error) {
    http.close()
    throw error
  }
}

function sayStarting(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { 'retry-after': '1', 'content-type': 'text/plain' })
  response.end('Millrace is starting. Try again in a moment.\n')
}

async function claimFolder(
  { env, dataFolder, serverLimits, startEngineProcess }: ClaimOptions,
  http: Server,
): Promise<Omit<ClaimedPlace, 'http' | 'connections' | 'port' | 'open'>> {
  const lock = lockFolder(dataFolder, {
    holder: 'millrace serve',
    what: 'data folder',
    wayOut: 'Stop that one, or choose another folder with --data.',
    newId: () => env.ids.next(),
  })
  try {
    const list = new EngineList(lock.folder)
    const isAlone = await list.goneBefore(env.timers)
    const engines = new OwnEngines(list, startEngineProcess)
    const openNote = () => openTurnNote(path.join(dataFolder, NOTES_FOLDER))
    const note = openNote()
    // What hosts of before may still be writing is read when it is needed, as it is then.
    const readsAhead = isAlone ? { readsAhead: dataFolder } : {}
    const settings = { ...hostSettings(serverLimits), ...readsAhead }
    const process = engines.start({ noteFd: note.fd, settings })
    const ahead = new HostAhead({ process, note })
    return {
      ...{ lock, engines, ahead, isAlone, openNote },
      release: async () => {
        http.close()
        ahead.close()
        await engines.endAll()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    // Such as a folder in the place of a file.
    throw sqliteRefusal(error, dataFolder, path.basename(dataFolder)) ?? error
  }
}

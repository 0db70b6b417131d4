/** How the command line gets at dead letters: in a data folder, or through a server. */

import type { Env } from '@millrace/engine'
import { wire } from '@millrace/pipeline'
import * as z from 'zod'
import { LetterDesk } from '../server/letter-desk.ts'
import { LETTERS_KEPT } from '../server/letter-limits.ts'
import { DEFAULT_LIMITS } from '../server/server-limits.ts'
import { openDataLog, topicLock } from '../storage/data-log.ts'
import { openStore } from '../storage/database.ts'
import { JobStore } from '../storage/job-store.ts'
import { LetterStore } from '../storage/letter-store.ts'
import { openLetterTables } from '../storage/letter-tables.ts'
import { PipelineStore } from '../storage/pipeline-store.ts'
import { createAsk } from './server-asking.ts'

export interface NamedPipeline {
  readonly id: string
  readonly name: string
}

type Reply<Name extends wire.RouteName> = z.input<wire.Routes[Name]['reply']>
export type LettersQuery = z.output<typeof wire.letterPageQuery>
export type Replay = z.output<typeof wire.letterReplay>
export type ExportPage = Reply<'exportLetters'>

/** Each rejects with a `Refusal`. */
export interface LetterAccess {
  pipelines(): Promise<readonly NamedPipeline[]>
  groups(id: string): Promise<Reply<'listLetterGroups'>>
  list(id: string, query: LettersQuery): Promise<Reply<'listLetters'>>
  show(id: string, letter: string): Promise<wire.LetterInFull>
  exportSome(id: string, query: { group?: number | undefined; after: number }): Promise<ExportPage>
  replayOne(id: string, letter: string, body: Replay): Promise<wire.LetterSummary>
  replay(id: string, chosen: wire.LettersChosen): Promise<number>
  discard(id: string, chosen: wire.LettersChosen): Promise<number>
  restore(id: string, chosen: wire.LettersChosen): Promise<number>
  close(): Promise<void>
}

const NOTHING = { client: '', body: {}, query: {} }

/** The same handlers as the API's. No job runs while the folder is ours. */
export async function openFolderLetters(env: Env, dataFolder: string): Promise<LetterAccess> {
  const { log, close } = await openDataLog(env, dataFolder, {
    ...topicLock(env, 'millrace dead-letters'),
    wayOut: 'Ask that one with --server URL, stop it, or choose another folder with --data.',
  })
  try {
    const store = await openStore(dataFolder)
    const pipelines = new PipelineStore(store.database, env)
    const desk = new LetterDesk({
      ...{ env, pipelines, topics: log, jobs: new JobStore(store.database) },
      store: new LetterStore(openLetterTables(dataFolder), {
        ...DEFAULT_LIMITS.letters,
        ...LETTERS_KEPT,
      }),
      supervisor: { statuses: () => [], ask: () => Promise.reject(new Error('No job runs.')) },
      endsWritten: async () => {},
      changed: () => {},
      onFault: (error) => {
        throw error
      },
    })
    await desk.open()
    const closeAll = async () => {
      await desk.close()
      await close()
      await store.close()
    }
    return ofDesk(desk, pipelines, closeAll)
  } catch (error) {
    await close()
    throw error
  }
}

function ofDesk(
  { handlers }: LetterDesk,
  pipelines: PipelineStore,
  close: () => Promise<void>,
): LetterAccess {
  const of = (id: string) => ({ ...NOTHING, params: { id } })
  const one = (id: string, letter: string) => ({ ...NOTHING, params: { id, letter } })
  return {
    pipelines: () => pipelines.list(),
    groups: (id) => handlers.listLetterGroups(of(id)),
    list: async (id, query) => handlers.listLetters({ ...of(id), query }),
    show: async (id, letter) => wire.letterInFull.parse(handlers.getLetter(one(id, letter))),
    exportSome: async (id, query) => handlers.exportLetters({ ...of(id), query }),
    replayOne: (id, letter, body) => handlers.replayLetter({ ...one(id, letter), body }),
    replay: async (id, body) => (await handlers.replayLetters({ ...of(id), body })).sent,
    discard: async (id, body) => (await handlers.discardLetters({ ...of(id), body })).discarded,
    restore: async (id, body) => (await handlers.restoreLetters({ ...of(id), body })).restored,
    close,
  }
}

const named = z.array(z.object({ id: z.string(), name: z.string() }))

export function openServerLetters(server: string): LetterAccess {
  const ask = createAsk(server)
  const { routes } = wire
  const of = (id: string) => `/pipelines/${encodeURIComponent(id)}/dead-letters`
  const one = (id: string, letter: string) => `${of(id)}/letters/${encodeURIComponent(letter)}`
  const words = (query: object) => {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, `${value}`)
    }
    return search.toString()
  }
  return {
    pipelines: () => ask('GET', '/pipelines', named),
    groups: (id) => ask('GET', of(id), wire.letterGroups),
    list: (id, query) => ask('GET', `${of(id)}/letters?${words(query)}`, wire.letterPage),
    show: (id, letter) => ask('GET', one(id, letter), wire.letterInFull),
    exportSome: (id, query) =>
      ask('GET', `${of(id)}/export?${words(query)}`, routes.exportLetters.reply),
    replayOne: (id, letter, body) =>
      ask('POST', `${one(id, letter)}/replay`, wire.letterSummary, body),
    replay: async (id, chosen) =>
      (await ask('POST', `${of(id)}/replay`, routes.replayLetters.reply, chosen)).sent,
    discard: async (id, chosen) =>
      (await ask('POST', `${of(id)}/discard`, routes.discardLetters.reply, chosen)).discarded,
    restore: async (id, chosen) =>
      (await ask('POST', `${of(id)}/restore`, routes.restoreLetters.reply, chosen)).restored,
    close: async () => {},
  }
}

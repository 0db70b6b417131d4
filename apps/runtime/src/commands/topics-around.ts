/** Looks for the topics that a pipeline reads, in a data folder or on the server that has it. */

import { resolve } from 'node:path'
import type { Problem, wire } from '@millrace/pipeline'
import { checkTopicPlaces } from '../place-checks.ts'
import { EXIT, type Terminal } from '../terminal.ts'
import { DATA_FOLDER } from './run.ts'
import { openFolderTopics, openServerTopics } from './topic-access.ts'
import { withAccess } from './with-access.ts'

export interface TopicsAround {
  /** Otherwise than `EXIT.ok` nobody could look, and why was told. */
  readonly code: number
  readonly problems: readonly Problem[]
}

export async function lookForTopics(
  places: readonly wire.Place[],
  where: { readonly data?: string; readonly server?: string },
  terminal: Terminal,
): Promise<TopicsAround> {
  const folder = resolve(terminal.folder, where.data ?? DATA_FOLDER)
  // To open it would make it.
  if (where.server === undefined && (await terminal.env.disk.kindOf(folder)) === 'nothing') {
    return { code: EXIT.ok, problems: checkTopicPlaces(places, new Set()) }
  }
  let problems: readonly Problem[] = []
  const ways = { openFolder: openFolderTopics, openServer: openServerTopics }
  const code = await withAccess(where, ways, terminal, async (access) => {
    const known = (await access.list()).map(({ topic }) => topic)
    problems = checkTopicPlaces(places, new Set(known))
  })
  return { code, problems }
}

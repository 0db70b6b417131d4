/** Says over the API which files and topics a pipeline would miss on this server. */

import path from 'node:path'
import type { Env, Topics } from '@millrace/engine'
import { resolveBelowRoots } from '../env/file-roots.ts'
import { checkFilePlaces, checkTopicPlaces } from '../place-checks.ts'
import { toWireProblem } from '../supervision/refusal.ts'
import type { RouteHandlers } from './route-handlers.ts'

export interface PlaceDeskOptions {
  readonly env: Pick<Env, 'disk'>
  readonly roots: readonly string[]
  readonly topics: Topics
}

export function createPlaceHandler({
  env: { disk },
  roots,
  topics,
}: PlaceDeskOptions): RouteHandlers['checkPlaces'] {
  const folder = path.resolve(roots[0] ?? '.')
  const resolve = (written: string) => resolveBelowRoots(written, roots)
  return async ({ body: { places } }) => {
    const asksForTopics = places.some(({ kind }) => kind === 'topic')
    const known = asksForTopics ? (await topics.list()).map(({ topic }) => topic) : []
    const problems = [
      ...(await checkFilePlaces(places, { disk, folder, resolve })),
      ...checkTopicPlaces(places, new Set(known)),
    ]
    return { problems: problems.map(toWireProblem) }
  }
}

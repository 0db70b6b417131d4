/** Says over the API what a pipeline would miss on this server, and what others have there. */

import path from 'node:path'
import type { Env, Topics } from '@millrace/engine'
import type { Problem, wire } from '@millrace/pipeline'
import { resolveBelowRoots } from '../env/file-roots.ts'
import { checkFilePlaces, checkTopicPlaces } from '../place-checks.ts'
import { toWireProblem } from '../supervision/refusal.ts'
import type { RouteHandlers } from './route-handlers.ts'

export interface PlaceDeskOptions {
  readonly env: Pick<Env, 'disk'>
  readonly roots: readonly string[]
  readonly topics: Topics
  /** What belongs to another pipeline than this one. */
  findTaken(
    places: readonly wire.Place[],
    pipelineId: string | undefined,
  ): Promise<readonly Problem[]>
}

export function createPlaceHandler({
  env: { disk },
  roots,
  topics,
  findTaken,
}: PlaceDeskOptions): RouteHandlers['checkPlaces'] {
  const folder = path.resolve(roots[0] ?? '.')
  const resolve = (written: string) => resolveBelowRoots(written, roots)
  return async ({ body: { places, pipelineId } }) => {
    const asksForTopics = places.some(({ kind }) => kind === 'topic')
    const known = asksForTopics ? (await topics.list()).map(({ topic }) => topic) : []
    const problems = [
      ...(await checkFilePlaces(places, { disk, folder, resolve })),
      ...checkTopicPlaces(places, new Set(known)),
      ...(await findTaken(places, pipelineId)),
    ]
    return { problems: problems.map(toWireProblem) }
  }
}

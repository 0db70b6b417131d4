/** The versions of a pipeline a page at a time: what changed in each, and which of them ran. */

import type { Env } from '@millrace/engine'
import {
  comparePipelines,
  type OperatorDescription,
  type Pipeline,
  parseDocument,
  type Registry,
  type wire,
} from '@millrace/pipeline'
import type { JobStore } from '../storage/job-store.ts'
import type { PipelineStore, SavedVersion } from '../storage/pipeline-store.ts'
import type { RouteHandlers, RouteRequest } from './route-handlers.ts'

export interface VersionHistoryOptions {
  readonly env: Env
  readonly registry: Registry<OperatorDescription>
  readonly pipelines: Pick<PipelineStore, 'page'>
  readonly jobs: Pick<JobStore, 'runsOf'>
  /** The version that runs now. */
  running(pipelineId: string): number | undefined
}

export function createHistoryHandlers(
  options: VersionHistoryOptions,
): Pick<RouteHandlers, 'getHistory'> {
  return { getHistory: (request) => readHistory(request, options) }
}

async function readHistory(
  { params: { id }, query: { before, limit, only } }: RouteRequest<'getHistory'>,
  options: VersionHistoryOptions,
): Promise<wire.History> {
  const runs = await options.jobs.runsOf(id)
  // One more: what the last one is compared with.
  const wanted = limit + 1
  const among = only === 'ran' ? newest(runs.keys(), before, wanted) : undefined
  const page = await options.pipelines.page(id, { before, among, limit: wanted })
  const shown = page.slice(0, limit)
  const running = options.running(id)
  const entries: wire.HistoryEntry[] = []
  let read = await readLater(shown[0], options)
  for (const [index, saved] of shown.entries()) {
    const { version, savedAtMs, name, nodeCount } = saved
    const previous = page[index + 1]
    const older = await readLater(previous, options)
    const own = runs.get(version)
    entries.push({
      ...{ version, savedAtMs, name, nodeCount },
      comparedWith: previous?.version ?? null,
      difference:
        read === undefined || older === undefined
          ? null
          : comparePipelines(older, read, options.registry),
      ...{ runs: own?.runs ?? 0, lastStartedAtMs: own?.lastStartedAtMs ?? null },
      running: version === running,
    })
    read = older
  }
  const next = page.length > limit ? (shown.at(-1)?.version ?? null) : null
  return { entries, next }
}

/** Large documents take a while: others have their turn in between. */
async function readLater(
  saved: SavedVersion | undefined,
  { env }: VersionHistoryOptions,
): Promise<Pipeline | undefined> {
  if (saved === undefined) return undefined
  await new Promise<void>((resolve) => env.timers.yield(resolve))
  return parseDocument(saved.document).pipeline
}

function newest(
  versions: Iterable<number>,
  before: number | undefined,
  count: number,
): readonly number[] {
  const older = [...versions].filter((version) => before === undefined || version < before)
  return older.sort((a, b) => b - a).slice(0, count)
}

/** What `millrace serve` loads when it has its place: the designer with its host. */

import { join } from 'node:path'
import { inferFile } from '@millrace/connectors/node'
import { JobFailed } from '@millrace/engine'
import pino from 'pino'
import { resolveBelowRoots } from '../env/file-roots.ts'
import { setNiceness } from '../env/process-priority.ts'
import { createRootedFiles } from '../env/rooted-files.ts'
import { createRegistry } from '../registry.ts'
import type { ClaimedPlace, ClaimOptions } from '../server/claimed-place.ts'
import { type MillraceServer, startOn } from '../server/millrace-server.ts'
import type { ServerOptions } from '../server/server-options.ts'
import { Refusal } from '../supervision/refusal.ts'
import { VERSION } from '../version.ts'

export interface DesignerOptions
  extends ClaimOptions,
    Pick<ServerOptions, 'roots' | 'allowedHosts' | 'deadlineMs' | 'startCheckThread'> {
  /** The repository, with the built designer and the examples. */
  readonly repository: string
}

/** A week of earthquakes in about four minutes; the pace can be changed in the page. */
const SEED = { exampleId: 'earthquakes', pace: 7 }

/** Rejects with a `Refusal` where the data folder cannot be read; then the place is let go of. */
export function startDesigner(
  place: ClaimedPlace,
  options: DesignerOptions,
): Promise<MillraceServer> {
  const { roots, repository } = options
  return startOn(place, {
    ...options,
    registry: createRegistry(),
    log: createLog(),
    version: VERSION,
    designerFolder: join(repository, 'apps/web/dist'),
    examplesFolder: join(repository, 'examples'),
    seedExample: SEED,
    backoff: { firstMs: 250, maxMs: 30_000 },
    setNiceness,
    infer: (written) => infer(written, roots),
  })
}

async function infer(written: string, roots: readonly string[]) {
  const resolved = resolveBelowRoots(written, roots)
  if ('refusal' in resolved) {
    throw new Refusal('forbidden', 'path-outside-roots', resolved.refusal)
  }
  const { absolute } = resolved
  const { disk } = createRootedFiles(roots)
  try {
    return await inferFile({ written, absolute, folder: roots[0] ?? absolute }, disk)
  } catch (error) {
    if (!(error instanceof JobFailed)) throw error
    throw new Refusal('bad-request', 'sample-not-readable', error.message)
  }
}

/** One JSON object a line, on the standard error output. */
function createLog(): pino.Logger {
  const formatters = { level: (level: string) => ({ level }) }
  const timestamp = pino.stdTimeFunctions.isoTime
  const destination = pino.destination(2)
  // Whoever read the log may be gone, which is no reason to end badly.
  destination.on('error', () => {})
  return pino({ base: null, level: 'info', formatters, timestamp }, destination)
}

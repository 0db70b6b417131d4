/** The process around an engine host: its channel to the web server, and its end. */

import type { OperatorDefinition } from '@millrace/engine'
import type { Registry } from '@millrace/pipeline'
import { netOfVariables } from '../env/allowed-net.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { createRootedFiles } from '../env/rooted-files.ts'
import { openSpillFile } from '../env/spill-file.ts'
import { EngineHost } from './engine-host.ts'
import { endWithParent } from './orphan-watch.ts'

/** More messages than these, written and not taken in, and what can be left out is. */
const PENDING_MAX = 16

/** `spillFolder` is for state that does not fit into memory; without it, it has to. */
export function runEngineHost(
  registry: Registry<OperatorDefinition>,
  spillFolder: string | undefined,
): void {
  let pending = 0
  endWithParent()
  const host = new EngineHost({
    env: {
      ...createNodeEnv(),
      net: netOfVariables(),
      ...(spillFolder !== undefined && { openSpillSpace: () => openSpillFile(spillFolder) }),
    },
    registry,
    residentBytes: () => process.memoryUsage.rss(),
    filesBelow: createRootedFiles,
    port: {
      send: (message) => {
        pending++
        process.send?.(message, undefined, {}, () => {
          pending--
        })
      },
      get busy() {
        return pending > PENDING_MAX
      },
    },
  })
  process.on('message', (message) => host.receive(message))
  // The web server has closed the channel or is gone: nobody is left to run jobs for.
  process.on('disconnect', () => {
    host.close()
    process.exit(0)
  })
  // A signal to the whole process group, as Ctrl-C in a terminal sends it, is for the web server to
  // act on.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
}

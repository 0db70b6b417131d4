/** The process around an engine host: its channel to the web server, and its end. */

import type { Env, OperatorDefinition } from '@millrace/engine'
import type { Registry } from '@millrace/pipeline'
import { netOfVariables } from '../env/allowed-net.ts'
import { createVitals } from '../env/host-vitals.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { createRootedFiles } from '../env/rooted-files.ts'
import { openSpillFile } from '../env/spill-file.ts'
import { createTurnMarker, inheritedNote, NO_MARKER } from '../env/turn-marker.ts'
import { type HostSettings, NOTE_FD } from '../supervision/host-settings.ts'
import { CheckpointsAhead } from './checkpoints-ahead.ts'
import { EngineHost } from './engine-host.ts'
import { defaultMemoryBytesMax, guardHost } from './host-guard.ts'

/** More messages than these, written and not taken in, and what can be left out is. */
const PENDING_MAX = 16

export function runEngineHost(
  registry: Registry<OperatorDefinition>,
  settings: HostSettings,
  node: Env = createNodeEnv(),
): void {
  let pending = 0
  const { spillFolder, turnMs, sharedTurnMs, readsAhead } = settings
  const { memoryBytesMax = defaultMemoryBytesMax() } = settings
  const fd = inheritedNote(NOTE_FD)
  guardHost(memoryBytesMax, fd)
  const env: Env = {
    ...node,
    net: netOfVariables(),
    ...(spillFolder !== undefined && { openSpillSpace: () => openSpillFile(spillFolder) }),
  }
  const host = new EngineHost({
    env,
    registry,
    ahead: readsAhead === undefined ? undefined : new CheckpointsAhead(env, readsAhead),
    marker: fd === undefined ? NO_MARKER : createTurnMarker(fd),
    turnLimits: { turnMs, sharedTurnMs },
    vitals: createVitals(memoryBytesMax),
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
  const end = () => {
    host.close()
    process.exit(0)
  }
  process.on('disconnect', end)
  // It may have gone while this process still loaded its code.
  if (process.connected === false) end()
  // A signal to the whole process group, as Ctrl-C and the end of a terminal send it, is for the
  // web server to act on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
}

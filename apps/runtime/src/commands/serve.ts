/** `millrace serve`: the designer with its host, until it is told to stop. */

import { fork } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { netVariables, refuseNetRules } from '../env/allowed-net.ts'
import { refuseRoot } from '../env/file-roots.ts'
import { withoutSecrets } from '../env/secrets.ts'
import { SPILL_FOLDER } from '../env/spill-file.ts'
import { STARTERS_VARIABLE, watchStarters } from '../env/starters.ts'
import { type ClaimOptions, claimPlace } from '../server/claimed-place.ts'
import type { MillraceServer } from '../server/millrace-server.ts'
import type { ServerLimits } from '../server/server-limits.ts'
import { nodeFlags, toArgument } from '../supervision/host-settings.ts'
import { Refusal } from '../supervision/refusal.ts'
import { EXIT, type Terminal } from '../terminal.ts'
import { type LimitOptions, readLimits } from './limit-options.ts'

export interface ServeOptions extends LimitOptions {
  readonly port?: string
  readonly data?: string
  readonly root?: readonly string[]
  readonly allowHost?: readonly string[]
  readonly allowNet?: readonly string[]
}

const PORT = 4000
/** With the time between two looks, less than the 5 s in which a host that hangs is stopped. */
const DEADLINE_MS = 4_000
/** Beside this file once both are bundled. */
const ENGINE_FILE = 'engine-host.mjs'
const CHECK_THREAD_FILE = 'check-thread.mjs'
/** Of the values that a check makes; more than the largest document needs. */
const CHECK_HEAP_MB = 1024

export async function serve(options: ServeOptions, terminal: Terminal): Promise<number> {
  const { stdout, stderr } = terminal
  const port = Number(options.port ?? process.env.PORT ?? PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    stderr.write(
      `"${options.port ?? process.env.PORT}" is not a port. Choose one from 0 to 65535.\n`,
    )
    return EXIT.problems
  }
  const roots = (options.root ?? [terminal.folder]).map((root) => resolve(terminal.folder, root))
  const limits = readLimits(options, process.env)
  const refusal =
    roots.map(refuseRoot).find((message) => message !== undefined) ??
    refuseNetRules(options.allowNet ?? []) ??
    ('refusal' in limits ? limits.refusal : undefined)
  if ('refusal' in limits || refusal !== undefined) {
    stderr.write(`${refusal}\n`)
    return EXIT.problems
  }
  try {
    const server = await start({ ...options, root: roots, limits }, port, terminal)
    // Whoever reads where it is may already tell it to stop.
    const told = untilTold(server, terminal)
    stdout.write(`Millrace is at ${server.url}\n`)
    return await told
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    stderr.write(`${error.message}\n`)
    return EXIT.problems
  }
}

interface StartOptions extends ServeOptions {
  readonly limits: ServerLimits
}

/** The place first: its engine host loads its code while this process loads the rest of its own. */
async function start(
  options: StartOptions,
  port: number,
  { env, folder }: Terminal,
): Promise<MillraceServer> {
  const bundles = fileURLToPath(new URL('.', import.meta.url))
  const roots = options.root ?? [folder]
  const dataFolder = resolve(folder, options.data ?? '.millrace')
  const claim: ClaimOptions = {
    ...{ env, port, dataFolder, serverLimits: options.limits },
    startEngineProcess: ({ noteFd, settings }) => {
      const own = { ...settings, spillFolder: join(dataFolder, SPILL_FOLDER) }
      return fork(join(bundles, ENGINE_FILE), [toArgument(own)], {
        execArgv: nodeFlags(settings),
        cwd: roots[0],
        env: { ...withoutSecrets(process.env), ...netVariables(options.allowNet ?? []) },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc', noteFd ?? 'ignore'],
      })
    },
  }
  const place = await claimPlace(claim)
  // Only now, since it is most of what there is to load.
  const { startDesigner } = await import('./start-designer.ts')
  return startDesigner(place, {
    ...claim,
    roots,
    allowedHosts: options.allowHost ?? [],
    deadlineMs: DEADLINE_MS,
    startCheckThread: () =>
      new Worker(join(bundles, CHECK_THREAD_FILE), {
        env: withoutSecrets(process.env),
        resourceLimits: { maxOldGenerationSizeMb: CHECK_HEAP_MB },
      }),
    repository: resolve(bundles, '../../..'),
  })
}

/**
 * The first signal ends everything gently, the second at once. So does the end of whoever started
 * the server.
 */
function untilTold(server: MillraceServer, { env, onSignal }: Terminal): Promise<number> {
  return new Promise((resolve, reject) => {
    let asked = false
    const stop = () => {
      asked = true
      cancel()
      server.stop().then(() => resolve(EXIT.ok), reject)
    }
    const cancel = watchStarters(process.env[STARTERS_VARIABLE], env.timers, () => stop())
    onSignal((signal) => {
      if (asked) process.exit(EXIT[signal])
      stop()
    })
  })
}

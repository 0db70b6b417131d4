/**
 * For benchmarks: a server whose engine hosts have operators with bugs, which no pipeline of users
 * can have: one that never gives the thread back, and one that fills its process with buffers.
 */

import { fork } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import { setNiceness } from '../apps/runtime/src/env/process-priority.ts'
import { createTestRegistry } from '../apps/runtime/src/hosting/testing/test-registry.ts'
import { startMillraceServer } from '../apps/runtime/src/server/millrace-server.ts'
import { DEFAULT_LIMITS } from '../apps/runtime/src/server/server-limits.ts'
import { nodeFlags, toArgument } from '../apps/runtime/src/supervision/host-settings.ts'

/** Of one host there is room for all in it. */
const hostsMax = Number(process.env.BENCH_ENGINE_HOSTS ?? DEFAULT_LIMITS.hostsMax)
const HOSTS = { hostsMax, ...(hostsMax > 1 && { jobsMax: 8 }) }

const [folder = ''] = process.argv.slice(2)
/** Beside this file once both are bundled. */
const engine = fileURLToPath(new URL('engine-host.mjs', import.meta.url))
const thread = fileURLToPath(new URL('check-thread.mjs', import.meta.url))
const log = { info: () => {}, warn: () => {}, error: console.error }
const server = await startMillraceServer({
  env: createNodeEnv(),
  registry: createTestRegistry(),
  log,
  version: 'bench',
  port: 0,
  dataFolder: path.join(folder, 'data'),
  roots: [folder],
  designerFolder: path.join(folder, 'designer'),
  examplesFolder: path.join(folder, 'examples'),
  allowedHosts: [],
  deadlineMs: 4_000,
  backoff: { firstMs: 250, maxMs: 30_000 },
  setNiceness,
  serverLimits: { ...DEFAULT_LIMITS, ...HOSTS, memoryBytesMax: 1024 * 2 ** 20 },
  startEngineProcess: ({ noteFd, settings }) =>
    fork(engine, [toArgument({ ...settings, spillFolder: path.join(folder, 'spilled') })], {
      execArgv: nodeFlags(settings),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc', noteFd ?? 'ignore'],
    }),
  startCheckThread: () => new Worker(thread),
  infer: async () => ({ config: {}, notes: [] }),
})
process.stdout.write(`Millrace is at ${server.url}\n`)
process.on('SIGTERM', () => {
  void server.stop().then(() => process.exit(0))
})

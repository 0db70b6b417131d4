/**
 * An engine host for tests: it has operators that end or block their process, and a wall clock that
 * goes wrong by as many milliseconds as a file says that the environment names.
 */

import { readFileSync } from 'node:fs'
import type { Env } from '@millrace/engine'
import { createNodeEnv } from '../../env/node-env.ts'
import { ofArgument } from '../../supervision/host-settings.ts'
import { runEngineHost } from '../run-engine-host.ts'
import { createTestRegistry } from './test-registry.ts'

const file = process.env.MILLRACE_TEST_CLOCK

runEngineHost(createTestRegistry(), ofArgument(process.argv[2]), wrongBy(file, createNodeEnv()))

function wrongBy(offsetFile: string | undefined, env: Env): Env {
  if (offsetFile === undefined) return env
  const { clock } = env
  const nowMs = () => clock.nowMs() + Number(readFileSync(offsetFile, 'utf8'))
  return { ...env, clock: { ...clock, nowMs } }
}

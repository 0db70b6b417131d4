/**
 * `pnpm shake [--e2e] [argument]...`: runs tests in processes that are made unsteady, so that what
 * relies on something being quick, or on one thing being quicker than another, comes to light.
 */

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT, runNode, TOOLS } from './run-tool.mjs'
import { withUsage } from './usage.mjs'

const USAGE = `pnpm shake [argument]...  tests on a machine that is not steady: late timers, slow disks, stalls
  --e2e                 the journeys in the browser in place of the unit tests
Arguments are those of pnpm unit or pnpm e2e: a file, a part of its name.
`

const UNSTEADY = pathToFileURL(path.join(ROOT, 'scripts/shake/unsteady.mjs'))

process.exitCode = await withUsage(USAGE, process.argv.slice(2), main)

async function main() {
  const words = process.argv.slice(2)
  const given = words.filter((word) => word !== '--e2e')
  const command = words.includes('--e2e')
    ? [path.join(ROOT, 'scripts/e2e.mjs')]
    : [TOOLS.vitest(), 'run']
  const options = [process.env.NODE_OPTIONS, `--import=${UNSTEADY.href}`].filter(Boolean)
  const env = { ...process.env, NODE_OPTIONS: options.join(' ') }
  const { code } = await runNode([...command, ...given], { env, inherit: true })
  return code
}

/**
 * `pnpm millrace <command>`: runs the command line, bundled anew when a source has changed.
 *
 * The process that starts here becomes the command line itself: no second Node to start, and
 * signals, exit codes and the terminal are its own. Only where the flags are missing (started by
 * hand as `node scripts/millrace.mjs`) does it start itself once more with them.
 */

import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundle, isFresh } from './bundle.mjs'
import { ROOT, runNode } from './run-tool.mjs'

/**
 * Whatever the command line reads, it can neither become code nor reach a prototype. A small young
 * generation makes each of its collections short: the run loop gives the thread back in time.
 */
const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]

const entry = path.join(ROOT, 'apps/runtime/src/main.ts')
const outfile = path.join(ROOT, 'apps/runtime/dist/millrace.mjs')
/** `serve` runs jobs in a process of their own. */
const engineEntry = path.join(ROOT, 'apps/runtime/src/hosting/main.ts')
const engineOutfile = path.join(ROOT, 'apps/runtime/dist/engine-host.mjs')
const threads = { 'check-thread': path.join(ROOT, 'apps/runtime/src/server/check-thread-main.ts') }

if (FLAGS.every((flag) => process.execArgv.includes(flag))) {
  await start()
} else {
  const again = [...FLAGS, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  // A server ends with the process that started it: here, with this one.
  const starters = [process.env.MILLRACE_STARTERS, process.pid].filter(Boolean).join(',')
  const env = { ...process.env, MILLRACE_STARTERS: starters }
  const { code } = await runNode(again, { cwd: process.cwd(), env, inherit: true })
  process.exitCode = code
}

async function start() {
  if (!isFresh(outfile)) {
    if (!(await bundle(entry, outfile, { parts: true, beside: threads }))) process.exit(1)
  }
  if (process.argv[2] === 'serve' && !isFresh(engineOutfile)) {
    if (!(await bundle(engineEntry, engineOutfile))) process.exit(1)
  }
  // pnpm runs scripts in the root; relative paths count from where the user stands.
  const calledFrom = process.env.INIT_CWD
  if (['millrace', 'serve'].includes(process.env.npm_lifecycle_event ?? '') && calledFrom)
    process.chdir(calledFrom)
  // Stacks name the TypeScript; costs 3 ms. A server would keep the unpacked map, some 60 MB, for
  // good.
  if (process.argv[2] !== 'serve') process.setSourceMapsEnabled(true)
  process.argv[1] = outfile
  await import(pathToFileURL(outfile).href)
}

/**
 * `pnpm torture [states] [--seed N] [--seeds K] [--minutes M]`: tries what docs/torture.md
 * describes.
 */

import path from 'node:path'
import { bundle } from './bundle.mjs'
import { ROOT, runNode } from './run-tool.mjs'

/**
 * Runs make much that is soon let go, and threads that help with it cost more than they save. Each
 * pipeline has other hot code than the one before: compiled as early as usual it would take 4 of 10
 * seconds of processor time.
 */
const FLAGS = [
  '--max-semi-space-size=16',
  '--single-threaded-gc',
  '--interrupt-budget=1000000',
  '--disable-proto=throw',
]

process.exitCode = await main(process.argv.slice(2))

/** @param {readonly string[]} asked */
async function main(asked) {
  // Beside the command line, which it contains: native parts and bundled data are found from there.
  const bundled = path.join(ROOT, 'apps/runtime/dist/torture.mjs')
  if (!(await bundle(path.join(ROOT, 'torture/start.ts'), bundled))) return 1
  return (await runNode([...FLAGS, bundled, ROOT, ...asked], { inherit: true })).code
}

/**
 * `pnpm torture [states] [--seed N] [--seeds K] [--minutes M]`: tries what docs/torture.md
 * describes.
 */

import path from 'node:path'
import { bundle } from './bundle.mjs'
import { ROOT, runNode } from './run-tool.mjs'

/**
 * Runs make much that is soon let go, and threads that help with it cost more than they save. What
 * lasts is little, but each time it is gone through V8 forgets compiled code that nobody happens to
 * hold, such as that of the functions of a job, and compiles it again: so that is put off.
 */
const FLAGS = [
  '--max-semi-space-size=16',
  '--single-threaded-gc',
  '--initial-old-space-size=512',
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

/**
 * `pnpm torture [states] [--seed N] [--seeds K] [--minutes M]`: tries what docs/torture.md
 * describes.
 */

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from './bundle.mjs'
import { ROOT } from './run-tool.mjs'

process.exitCode = await main(process.argv.slice(2))

/** @param {readonly string[]} asked */
async function main(asked) {
  // Beside the command line, which it contains: native parts and bundled data are found from there.
  const bundled = path.join(ROOT, 'apps/runtime/dist/torture.mjs')
  if (!(await bundle(path.join(ROOT, 'torture/main.ts'), bundled))) return 1
  const { torture } = await import(pathToFileURL(bundled).href)
  return torture(asked, ROOT)
}

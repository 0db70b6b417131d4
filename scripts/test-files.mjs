/** Finds test files by what they call, so that a new one is not forgotten. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from './run-tool.mjs'

/** The sources of all packages. */
export function packageSources() {
  const packages = path.join(ROOT, 'packages')
  // Beside packages lies what they are set up with.
  return readdirSync(packages)
    .map((name) => path.join(packages, name, 'src'))
    .filter((source) => existsSync(source))
}

/**
 * By their paths from the root.
 *
 * @param {readonly string[]} folders
 * @param {RegExp} called
 */
export function testFilesThatCall(folders, called) {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((name) => path.join(folder, String(name))),
    )
    .filter((file) => file.endsWith('.test.ts') && called.test(readFileSync(file, 'utf8')))
    .map((file) => path.relative(ROOT, file))
}

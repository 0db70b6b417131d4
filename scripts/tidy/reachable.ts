/** Finds files that nothing leads to: no package entry, no test, no script. */

import { resolvePath } from './rooms.ts'
import { type Finding, isCode, isTest, roomOf, type SourceFile } from './source-file.ts'

/** Where a walk begins, beside the entries that each package.json exports. */
function isRoot(path: string): boolean {
  return isTest(path) || /^scripts\/[^/]+\.mjs$|\.bench\.ts$|\.config\.ts$/.test(path)
}

/**
 * Any text that is the path of a file, relative to the file or to the root, leads there: that
 * covers imports, workers and the entry points that scripts hand to the bundler.
 */
export function unusedFindings(
  files: readonly SourceFile[],
  entries: readonly string[],
): readonly Finding[] {
  const byPath = new Map(files.filter(({ path }) => isCode(path)).map((file) => [file.path, file]))
  const waiting = [...entries, ...[...byPath.keys()].filter(isRoot)]
  const reached = new Set<string>()
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = byPath.get(path)
    if (file === undefined || reached.has(path)) continue
    reached.add(path)
    for (const { text } of file.strings) {
      waiting.push(/^\.{1,2}\//.test(text) ? resolvePath(path, text) : text)
    }
  }
  return [...byPath.keys()]
    .filter((path) => !reached.has(path))
    .map((path) => ({
      path,
      line: 1,
      banned: `A file that nothing in ${roomOf(path) ?? 'the repository'} imports`,
      use: 'it or remove it',
    }))
}

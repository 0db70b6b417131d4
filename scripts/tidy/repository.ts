/** Reads the repository's own files: whatever is not installed, built or data. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type SourceFile, sourceFile } from './source-file.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const LEFT_OUT = new Set([
  'node_modules',
  'dist',
  '.git',
  'data',
  'out',
  'test-results',
  'coverage',
])
const TEXT = /\.(?:ts|tsx|mjs|json|jsonc|md|html|css|yaml|grit)$|^(?:\.ci\/run|LICENSE|NOTICE)$/

/** Every text file, by path. */
export function repositoryFiles(): readonly SourceFile[] {
  return pathsBelow('')
    .filter((path) => TEXT.test(path) && path !== 'pnpm-lock.yaml')
    .map((path) => sourceFile(path, readFileSync(`${ROOT}/${path}`, 'utf8')))
}

/** Walked rather than asked from git, so that it is the same in an unpacked archive. */
function pathsBelow(folder: string): readonly string[] {
  return readdirSync(`${ROOT}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : pathsBelow(path)
    return entry.isFile() ? [path] : []
  })
}

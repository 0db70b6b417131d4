/**
 * Keeps the files of pipelines below named folders, symbolic links included, and out of what is
 * there for something else: hidden files, data folders, and the code of Millrace.
 */

import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isOwnEntry, LOCK_FILE } from './data-folder.ts'

export type RootedPath =
  | { readonly absolute: string }
  /** Fact, values, limit, next step. */
  | { readonly refusal: string }

/**
 * Where a path of a document leads. A relative one counts from the first root. What does not exist
 * yet is judged by the nearest folder above it that does.
 */
export function resolveBelowRoots(written: string, roots: readonly string[]): RootedPath {
  const [first = '.'] = roots
  if (written.length > PATH_LENGTH_MAX) return { refusal: tooLong(written) }
  if (written.includes('\0')) return { refusal: NUL }
  if (/^secret:/i.test(written)) return { refusal: secretRefusal(written) }
  const absolute = path.resolve(first, written)
  const real = realPath(absolute)
  const around = roots
    .map((root) => realPath(path.resolve(root)))
    .filter((root) => isBelow(real, root))
  const reasons = around.map((root) => whyClosed(real, root))
  if (reasons.includes(undefined)) return { absolute }
  const fact = `The path "${written}" leads to "${real}", which is`
  const [reason] = reasons
  return { refusal: reason === undefined ? outside(fact, roots) : `${fact} ${reason}` }
}

/** In the folder of Millrace, a root where none is named: what it runs and is built of. */
const PROGRAM_PARTS: ReadonlySet<string> = new Set([
  'apps',
  'bench',
  'biome.json',
  'e2e',
  'node_modules',
  'package.json',
  'packages',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'proof',
  'scripts',
  'torture',
  'tsconfig.base.json',
  'tsconfig.json',
  'vitest.config.ts',
])
const PROGRAM = findProgram(path.dirname(fileURLToPath(import.meta.url)))

/** Sources and bundles lie at different depths of it. */
function findProgram(folder: string): string | undefined {
  if (isThere(path.join(folder, 'pnpm-workspace.yaml'))) return realpathSync(folder)
  const above = path.dirname(folder)
  return above === folder ? undefined : findProgram(above)
}

/**
 * A document may come from anywhere. Started by somebody who has not read it all, it must neither
 * give away what is kept beside the data, nor put itself in the place of what is run next time.
 */
function whyClosed(real: string, root: string): string | undefined {
  const parts = path.relative(root, real).split(path.sep)
  if (parts.some((part) => part.startsWith('.'))) {
    return (
      'hidden: names that begin with a dot are for settings and secrets of programs. Choose another ' +
      'path, or start the server with --root for that folder.'
    )
  }
  const data = dataFolderAround(root, parts)
  // Whoever has made one a root as well has files of both kinds in it.
  if (data !== undefined && (data !== root || isOwnEntry(parts[0] ?? ''))) {
    return `in "${data}", where a Millrace keeps its own data. Choose a path outside of it.`
  }
  if (PROGRAM === undefined || !isBelow(real, PROGRAM)) return undefined
  const [part = ''] = path.relative(PROGRAM, real).split(path.sep)
  if (!PROGRAM_PARTS.has(part)) return undefined
  return `part of Millrace itself. Choose a path outside of "${path.join(PROGRAM, part)}".`
}

function dataFolderAround(root: string, parts: readonly string[]): string | undefined {
  let folder = root
  for (const part of parts) {
    if (part === LOCK_FILE || isThere(path.join(folder, LOCK_FILE))) return folder
    folder = path.join(folder, part)
    // Below of what is not there is nothing either.
    if (!isThere(folder)) return undefined
  }
  return undefined
}

/** More than any file on Linux can be called by. */
const PATH_LENGTH_MAX = 4096

function tooLong(written: string): string {
  return `The path has ${written.length} characters, and may have ${PATH_LENGTH_MAX}. Choose a shorter one.`
}

const NUL = 'The path has a NUL character, which no file has in its name. Write the path anew.'

function secretRefusal(written: string): string {
  return (
    `The path "${written}" is a reference to a secret, and a path is none: it would be shown in ` +
    'messages and logs. Write the path itself.'
  )
}

/** Why a folder cannot be a root; undefined where it can. */
export function refuseRoot(root: string): string | undefined {
  const isFolder = statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false
  if (isFolder) return undefined
  return `The root "${root}" is not a folder. Make it, or name another with --root.`
}

function outside(fact: string, roots: readonly string[]): string {
  const named = roots.map((root) => `"${root}"`).join(', ')
  const count = roots.length === 1 ? 'folder that files may be in' : 'folders that files may be in'
  return (
    `${fact} outside the ${count}: ${named}. ` +
    'Choose a path below, or start the server with --root for another folder.'
  )
}

function isBelow(place: string, root: string): boolean {
  const relative = path.relative(root, place)
  return (
    relative === '' ||
    (!relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative))
  )
}

/**
 * With symbolic links resolved as far as there is something. From above: what is not there ends it,
 * so that a path of very many parts costs no more than the folders that there are.
 */
function realPath(absolute: string): string {
  const { root } = path.parse(absolute)
  const parts = absolute.slice(root.length).split(path.sep)
  let there = root
  for (const [index, part] of parts.entries()) {
    const next = path.join(there, part)
    if (!isThere(next)) return path.join(realpathSync(there), parts.slice(index).join(path.sep))
    there = next
  }
  return realpathSync(there)
}

/** What cannot be looked at, for whatever reason, is not there for us either. */
function isThere(place: string): boolean {
  try {
    return statSync(place, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

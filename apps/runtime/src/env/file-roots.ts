/** Keeps the files of pipelines below named folders, symbolic links included. */

import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'

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
  const inside = roots.some((root) => isBelow(real, realPath(path.resolve(root))))
  return inside ? { absolute } : refused(written, `leads to "${real}"`, roots)
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

function refused(written: string, fact: string, roots: readonly string[]): RootedPath {
  const named = roots.map((root) => `"${root}"`).join(', ')
  const count = roots.length === 1 ? 'folder that files may be in' : 'folders that files may be in'
  return {
    refusal:
      `The path "${written}" ${fact}, which is outside the ${count}: ${named}. ` +
      'Choose a path below, or start the server with --root for another folder.',
  }
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

/** What SQLite and the operating system say of a file in the data folder, in our words. */

import path from 'node:path'
import { isFolder } from '../env/data-folder.ts'
import { Refusal } from '../supervision/refusal.ts'

/** Undefined for what is our own bug. */
export function sqliteRefusal(error: unknown, folder: string, file: string): Refusal | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const place = `"${file}" in the data folder "${folder}"`
  if (code.startsWith('SQLITE_BUSY')) {
    const message =
      `${place} is open in another program. Close it there, or ` +
      'choose another folder with --data.'
    return new Refusal('conflict', 'data-folder-in-use', message)
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    const message =
      `${place} is not a database, or is damaged. Put a copy of it back, move it away, or choose ` +
      'another folder with --data.'
    return new Refusal('conflict', 'data-not-readable', message)
  }
  const other = otherThing(error, folder, file)
  if (other !== undefined) {
    const message = `${other} Move it away, or choose another folder with --data.`
    return new Refusal('conflict', 'data-not-readable', message)
  }
  // Codes of the operating system, such as EACCES, and what SQLite makes of them.
  if (!/^(E[A-Z]+|SQLITE_(CANTOPEN|READONLY|IOERR|FULL|PERM).*)$/.test(code)) return undefined
  const what = code.startsWith('SQLITE') ? place : `The data folder "${folder}"`
  const message =
    `${what} cannot be written (${code}). Give this user the right to, or choose ` +
    'another folder with --data.'
  return new Refusal('forbidden', 'data-folder-not-writable', message)
}

/** A sentence where a folder stands in the place of a file, or the other way round. */
export function otherThing(error: unknown, folder: string, file: string): string | undefined {
  const { code, path: named } = error as { readonly code?: unknown; readonly path?: unknown }
  const place = typeof named === 'string' ? named : path.join(folder, file)
  if (code === 'EISDIR' || (String(code).startsWith('SQLITE_CANTOPEN') && isFolder(place))) {
    return `"${place}" is a folder, and Millrace keeps a file there.`
  }
  if (code !== 'ENOTDIR' && code !== 'EEXIST') return undefined
  return `"${place}" is a file, and Millrace keeps a folder there.`
}

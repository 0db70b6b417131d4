/** What SQLite and the operating system say of a file in the data folder, in our words. */

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
  // Codes of the operating system, such as EACCES, and what SQLite makes of them.
  if (!/^(E[A-Z]+|SQLITE_(CANTOPEN|READONLY|IOERR|FULL|PERM).*)$/.test(code)) return undefined
  const what = code.startsWith('SQLITE') ? place : `The data folder "${folder}"`
  const message =
    `${what} cannot be written (${code}). Give this user the right to, or choose ` +
    'another folder with --data.'
  return new Refusal('forbidden', 'data-folder-not-writable', message)
}

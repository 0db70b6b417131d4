/** The folder in which a server keeps what must outlive it, and who holds it. */

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export const DATABASE_FILE = 'millrace.sqlite'
const HOLDER = 'millrace.holder'
/** Every folder of ours that outlives its process has it. */
export const LOCK_FILE = 'millrace.lock'

/** The path of the database in a data folder, which is made where it is not there. */
export function openDataFolder(folder: string): string {
  makeDataFolder(folder)
  return path.join(folder, DATABASE_FILE)
}

const OWN_NAME =
  /^(checkpoints|log|recordings|savepoints|spilled|turns|(dead-letters|millrace)\..*)$/

/** Whether what is called so in a data folder is, or may become, something that Millrace keeps. */
export function isOwnEntry(name: string): boolean {
  return OWN_NAME.test(name)
}

/** Records of whoever runs it are in there, so nobody else on the machine looks into it. */
export function makeDataFolder(folder: string): void {
  // Not by `recursive`, which never returns where a file system denies that it has the parent.
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (isFolder(folder)) return
    const parent = path.dirname(folder)
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isMissing || isFolder(parent)) throw error
    makeDataFolder(parent)
    makeDataFolder(folder)
  }
}

/** Whether a file is there and has nothing in it. */
export function isEmptyFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.size === 0
}

export function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Whoever holds the folder, as it has said. */
export function holderOf(folder: string): string | undefined {
  try {
    return readFileSync(path.join(folder, HOLDER), 'utf8').trim()
  } catch {
    return undefined
  }
}

export function writeHolder(folder: string, holder: string): void {
  writeFileSync(path.join(folder, HOLDER), `${holder}\n`)
}

export function removeHolder(folder: string): void {
  rmSync(path.join(folder, HOLDER), { force: true })
}

/** The folder in which a server keeps what must outlive it, and who holds it. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const HOLDER = 'millrace.holder'

/** The path of the database in a data folder, which is made where it is not there. */
export function openDataFolder(folder: string): string {
  makeDataFolder(folder)
  return path.join(folder, 'millrace.sqlite')
}

export function makeDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
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

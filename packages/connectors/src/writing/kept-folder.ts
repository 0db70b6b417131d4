/** Folders for output that are there after a power cut. */

import type { Disk } from '@millrace/engine'
import { folderOf } from '../file-place.ts'

/** Makes what is missing of the folder and those above it, and syncs where their names stand. */
export async function makeKeptFolder(disk: Disk, folder: string): Promise<void> {
  const missing: string[] = []
  for (let path = folder; (await disk.kindOf(path)) === 'nothing'; path = folderOf(path)) {
    missing.push(path)
    if (folderOf(path) === path) break
  }
  await disk.makeFolder(folder)
  for (const path of missing) await disk.syncFolder(folderOf(path))
}

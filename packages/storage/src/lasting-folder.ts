/** Folders that are there after a power cut. */

import type { Disk } from '@millrace/engine'

/**
 * Makes `folder`, which lies below `root`, and what is missing between them. Also a folder that is
 * there already may be known to memory only, from a process that died before it synced it.
 */
export async function makeLastingFolder(disk: Disk, root: string, folder: string): Promise<void> {
  await disk.makeFolder(folder)
  const above = root === '/' ? '' : root
  let path = root
  for (const name of folder.slice(above.length).split('/').filter(Boolean)) {
    await disk.syncFolder(path)
    path = `${path === '/' ? '' : path}/${name}`
  }
}

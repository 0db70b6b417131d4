/** Removes what stands somewhere, and nothing that it only leads to. */

import { type Disk, DiskError } from '@millrace/engine'

/** A file, a link, or a folder with everything in it. */
export async function removeAll(disk: Disk, path: string): Promise<void> {
  try {
    // In one go first: of a link to a folder only the link goes.
    await disk.remove(path)
    return
  } catch (error) {
    if (!(error instanceof DiskError) || (await disk.kindOf(path)) !== 'folder') throw error
  }
  for (const name of await disk.list(path)) await removeAll(disk, `${path}/${name}`)
  await disk.remove(path)
}

/** When a file, or what is in a folder, was changed last: by the wall clock of its disk. */

import { stat } from 'node:fs/promises'

export async function changedAtMs(path: string): Promise<number> {
  return (await stat(path)).mtimeMs
}

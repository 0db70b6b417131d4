/** The files of a job: those below the roots, and those that come with Millrace. */

import { DATASET_FOLDERS, NETWORK_FILE } from '@millrace/connectors/node'
import { type Disk, JobFailed } from '@millrace/engine'
import { resolveBelowRoots } from './file-roots.ts'
import { createNodeDisk } from './node-disk.ts'

export interface RootedFiles {
  readonly disk: Disk
  /** The absolute path for a path of the document. Throws a `JobFailed` where it leads outside. */
  resolvePath(path: string): string
}

/** A path is checked when a job starts, and what it leads to again whenever it is opened. */
export function createRootedFiles(roots: readonly string[]): RootedFiles {
  return {
    disk: createNodeDisk((path, real) => (isOurs(path) ? undefined : refusalOf(real, roots))),
    resolvePath: (path) => {
      const resolved = resolveBelowRoots(path, roots)
      if ('absolute' in resolved) return resolved.absolute
      throw new JobFailed({ domain: 'user', retry: false, message: resolved.refusal })
    },
  }
}

/** No document names such a path, for it would have been refused already. */
function isOurs(path: string): boolean {
  return path === NETWORK_FILE || DATASET_FOLDERS.some((folder) => path.startsWith(folder))
}

function refusalOf(real: string, roots: readonly string[]): string | undefined {
  const resolved = resolveBelowRoots(real, roots)
  return 'refusal' in resolved ? resolved.refusal : undefined
}

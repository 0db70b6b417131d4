/** What is said of a file that does not hold what was written to it. */

import { DiskError } from '@millrace/engine'

export class DamagedFile extends Error {
  readonly path: string
  readonly reason: string

  /** `reason` and `advice` are sentences. */
  constructor(path: string, reason: string, advice = '') {
    super(`"${path}" is damaged: ${reason}${advice === '' ? '' : ` ${advice}`}`)
    this.name = 'DamagedFile'
    this.path = path
    this.reason = reason
  }
}

/** What stands in the place of a file is none: then the file is as good as damaged. */
export function ifNoFile(path: string, error: unknown): DamagedFile | undefined {
  if (!(error instanceof DiskError) || error.code !== 'is-folder') return undefined
  return new DamagedFile(path, 'A folder stands in its place.')
}

/** Where a path of the document leads. */

import type { RunContext } from '@millrace/engine'
import type { FilePlace } from './disk-failure.ts'

export function filePlace(written: string, context: Pick<RunContext, 'resolvePath'>): FilePlace {
  return {
    written,
    absolute: context.resolvePath(written),
    folder: context.resolvePath('.'),
  }
}

/** The folder that holds the file, of an absolute path. */
export function folderOf(absolute: string): string {
  const end = Math.max(absolute.lastIndexOf('/'), absolute.lastIndexOf('\\'))
  return end <= 0 ? '/' : absolute.slice(0, end)
}

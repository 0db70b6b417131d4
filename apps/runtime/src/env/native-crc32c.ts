/** Checksums by the processor's own instruction, where there is an addon for it. */

import { createRequire } from 'node:module'
import { useNativeCrc32c } from '@millrace/storage'
import type * as NodeRs from '@node-rs/crc32'

/**
 * Once for the process, before anything is stored or read. Where there is no addon for this system,
 * tables do the same, some times slower. Returns whether there was one.
 */
export function takeNativeCrc32c(
  load: (name: string) => unknown = createRequire(import.meta.url),
): boolean {
  try {
    const { crc32c } = load('@node-rs/crc32') as typeof NodeRs
    return useNativeCrc32c(crc32c)
  } catch {
    return false
  }
}

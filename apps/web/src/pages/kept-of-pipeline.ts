/** What this browser keeps of a pipeline, which goes with it. */

import { breakpointsKey } from '../breakpoints/breakpoint-list.ts'
import { draftKey } from '../editor/autosave.ts'
import type { TextStore } from '../env/browser-env.ts'
import { LAST_OPENED } from './last-opened.ts'

/** Of one that has been deleted here. */
export function forgetPipeline(storage: TextStore, pipelineId: string): void {
  storage.remove(draftKey(pipelineId))
  forgetLooks(storage, pipelineId)
}

/**
 * Of one that the server does not know. Edits that it never got stay: another server, with other
 * data, may answer at this address for a while.
 */
export function forgetLooks(storage: TextStore, pipelineId: string): void {
  storage.remove(breakpointsKey(pipelineId))
  if (storage.read(LAST_OPENED) === pipelineId) storage.remove(LAST_OPENED)
}

/** Of those that are not among these any more, wherever they were deleted. */
export function forgetDeleted(storage: TextStore, knownIds: readonly string[]): void {
  // A server without data may stand in for the one that has it.
  if (knownIds.length === 0) return
  const known = new Set(knownIds.map(breakpointsKey))
  const all = storage.keys().filter((key) => key.startsWith(breakpointsKey('')))
  for (const key of all) if (!known.has(key)) storage.remove(key)
}

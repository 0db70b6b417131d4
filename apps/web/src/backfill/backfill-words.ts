/** What a backfill is said to be, in the top bar and in its dialog. */

import type { wire } from '@millrace/pipeline'
import { countText, durationText } from '../live/formats.ts'

/** Of all that there is to read so far, 0 to 1. */
export function shareOf({ records, recordsBehind }: wire.BackfillStatus): number {
  const all = records + recordsBehind
  return all === 0 ? 1 : records / all
}

export function pillText(backfill: wire.BackfillStatus): string {
  if (backfill.state === 'switching') return 'Switching'
  if (backfill.caughtUp) return 'Backfill: caught up'
  // Only what has caught up has read all of it.
  return `Backfill: ${Math.min(99, Math.floor(shareOf(backfill) * 100))} %`
}

export function remainingText({ caughtUp, remainingMs, state }: wire.BackfillStatus): string {
  if (state === 'switching') return 'The new version is taking the place of the job.'
  if (caughtUp) return 'It has caught up, and follows the job until it is switched.'
  if (remainingMs === null) return 'How long it takes is not known yet.'
  return `About ${durationText(remainingMs)} until it has caught up.`
}

export function kindText(kind: wire.WireBackfillPlan['nodes'][number]['kind']): string {
  if (kind === 'anew') return 'made anew from old records'
  return kind === 'kept' ? 'goes on as it is' : 'goes on behind what it has written'
}

export function lettersText(count: number): string {
  const records = count === 1 ? '1 old record' : `${countText(count)} old records`
  return `${records} could not be processed by the new version.`
}

/** How long ago something was. */

import { durationText } from '../live/formats.ts'

export function agoText(ms: number): string {
  return ms < 1_000 ? 'now' : `${durationText(ms)} ago`
}

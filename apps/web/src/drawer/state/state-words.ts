/** What a node keeps, in words. */

import { oneLine } from '@millrace/pipeline'
import type { ApiReply } from '../../api/api.ts'
import { bytesText, countText, timeText } from '../../live/formats.ts'

type Kept = ApiReply<'getState'>

/** `1,240 entries, about 3.1 MB`, and how much of it is not in memory. */
export function stateSizeText({ total, bytes, spilledBytes }: Kept): string {
  const entries = total === 1 ? '1 entry' : `${countText(total)} entries`
  const outside = spilledBytes === 0 ? '' : `, ${bytesText(spilledBytes)} of it on disk`
  return `${entries}, about ${bytesText(bytes + spilledBytes)}${outside}`
}

/** Windows are kept in parts by the time at which each begins; what is 0 is not divided. */
export function divisionText(namespace: number, byTime: boolean): string {
  if (namespace === 0) return '–'
  return byTime && Number.isInteger(namespace) ? timeText(namespace) : String(namespace)
}

/** NULL is a group of its own, and no text. */
export function keyText(key: Kept['entries'][number]['key']): string {
  if (key === null) return 'NULL'
  return key === '' ? '""' : oneLine(String(key))
}

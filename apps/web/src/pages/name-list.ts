/** Names of pipelines in a sentence. */

import { oneLine } from '@millrace/pipeline'
import { countText, listText } from '../live/formats.ts'

/** More are counted: they stand in the list behind the question. */
const NAMES_MAX = 6

export function nameList(names: readonly string[]): string {
  const shown = names.length > NAMES_MAX ? names.slice(0, NAMES_MAX - 1) : names
  const parts = shown.map((name) => `"${oneLine(name)}"`)
  if (shown.length < names.length) parts.push(`${countText(names.length - shown.length)} more`)
  return listText(parts)
}

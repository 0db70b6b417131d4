/** The time at which a topic source starts, as a document writes it. */

import { createValueReader, TIMESTAMP, UnreadableValue } from '@millrace/pipeline'

const readInstant = createValueReader(TIMESTAMP)

/** UTC milliseconds; undefined where the text is no time. */
export function startMs(text: string): number | undefined {
  try {
    return readInstant(text) as number
  } catch (error) {
    if (error instanceof UnreadableValue) return undefined
    throw error
  }
}

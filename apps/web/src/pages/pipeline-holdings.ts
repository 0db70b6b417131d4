/** What belongs to a pipeline and goes when it is deleted, and what stays, in words. */

import { countText, listText } from '../live/formats.ts'

/** Undefined is what could not be counted. */
export interface PipelineHoldings {
  readonly versions: number | undefined
  readonly checkpoints: number | undefined
  readonly savepoints: number | undefined
  /** Dead letters that nobody has looked after. */
  readonly openLetters: number | undefined
  readonly recordings: number | undefined
}

export function goesText(holdings: PipelineHoldings): string {
  const { versions, checkpoints, savepoints, openLetters } = holdings
  const parts = [
    some(versions, 'version', 'its versions'),
    some(checkpoints, 'checkpoint', 'its checkpoints'),
    some(savepoints, 'savepoint', 'its savepoints'),
    some(openLetters, 'dead letter', 'its dead letters', ' to look after'),
  ].filter((part) => part !== undefined)
  const what = parts.length === 0 ? '' : `With it go ${listText(parts)}. `
  return `${what}Nothing brings them back.`
}

export function staysText({ recordings }: PipelineHoldings): string {
  const files = 'Files and topics that it has written stay'
  if (recordings === 0) return `${files}.`
  const own = some(recordings, 'recording', 'its recordings')
  return `${files}, and so ${recordings === 1 ? 'does' : 'do'} ${own}, under Recordings.`
}

function some(
  count: number | undefined,
  noun: string,
  uncounted: string,
  more = '',
): string | undefined {
  if (count === undefined) return uncounted
  if (count === 0) return undefined
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}${more}`
}

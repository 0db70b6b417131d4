/** The list of versions in words, with those folded in which only the drawing changed. */

import { counted, differenceSentence, isLayoutOnly, type wire } from '@millrace/pipeline'
import { shortTimeText } from '../live/formats.ts'

export type VersionRow =
  | { readonly kind: 'version'; readonly entry: wire.HistoryEntry }
  | { readonly kind: 'folded'; readonly entries: readonly wire.HistoryEntry[] }

/** Fewer than this are no longer than the line that would stand for them. */
const FOLDED_MIN = 2

/** Those that only moved things stand as one line, where none of them ran or is the latest. */
export function foldMoves(
  entries: readonly wire.HistoryEntry[],
  latest: number | undefined,
): readonly VersionRow[] {
  const rows: VersionRow[] = []
  let moves: wire.HistoryEntry[] = []
  const flush = (): void => {
    if (moves.length >= FOLDED_MIN) rows.push({ kind: 'folded', entries: moves })
    else rows.push(...moves.map((entry) => ({ kind: 'version', entry }) as const))
    moves = []
  }
  for (const entry of entries) {
    const { version, difference, runs } = entry
    if (difference !== null && isLayoutOnly(difference) && runs === 0 && version !== latest) {
      moves.push(entry)
      continue
    }
    flush()
    rows.push({ kind: 'version', entry })
  }
  flush()
  return rows
}

/** What changed, in one sentence. */
export function changeText(entry: wire.HistoryEntry): string {
  const { difference, comparedWith, nodeCount, version } = entry
  if (comparedWith === null) return `Begins with ${counted(nodeCount, 'node')}`
  if (difference === null) return 'What changed cannot be read any more'
  const said = differenceSentence(difference) || 'Nothing that a job or the drawing shows'
  return comparedWith === version - 1 ? said : `Since version ${comparedWith}: ${said}`
}

/** `Ran twice, last at 14:20:05 UTC`; undefined where it never ran. */
export function ranText(entry: wire.HistoryEntry, nowMs: number): string | undefined {
  const { runs, lastStartedAtMs, running } = entry
  if (running) return 'Running'
  if (runs === 0 || lastStartedAtMs === null) return undefined
  const at = shortTimeText(lastStartedAtMs, nowMs)
  return runs === 1 ? `Ran at ${at}` : `Ran ${runs} times, last at ${at}`
}

export function foldedText(entries: readonly wire.HistoryEntry[]): string {
  const versions = entries.map(({ version }) => version)
  const [first, last] = [Math.min(...versions), Math.max(...versions)]
  return `Versions ${first} to ${last}: only the drawing changed`
}

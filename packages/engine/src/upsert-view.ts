/** An `upsert` table as those see it who take it without the rows that are replaced. */

import { map, type Observable } from 'rxjs'
import type { Batch, Element, Mark } from './element.ts'

/** Leaves out `-U`; everything else stays in its place. */
export function withoutOldRows(elements: Observable<Element>): Observable<Element> {
  return elements.pipe(map((element) => (element.kind === 'batch' ? leaveOut(element) : element)))
}

function leaveOut(batch: Batch): Batch {
  const { rows, times, changes, marks, origins } = batch
  if (changes?.includes('-U') !== true) return batch
  const kept: number[] = []
  /** How many of the rows before each one stay. */
  const before: number[] = []
  for (const index of rows.keys()) {
    before.push(kept.length)
    if (changes[index] !== '-U') kept.push(index)
  }
  const pick = <T>(values: readonly T[]) => kept.map((index) => values[index] as T)
  return {
    kind: 'batch',
    rows: pick(rows),
    times: times && pick(times),
    changes: pick(changes),
    marks: marks.map((mark): Mark => ({ ...mark, at: before[mark.at] ?? kept.length })),
    origins: origins && pick(origins),
  }
}

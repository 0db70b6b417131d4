/** Leaves out the first records of a chunk: those that were handed on before a restart. */

import type { SourceChunk } from './source.ts'

/** Rows and rejects count alike, in the order in which they stood. */
export function withoutFirst(chunk: SourceChunk, count: number): SourceChunk {
  const { rows, times, rowPorts, rejects } = chunk
  let row = 0
  let reject = 0
  while (row + reject < count) {
    if ((rejects[reject]?.at ?? Number.POSITIVE_INFINITY) <= row) reject++
    else row++
  }
  return {
    ...chunk,
    rows: rows.slice(row),
    ...(times === undefined ? {} : { times: times.slice(row) }),
    ...(rowPorts === undefined ? {} : { rowPorts: rowPorts.slice(row) }),
    rejects: rejects.slice(reject).map((one) => ({ ...one, at: Math.max(0, one.at - row) })),
  }
}

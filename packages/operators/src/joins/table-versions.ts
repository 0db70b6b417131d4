/** The versions of a table's row under one key, by time: each holds from its own time on. */

import type { Ledger } from '@millrace/engine'
import type { Row, StreamSchema } from '@millrace/pipeline'
import { releaseUse, UNUSED, USED, type Use } from './pairing.ts'

/** Plain data, so that it can be saved. */
export interface Version {
  readonly timeMs: number
  /** Null where the row was deleted. */
  readonly row: Row | null
  use: Use
}

/** A deletion has been of use when it has taken the row away. */
export function createVersion(timeMs: number, row: Row | null): Version {
  return { timeMs, row, use: row === null ? USED : UNUSED }
}

/** The version that holds at this time. */
export function versionAt(versions: readonly Version[], timeMs: number): Version | undefined {
  return versions[lastAt(versions, timeMs)]
}

/** Adds a version; one of the same time makes room for it. */
export function putVersion(versions: Version[], version: Version, ledger: Ledger): void {
  const place = lastAt(versions, version.timeMs)
  const before = versions[place]
  if (before === undefined || before.timeMs < version.timeMs) {
    versions.splice(place + 1, 0, version)
    return
  }
  releaseVersion(before, ledger)
  versions[place] = version
}

/** Lets go of what no time at or after this one needs: an older version, and a row long deleted. */
export function dropBefore(versions: Version[], timeMs: number, ledger: Ledger): void {
  const place = lastAt(versions, timeMs)
  const count = versions[place]?.row === null ? place + 1 : place
  if (count <= 0) return
  for (const version of versions.splice(0, count)) releaseVersion(version, ledger)
}

export function releaseVersion({ use }: Version, ledger: Ledger): void {
  releaseUse(use, ledger)
}

/**
 * Whether a row of these columns says that its key is gone: all columns are NULL but those of the
 * key and those of type timestamp that only repeat the row's event time. A table of nothing else
 * keeps its rows.
 */
export function createDeletes(
  { columns }: StreamSchema,
  key: readonly string[],
): (row: Row, timeMs: number | undefined) => boolean {
  const others = columns.flatMap(({ name, type }, index) =>
    key.includes(name) ? [] : [{ index, isTime: type.kind === 'timestamp' }],
  )
  return (row, timeMs) => {
    let told = 0
    for (const { index, isTime } of others) {
      const value = row[index]
      if (isTime && value === timeMs) continue
      if (value !== null) return false
      told++
    }
    return told > 0
  }
}

/** The index of the last version at or before this time, or -1. */
function lastAt(versions: readonly Version[], timeMs: number): number {
  let low = 0
  let high = versions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((versions[middle]?.timeMs ?? 0) <= timeMs) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The exactly-once ledger: what was acknowledged is there once, and nothing else is. */

export interface LedgerCounts {
  /** Acknowledged, and not there. */
  readonly lost: readonly string[]
  /** There more than once. */
  readonly duplicate: readonly string[]
  /** There, and never sent. */
  readonly unknown: readonly string[]
}

export function ledgerCounts(seen: Iterable<string>, wanted: ReadonlySet<string>): LedgerCounts {
  const counts = new Map<string, number>()
  for (const one of seen) counts.set(one, (counts.get(one) ?? 0) + 1)
  return {
    lost: [...wanted].filter((one) => !counts.has(one)),
    duplicate: [...counts].filter(([, count]) => count > 1).map(([one]) => one),
    unknown: [...counts.keys()].filter((one) => !wanted.has(one)),
  }
}

const SHOWN = 3

export function ledgerFaults(place: string, counts: LedgerCounts): readonly string[] {
  return (['lost', 'duplicate', 'unknown'] as const).flatMap((kind) => {
    const some = counts[kind]
    if (some.length === 0) return []
    return [`${place}: ${some.length} records ${kind} (${some.slice(0, SHOWN).join(', ')}).`]
  })
}

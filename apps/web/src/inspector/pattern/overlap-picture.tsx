/**
 * Records as dots, and matches as lines over them: drawn through where they count, dotted where
 * they are skipped. Always the same six matches, so that one sees what a choice leaves of them.
 */

import type { ReactNode } from 'react'

export type Skip = 'no-skip' | 'skip-to-next' | 'skip-to-first' | 'skip-to-last' | 'skip-past-last'

const RECORDS = 7

/** Of the match: its first and last record, in the order in which matches leave. */
const MATCHES: readonly (readonly [number, number])[] = [
  [1, 5],
  [1, 6],
  [2, 5],
  [3, 6],
  [4, 7],
  [6, 7],
]

/** The stage that is skipped to took records 3 and 4 of the first match. */
const STAGE_RECORDS: readonly number[] = [3, 4]

/** Where the next match may begin, behind the first one. */
const GOES_ON_AT: Readonly<Record<Skip, number>> = {
  'no-skip': 1,
  'skip-to-next': 1,
  'skip-to-first': 3,
  'skip-to-last': 4,
  'skip-past-last': 6,
}

export function counts(skip: Skip | undefined, match: number): boolean {
  const begin = MATCHES[match]?.[0] ?? 0
  if (skip === undefined || match === 0) return true
  if (skip === 'skip-to-next') return MATCHES.findIndex(([first]) => first === begin) === match
  return begin >= GOES_ON_AT[skip]
}

export function OverlapPicture({ skip }: { readonly skip: Skip | undefined }): ReactNode {
  const withStage = skip === 'skip-to-first' || skip === 'skip-to-last'
  const x = (record: number): number => 8 + (record - 1) * 17
  return (
    <svg className="overlap-picture" viewBox="0 0 118 46" aria-hidden="true">
      {Array.from({ length: RECORDS }, (_, index) => index + 1).map((record) => (
        <circle
          key={record}
          cx={x(record)}
          cy={6}
          r={withStage && STAGE_RECORDS.includes(record) ? 3.4 : 2.4}
          data-stage={withStage && STAGE_RECORDS.includes(record)}
        />
      ))}
      {MATCHES.map(([first, last], index) => (
        <path
          key={`${first} ${last}`}
          d={`M${x(first)} ${15 + index * 5.6}H${x(last)}`}
          data-counts={counts(skip, index)}
        />
      ))}
    </svg>
  )
}

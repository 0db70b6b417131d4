/** The line from a stage to the next one, drawn as what may lie between their records. */

import type { ReactNode } from 'react'
import type { LinkKind } from './stage-words.ts'

/**
 * A solid line has nothing in between, a dashed one may have; one that forks goes on to several; a
 * crossed one must not be there.
 */
export function LinkLine({ kind }: { readonly kind: LinkKind }): ReactNode {
  const not = kind === 'not-next' || kind === 'not-followed-by'
  const solid = kind === 'next' || kind === 'not-next'
  return (
    <svg className="link-line" data-kind={kind} viewBox="0 0 20 26" aria-hidden="true">
      <path d="M10 0V25" strokeDasharray={solid ? undefined : '3 3'} />
      {kind === 'followed-by-any' ? (
        <path d="M10 9C10 17 3 14 3 23M10 9C10 17 17 14 17 23" strokeDasharray="3 2" />
      ) : null}
      <path d="M6.5 21.5 10 25.2 13.5 21.5" />
      {kind === 'followed-by-any' ? (
        <path d="M0.8 20.4 3 23.4 5.2 20.4M14.8 20.4 17 23.4 19.2 20.4" />
      ) : null}
      {not ? <path className="link-cross" d="M5.5 7.5 14.5 16.5M14.5 7.5 5.5 16.5" /> : null}
    </svg>
  )
}

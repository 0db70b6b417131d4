/** How often a record takes effect at a sink, or comes out of a source, when the job crashes. */

import type { ReactNode } from 'react'
import { GuaranteeMark } from '../canvas/guarantee-mark.tsx'
import type { NodeView } from '../editor/analysis.ts'
import { useGuarantee } from '../editor/guarantee.ts'

/** Nothing for a node between sources and sinks. */
export function GuaranteeNote({ view }: { readonly view: NodeView }): ReactNode {
  const guarantee = useGuarantee(view)
  if (guarantee === undefined) return null
  const [promise, ...reasons] = guarantee.reasons
  return (
    <section className="guarantee" aria-label="Guarantee">
      <p className="guarantee-promise">
        <GuaranteeMark view={view} />
        <span>{promise}</span>
      </p>
      {reasons.map((reason) => (
        <p key={reason} className="guarantee-reason">
          {reason}
        </p>
      ))}
    </section>
  )
}

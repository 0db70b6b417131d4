/** What a source or a sink guarantees over crashes, as a sign on its card that says it in words. */

import { deliveryText } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import type { NodeView } from '../editor/analysis.ts'
import { useGuarantee } from '../editor/guarantee.ts'

/** A record takes effect once, or so many times; each sign has a form of its own. */
const SIGNS = {
  'exactly-once': '= 1',
  'at-least-once': '≥ 1',
  'at-most-once': '≤ 1',
  none: '? 1',
} as const

/** Nothing for a node between sources and sinks. */
export function GuaranteeMark({ view }: { readonly view: NodeView }): ReactNode {
  const guarantee = useGuarantee(view)
  if (guarantee === undefined) return null
  const { delivery, reasons } = guarantee
  return (
    <span
      className="guarantee-mark mono"
      data-delivery={delivery}
      title={reasons.join('\n')}
      role="img"
      aria-label={`Guarantee: ${deliveryText(delivery)}`}
    >
      {SIGNS[delivery]}
    </span>
  )
}

/** How often a record takes effect at a sink, or comes out of a source, when the job crashes. */

import { type Delivery, deliveryText, type EffectiveGuarantee } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import type { NodeView } from '../editor/analysis.ts'
import { useEditorState } from '../editor/session.tsx'

/** Nothing for a node between sources and sinks. */
export function GuaranteeNote({ view }: { readonly view: NodeView }): ReactNode {
  const effective = useEditorState((state) => state.analysis.checked.nodes.get(view.id)?.guarantee)
  const nodes = useEditorState((state) => state.analysis.nodes)
  const shown = effective ?? view.operator?.guarantee
  if (shown === undefined) return null
  return (
    <section className="guarantee" aria-label="Guarantee">
      <p title={view.operator?.guarantee?.note}>{promiseText(shown)}</p>
      {(effective?.losingSources ?? []).map((id) => (
        <p key={id} className="guarantee-loss">
          {lossText(nodes.get(id)?.title ?? id)}
        </p>
      ))}
    </section>
  )
}

export function promiseText({
  withCheckpoints,
  without,
}: Pick<EffectiveGuarantee, 'withCheckpoints' | 'without'>): string {
  if (withCheckpoints === without) return `${capital(withCheckpoints)} over crashes.`
  return `${capital(withCheckpoints)} over crashes with checkpoints, ${deliveryText(without)} without.`
}

export function lossText(title: string): string {
  return `“${title}” cannot be read again: what it gave since the last checkpoint is lost at a crash.`
}

function capital(delivery: Delivery): string {
  const text = deliveryText(delivery)
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

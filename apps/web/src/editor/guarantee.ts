/** What a source or a sink of the drawn pipeline guarantees over crashes, and why, in words. */

import { type Delivery, deliveryText, type EffectiveGuarantee } from '@millrace/pipeline'
import { useMemo } from 'react'
import type { NodeView } from './analysis.ts'
import { useEditorState } from './session.tsx'

export interface GuaranteeWords {
  /** Of a job on the server, which always keeps checkpoints. */
  readonly delivery: Delivery
  /** The promise, then what it rests on and what takes from it. */
  readonly reasons: readonly string[]
}

/** Undefined for a node between sources and sinks. */
export function useGuarantee(view: NodeView): GuaranteeWords | undefined {
  const effective = useEditorState((state) => state.analysis.checked.nodes.get(view.id)?.guarantee)
  const nodes = useEditorState((state) => state.analysis.nodes)
  const own = view.operator?.guarantee
  return useMemo(() => {
    const shown = effective ?? own
    if (shown === undefined) return undefined
    const losing = (effective?.losingSources ?? []).map((id) => nodes.get(id)?.title ?? id)
    const note = own === undefined ? [] : [own.note.replaceAll('`', '')]
    const reasons = [promiseText(shown), ...note, ...losing.map(lossText)]
    return { delivery: shown.withCheckpoints, reasons }
  }, [effective, nodes, own])
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

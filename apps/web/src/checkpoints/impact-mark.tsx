/** On the card of a node, while somebody is asked: what becomes of what it has kept. */

import type { ReactNode } from 'react'
import { useWorkbench } from '../editor/session.tsx'
import { askedImpact } from './beginning.ts'
import { nodeWords } from './checkpoint-words.ts'
import { ToneMark } from './tone-mark.tsx'
import './impact-mark.css'

/** The dialog says the same in its list, which is what is read out. */
export default function ImpactMark({ nodeId }: { readonly nodeId: string }): ReactNode {
  const impact = useWorkbench(({ deployQuestion }) =>
    deployQuestion === undefined
      ? undefined
      : askedImpact(deployQuestion).nodes.find((node) => node.nodeId === nodeId),
  )
  if (impact === undefined || (impact.kind === 'kept' && !impact.hasState)) return null
  const { tone, label } = nodeWords(impact)
  return (
    <span className="impact-mark" data-tone={tone} aria-hidden>
      <span className="impact-tag">
        <ToneMark tone={tone} />
        {label}
      </span>
    </span>
  )
}

/** Before an edit runs: what becomes of the state of each node, and what is to happen. */

import { type ReactNode, useState } from 'react'
import { Dialog } from '../dialogs/dialog.tsx'
import { useLive } from '../live/live.tsx'
import type { DeployQuestion } from './beginning.ts'
import { byWeight, fromText, impactTitle, nodeWords } from './checkpoint-words.ts'
import { ToneMark } from './tone-mark.tsx'
import './impact-dialog.css'

export default function ImpactDialog({
  question,
}: {
  readonly question: DeployQuestion
}): ReactNode {
  const { impact, choose } = question
  const { env, job } = useLive()
  const [shownAtMs] = useState(() => env.nowMs() + job.clockOffsetMs())
  const nodes = byWeight(impact.nodes)
  const shown = nodes.filter(({ kind, hasState }) => kind !== 'kept' || hasState)
  const rest = nodes.length - shown.length
  return (
    <Dialog title={impactTitle(impact)} beside onClose={() => choose('cancel')}>
      <p className="impact-from">{fromText(impact, shownAtMs)}</p>
      <ul className="impact-nodes" aria-label="What becomes of each node">
        {shown.map((node) => {
          const words = nodeWords(node)
          return (
            <li key={node.nodeId} data-tone={words.tone}>
              <ToneMark tone={words.tone} />
              <span className="impact-words">
                <strong>{node.title}</strong>
                <small>{words.detail}</small>
              </span>
              <span className="impact-label">{words.label}</span>
            </li>
          )
        })}
      </ul>
      {rest > 0 ? (
        <p className="impact-rest">
          {rest === 1 ? 'One more node keeps' : `${rest} more nodes keep`} nothing that could be
          lost.
        </p>
      ) : null}
      {impact.since.map((sentence) => (
        <p key={sentence} className="impact-since">
          {sentence}
        </p>
      ))}
      <p className="impact-anew">
        To begin anew lets go of all that was kept: sources are read from their beginning, and what
        sinks have written already is written again.
      </p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => choose('cancel')}>
          Cancel
        </button>
        <button type="button" className="button" onClick={() => choose('anew')}>
          Begin anew
        </button>
        <button type="button" className="button primary" onClick={() => choose('keep')}>
          {impact.lost > 0 ? 'Keep what fits' : 'Keep all state'}
        </button>
      </div>
    </Dialog>
  )
}

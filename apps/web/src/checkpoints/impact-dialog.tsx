/** Before an edit runs: what becomes of the state of each node, and what is to happen. */

import {
  differenceRows,
  drawingText,
  type OperatorDescription,
  type wire,
} from '@millrace/pipeline'
import { type ReactNode, useState } from 'react'
import { Dialog } from '../dialogs/dialog.tsx'
import { RadioList } from '../dialogs/radio-list.tsx'
import { DifferenceList } from '../differences/difference-list.tsx'
import { useEditorState, useSession } from '../editor/session.tsx'
import { useLive } from '../live/live.tsx'
import { askedImpact, type DeployQuestion } from './beginning.ts'
import {
  anewText,
  byWeight,
  fromNowText,
  fromText,
  impactTitle,
  laterSources,
  nodeWords,
} from './checkpoint-words.ts'
import { ToneMark } from './tone-mark.tsx'
import './impact-dialog.css'

export default function ImpactDialog({
  question,
}: {
  readonly question: DeployQuestion
}): ReactNode {
  const { fromNow = false, choose } = question
  const impact = askedImpact(question)
  const asWas = question.takes === 'as-it-was'
  const views = useEditorState((state) => state.analysis.nodes)
  const checked = useEditorState((state) => state.analysis.checked)
  const later = laterSources(checked)
  const sourceCount = [...checked.nodes.values()].filter(isSource).length
  const [earliest, setEarliest] = useState(false)
  const { env, job } = useLive()
  const [shownAtMs] = useState(() => env.nowMs() + job.clockOffsetMs())
  const nodes = byWeight(impact.nodes)
  const shown = nodes.filter(({ kind, hasState }) => kind !== 'kept' || hasState)
  const rest = nodes.length - shown.length
  return (
    <Dialog title={impactTitle(impact)} beside onClose={() => choose('cancel')}>
      <Versions question={question} />
      <p className="impact-from">{(fromNow ? fromNowText : fromText)(impact, shownAtMs)}</p>
      <ul className="impact-nodes" aria-label="What becomes of each node">
        {shown.map((node) => {
          const view = views.get(node.nodeId)
          const words = nodeWords(node, view?.operator)
          return (
            <li key={node.nodeId} data-tone={words.tone}>
              <ToneMark tone={words.tone} />
              <span className="impact-words">
                <strong>{view?.title ?? node.title}</strong>
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
      <Edit impact={impact} />
      {impact.since.map((sentence) => (
        <p key={sentence} className="impact-since">
          {sentence}
        </p>
      ))}
      <p className="impact-anew">{anewText(later, sourceCount)}</p>
      {later.some(({ isKept }) => isKept) ? (
        <label className="impact-earliest">
          <input
            type="checkbox"
            checked={earliest}
            onChange={(event) => setEarliest(event.target.checked)}
          />
          <span>When it begins anew, read all that topics and webhooks still hold</span>
        </label>
      ) : null}
      <div className="dialog-actions impact-actions">
        <button type="button" className="button" onClick={() => choose('cancel')}>
          Cancel
        </button>
        <button
          type="button"
          className="button"
          onClick={() => choose(earliest ? 'anew-earliest' : 'anew')}
        >
          Begin anew
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => choose(asWas ? 'as-it-was' : 'keep')}
        >
          {impact.lost > 0 ? 'Keep what fits' : 'Keep all state'}
        </button>
      </div>
    </Dialog>
  )
}

function isSource({ operator }: { readonly operator: OperatorDescription }): boolean {
  return operator.category === 'source'
}

/** What is edited, beside what becomes of state: the one is why the other. */
function Edit({ impact: { edit } }: { readonly impact: wire.DeployImpact }): ReactNode {
  if (edit === null) return null
  const { difference } = edit
  if (differenceRows(difference).length === 0 && drawingText(difference) === '') return null
  const label = `Edited since version ${edit.version}`
  return (
    <section className="impact-edit">
      <h3>{label}</h3>
      <DifferenceList difference={difference} label={label} />
    </section>
  )
}

/** Whether the old version comes back with what it has kept, or what is drawn takes that over. */
function Versions({ question }: { readonly question: DeployQuestion }): ReactNode {
  const { workbench } = useSession()
  const { asItWas, impact, takes = 'drawn' } = question
  if (asItWas === undefined) return null
  const detail =
    impact.lost === 0
      ? 'It takes over all that was kept.'
      : `${impactTitle(impact)}; the rest is taken over.`
  return (
    <RadioList
      legend="What runs then"
      choices={[
        {
          value: 'as-it-was',
          title: `With version ${asItWas.version}, as it was`,
          detail: 'It runs again with all that it had kept. What is drawn stays, as an edit.',
        },
        { value: 'drawn', title: 'With what is drawn', detail },
      ]}
      value={takes}
      onChoose={(next) => workbench.update({ deployQuestion: { ...question, takes: next } })}
    />
  )
}

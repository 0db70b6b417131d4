/** Before a backfill: what will become of each node, where it begins, and how it is switched. */

import type { wire } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { messageOf } from '../api/api.ts'
import { toDocumentJson } from '../api/document-json.ts'
import { Dialog } from '../dialogs/dialog.tsx'
import { type Session, useSession } from '../editor/session.tsx'
import { BeginChoice } from '../start/begin-choice.tsx'
import { type StartForm, toStartFrom } from '../start/start-choice.ts'
import { startBackfill } from './backfill-acts.ts'
import { BackfillProgress } from './backfill-progress.tsx'
import { kindText } from './backfill-words.ts'
import { isRunning, useBackfill } from './use-backfill.ts'
import './backfill.css'

interface Props {
  readonly onClose: () => void
}

export default function BackfillDialog({ onClose }: Props): ReactNode {
  const { value, refresh } = useBackfill()
  const backfill = value?.backfill
  return (
    <Dialog title="Backfill, then switch over" onClose={onClose}>
      {backfill != null && isRunning(backfill) ? (
        <BackfillProgress backfill={backfill} refresh={refresh} />
      ) : (
        <BackfillForm onClose={onClose} onStarted={refresh} />
      )}
    </Dialog>
  )
}

const KINDS = [
  ['earliest', 'Earliest record', 'The first record that topics and webhooks still hold.'],
  ['timestamp', 'A time', 'The first record of each partition that is not before it.'],
  ['offsets', 'Offsets', 'These offsets; other partitions from their earliest record on.'],
] as const

interface FormProps extends Props {
  readonly onStarted: () => void
}

function BackfillForm({ onClose, onStarted }: FormProps): ReactNode {
  const session = useSession()
  const plan = usePlan(session)
  const [form, setForm] = useState<StartForm>({ kind: 'earliest', time: '', offsets: '' })
  const [automatic, setAutomatic] = useState(true)
  const [said, setSaid] = useState<string>()
  const [starting, setStarting] = useState(false)
  const start = async (): Promise<void> => {
    const from = fromOf(form)
    if (typeof from === 'string') {
      setSaid(from)
      return
    }
    setStarting(true)
    await startBackfill(session, { from, automatic })
    setStarting(false)
    onStarted()
  }
  const wrong = plan === undefined ? [] : plan.reasons
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void start()
      }}
    >
      <p className="backfill-about">
        The edited version reads old records beside the job, without writing anything. When it has
        come to where the job stands, it takes its place: sinks go on where they are, and nothing is
        left out or written twice.
      </p>
      {wrong.map((reason) => (
        <p key={reason} className="dialog-said" role="alert">
          {reason}
        </p>
      ))}
      {plan === undefined || wrong.length > 0 ? null : (
        <>
          <PlanView plan={plan} />
          <BeginChoice
            legend="Reads from"
            kinds={KINDS}
            form={form}
            onChange={(changed) => {
              setForm(changed)
              setSaid(undefined)
            }}
          />
          <label className="backfill-automatic">
            <input
              type="checkbox"
              checked={automatic}
              onChange={({ target }) => setAutomatic(target.checked)}
            />
            Switch by itself when it has caught up
          </label>
        </>
      )}
      {said === undefined ? null : (
        <p className="dialog-said" role="alert">
          {said}
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
        {wrong.length > 0 ? null : (
          <button
            type="submit"
            className="button primary"
            disabled={plan === undefined || starting}
          >
            {starting ? 'Starting' : 'Start the backfill'}
          </button>
        )}
      </div>
    </form>
  )
}

/** What a backfill of what is drawn would do; undefined until it is known. */
function usePlan(session: Session): wire.WireBackfillPlan | undefined {
  const [plan, setPlan] = useState<wire.WireBackfillPlan>()
  useEffect(() => {
    let left = false
    const { api, editor, pipelineId } = session
    const document = toDocumentJson(editor.store.getState().pipeline)
    const asked = api.call('planBackfill', { params: { id: pipelineId }, body: { document } })
    void asked.then((answer) => {
      if (left) return
      const refused = { nodes: [], notices: [], reasons: [] }
      setPlan(answer.kind === 'done' ? answer.reply : { ...refused, reasons: [messageOf(answer)] })
    })
    return () => {
      left = true
    }
  }, [session])
  return plan
}

function PlanView({ plan }: { readonly plan: wire.WireBackfillPlan }): ReactNode {
  const { nodes, notices } = plan
  return (
    <>
      {notices.map((notice) => (
        <p key={notice} className="backfill-note">
          {notice}
        </p>
      ))}
      <ul className="backfill-nodes" aria-label="What becomes of each node">
        {nodes.map(({ nodeId, title, kind }) => (
          <li key={nodeId} data-kind={kind}>
            <strong>{title}</strong>
            <span>{kindText(kind)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

/** What is wrong with the form, where something is. */
function fromOf(form: StartForm): wire.BackfillFrom | string {
  const choice = toStartFrom(form)
  if ('wrong' in choice) return choice.wrong
  const { from } = choice
  const fits = from?.kind === 'earliest' || from?.kind === 'timestamp' || from?.kind === 'offsets'
  return fits ? from : 'Choose where it begins to read.'
}

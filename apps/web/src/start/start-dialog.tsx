/** Asks where the sources of a job begin, and how fast. */

import { type ReactNode, useState } from 'react'
import { Dialog } from '../dialogs/dialog.tsx'
import { useSession } from '../editor/session.tsx'
import { paceTitle } from '../live/job-words.ts'
import { useLive } from '../live/live.tsx'
import { PACES, startJob } from '../live/run-control.ts'
import { BeginChoice } from './begin-choice.tsx'
import { type StartForm, toStartFrom } from './start-choice.ts'

const KINDS = [
  [
    'usual',
    'As usual',
    'Goes on after a failure or a stop with a checkpoint; otherwise begins where each source says.',
  ],
  ['beginning', 'Anew', 'Nothing is kept, and each source begins where its settings say.'],
  ['earliest', 'Earliest record', 'Anew, at the first record that topics and webhooks still hold.'],
  ['latest', 'Latest record', 'Anew, with what comes to topics and webhooks from now on.'],
  ['timestamp', 'A time', 'Anew, at the first record of each partition that is not before it.'],
  ['offsets', 'Offsets', 'Anew, at these offsets; other partitions begin where the source says.'],
] as const

export default function StartDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const session = useSession()
  const live = useLive()
  const [form, setForm] = useState<StartForm>({ kind: 'usual', time: '', offsets: '' })
  const [paused, setPaused] = useState(false)
  const [pace, setPace] = useState<number | null>(null)
  const [said, setSaid] = useState<string>()
  const start = (): void => {
    const choice = toStartFrom(form)
    if ('wrong' in choice) {
      setSaid(choice.wrong)
      return
    }
    onClose()
    void startJob({ session, live }, choice.from, { paused, pace })
  }
  return (
    <Dialog title="Start from" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <BeginChoice
          legend="Where the sources begin"
          kinds={KINDS}
          form={form}
          onChange={(changed) => {
            setForm(changed)
            setSaid(undefined)
          }}
        />
        <label className="begin-field">
          Pace
          <select
            className="input"
            value={pace ?? ''}
            onChange={({ target: { value } }) => setPace(value === '' ? null : Number(value))}
          >
            {PACES.map((choice) => (
              <option key={choice} value={choice ?? ''}>
                {paceTitle(choice)}
              </option>
            ))}
          </select>
          <small>Slowly, one sees windows fill. It can be changed while the job runs.</small>
        </label>
        <label className="start-paused">
          <input
            type="checkbox"
            checked={paused}
            onChange={(event) => setPaused(event.target.checked)}
          />
          <span>
            Paused, before its first record
            <small>Then let single records through with Step, or resume it.</small>
          </span>
        </label>
        {said === undefined ? null : (
          <p className="dialog-said" role="alert">
            {said}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary">
            Start
          </button>
        </div>
      </form>
    </Dialog>
  )
}

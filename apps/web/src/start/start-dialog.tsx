/** Asks where the sources of a job begin. */

import { type ReactNode, useState } from 'react'
import { Dialog } from '../dialogs/dialog.tsx'
import { useSession } from '../editor/session.tsx'
import { useLive } from '../live/live.tsx'
import { startJob } from '../live/run-control.ts'
import { START_KINDS, type StartForm, type StartKind, toStartFrom } from './start-choice.ts'
import './start-dialog.css'

const CHOICES: Readonly<Record<StartKind, readonly [title: string, detail: string]>> = {
  usual: [
    'As usual',
    'Goes on after a failure or a stop with a checkpoint; otherwise begins where each source says.',
  ],
  beginning: ['Anew', 'Nothing is kept, and each source begins where its settings say.'],
  earliest: ['Earliest record', 'Anew, at the first record that topics still hold.'],
  latest: ['Latest record', 'Anew, with what is written to topics from now on.'],
  timestamp: ['A time', 'Anew, at the first record of each partition that is not before it.'],
  offsets: ['Offsets', 'Anew, at these offsets; other partitions begin where the source says.'],
}

export default function StartDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const session = useSession()
  const live = useLive()
  const [form, setForm] = useState<StartForm>({ kind: 'usual', time: '', offsets: '' })
  const [said, setSaid] = useState<string>()
  const start = (): void => {
    const choice = toStartFrom(form)
    if ('wrong' in choice) {
      setSaid(choice.wrong)
      return
    }
    onClose()
    void startJob({ session, live }, choice.from)
  }
  return (
    <Dialog title="Start from" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <fieldset className="start-kinds">
          <legend className="visually-hidden">Where the sources begin</legend>
          {START_KINDS.map((kind) => (
            <label key={kind} className="start-kind" data-chosen={form.kind === kind}>
              <input
                type="radio"
                name="start"
                checked={form.kind === kind}
                onChange={() => {
                  setForm({ ...form, kind })
                  setSaid(undefined)
                }}
              />
              <span>
                <strong>{CHOICES[kind][0]}</strong>
                <small>{CHOICES[kind][1]}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <StartFields form={form} onChange={setForm} />
        {said === undefined ? null : (
          <p className="start-said" role="alert">
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

interface FieldsProps {
  readonly form: StartForm
  readonly onChange: (form: StartForm) => void
}

function StartFields({ form, onChange }: FieldsProps): ReactNode {
  if (form.kind === 'timestamp') {
    return (
      <label className="start-field">
        Time
        <input
          className="input"
          placeholder="2026-01-01T00:00:00Z"
          spellCheck={false}
          value={form.time}
          onChange={({ target }) => onChange({ ...form, time: target.value })}
        />
        <small>UTC where it names no zone.</small>
      </label>
    )
  }
  if (form.kind !== 'offsets') return null
  return (
    <label className="start-field">
      Offsets
      <textarea
        className="input"
        rows={3}
        placeholder={'orders:0=15\norders:1=20'}
        spellCheck={false}
        value={form.offsets}
        onChange={({ target }) => onChange({ ...form, offsets: target.value })}
      />
      <small>A line for each partition: topic:partition=offset.</small>
    </label>
  )
}

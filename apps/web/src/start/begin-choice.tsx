/** Where the sources of a job begin: a choice, and the field for the time or the offsets. */

import type { ReactNode } from 'react'
import { RadioList } from '../dialogs/radio-list.tsx'
import type { StartForm, StartKind } from './start-choice.ts'
import './begin-choice.css'

interface Props {
  readonly legend: string
  readonly kinds: readonly (readonly [kind: StartKind, title: string, detail: string])[]
  readonly form: StartForm
  readonly onChange: (form: StartForm) => void
}

export function BeginChoice({ legend, kinds, form, onChange }: Props): ReactNode {
  return (
    <>
      <RadioList
        legend={legend}
        choices={kinds.map(([value, title, detail]) => ({ value, title, detail }))}
        value={form.kind}
        onChoose={(kind) => onChange({ ...form, kind })}
      />
      <BeginField form={form} onChange={onChange} />
    </>
  )
}

function BeginField({ form, onChange }: Pick<Props, 'form' | 'onChange'>): ReactNode {
  if (form.kind === 'timestamp') {
    return (
      <label className="begin-field">
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
    <label className="begin-field">
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

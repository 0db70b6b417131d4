/** Which matches count where they overlap: chosen in words, and drawn below them. */

import { type JsonObject, titleOf, type Value } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { FieldProblems, FieldShell } from '../field-shell.tsx'
import { isObject, ownValueOf } from '../field-value.ts'
import { type ConfigFieldProps, problemsAt, useForm } from '../form-context.ts'
import { OverlapPicture, type Skip } from './overlap-picture.tsx'
import { stagesOf, takenNames } from './stage-list.ts'
import './after-match.css'

interface Choice {
  readonly skip: Skip
  readonly title: string
  readonly means: string
}

const CHOICES: readonly Choice[] = [
  {
    skip: 'no-skip',
    title: 'Every match counts',
    means: 'A record may begin, and be in, any number of matches.',
  },
  {
    skip: 'skip-to-next',
    title: 'One for each beginning',
    means: 'Of matches that begin with the same record, only the first counts.',
  },
  {
    skip: 'skip-to-first',
    title: 'Go on at the first of a stage',
    means: 'The next match begins at the first record of that stage, or later.',
  },
  {
    skip: 'skip-to-last',
    title: 'Go on at the last of a stage',
    means: 'The next match begins at the last record of that stage, or later.',
  },
  {
    skip: 'skip-past-last',
    title: 'No overlap',
    means: 'The next match begins behind the last record of this one.',
  },
]

export default function AfterMatchField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture } = useForm()
  const { name, schema } = field
  const skip = skipOf(value)
  const chosen = CHOICES.find((choice) => choice.skip === skip)
  const stage = ownValueOf(value, 'stage')
  const choose = (text: string): void => {
    const next = CHOICES.find((choice) => choice.skip === text)
    if (next !== undefined) set(path, afterMatchOf(next.skip, stage))
    endGesture()
  }
  return (
    <FieldShell title={titleOf(name, schema)} path={path} reach="exact">
      {({ id, describedBy, invalid }) => (
        <>
          <select
            id={id}
            className="input"
            aria-invalid={invalid}
            aria-describedby={describedBy ?? `${id}-means`}
            aria-required
            value={chosen?.skip ?? ''}
            onChange={({ target }) => choose(target.value)}
          >
            {chosen === undefined ? <option value="">Choose</option> : null}
            {CHOICES.map((choice) => (
              <option key={choice.skip} value={choice.skip}>
                {choice.title}
              </option>
            ))}
          </select>
          {chosen !== undefined && needsStage(chosen.skip) ? (
            <SkipStage path={[...path, 'stage']} value={stage} />
          ) : null}
          <div className="after-match">
            <OverlapPicture skip={chosen?.skip} />
            <p className="field-hint" id={`${id}-means`}>
              {chosen === undefined ? (
                'Matches may overlap. Which of them shall leave?'
              ) : (
                <>
                  {chosen.means} <code className="mono">{chosen.skip}</code>
                </>
              )}
            </p>
          </div>
        </>
      )}
    </FieldShell>
  )
}

function SkipStage({ path, value }: Pick<ConfigFieldProps, 'path' | 'value'>): ReactNode {
  const { fields, config, problems, set, endGesture } = useForm()
  const pattern = fields.find(({ schema }) => schema.widget === 'pattern-stages')
  const names = takenNames(stagesOf(ownValueOf(config, pattern?.name ?? '')))
  const found = problemsAt(problems, path, 'below')
  const known = typeof value === 'string' ? value : ''
  return (
    <div className="after-match-stage" data-field={path.join('/')}>
      <select
        className="input mono"
        aria-label="Stage to go on at"
        aria-invalid={found.some(({ code }) => code !== 'missing-field')}
        value={known}
        onChange={({ target }) => {
          set(path, target.value)
          endGesture()
        }}
      >
        {names.includes(known) ? null : <option value={known}>{known || 'Choose a stage'}</option>}
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {found.length > 0 ? <FieldProblems problems={found} /> : null}
    </div>
  )
}

function needsStage(skip: Skip): boolean {
  return skip === 'skip-to-first' || skip === 'skip-to-last'
}

function skipOf(value: Value | undefined): Value | undefined {
  return isObject(value) ? ownValueOf(value, 'skip') : value
}

/** The stage stays while one goes from its first record to its last. */
function afterMatchOf(skip: Skip, stage: Value | undefined): Value {
  if (!needsStage(skip)) return skip
  const to: JsonObject = stage === undefined ? { skip } : { skip, stage }
  return to
}

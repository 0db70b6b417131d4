/** The frame of a field: its title, its unit, its control, and below it what the check says. */

import type { Problem } from '@millrace/pipeline'
import { CircleQuestionMark } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { useNodeView } from '../editor/session.tsx'
import { fieldMessage, isUnfilled } from '../problems/form-words.ts'
import { fieldKey } from '../problems/problem-words.ts'
import type { FieldPath } from './form-context.ts'
import { problemsAt, useForm } from './form-context.ts'

export interface FieldIds {
  readonly id: string
  /** The id of the text below the control; undefined where there is none. */
  readonly describedBy: string | undefined
  readonly invalid: boolean
}

interface FieldShellProps {
  readonly title: string
  readonly path: FieldPath
  readonly hint?: string | undefined
  readonly unit?: string | undefined
  /**
   * Whether problems further down belong to this control, since it has no fields of its own, or
   * none do, since a field in it has the same path.
   */
  readonly reach?: 'exact' | 'below' | 'none'
  /** A group of fields is named by its title; a single control is labelled by it. */
  readonly group?: boolean
  readonly action?: ReactNode
  readonly children: (ids: FieldIds) => ReactNode
}

export function FieldShell(props: FieldShellProps): ReactNode {
  const { title, path, hint, unit, reach = 'below', group = false, action, children } = props
  const form = useForm()
  const id = useId()
  const problems = reach === 'none' ? [] : problemsAt(form.problems, path, reach)
  const [helped, setHelped] = useState(false)
  const said = problems.length > 0 ? `${id}-problems` : undefined
  const help = hint === undefined ? undefined : `${id}-help`
  const described = [said, help].filter((known) => known !== undefined).join(' ') || undefined
  const view = useNodeView(form.nodeId)
  const invalid = problems.some((problem) => {
    return problem.severity === 'error' && !isUnfilled(problem, view)
  })
  const label =
    unit === undefined ? (
      title
    ) : (
      <>
        {title} <span className="field-unit">{unit}</span>
      </>
    )
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: the label names the group
    <div
      className="field"
      data-field={fieldKey(path)}
      role={group ? 'group' : undefined}
      aria-labelledby={group ? `${id}-label` : undefined}
    >
      <div className="field-head">
        {group ? (
          <span className="field-label" id={`${id}-label`}>
            {label}
          </span>
        ) : (
          <label className="field-label" htmlFor={id}>
            {label}
          </label>
        )}
        {help === undefined ? null : (
          // The keys pass by: what it shows is read out with the field.
          <button
            type="button"
            className="field-help"
            tabIndex={-1}
            aria-label={`About ${title}`}
            aria-expanded={helped}
            title={hint}
            onClick={() => setHelped(!helped)}
          >
            <CircleQuestionMark size={12} aria-hidden />
          </button>
        )}
        {action}
      </div>
      {help === undefined ? null : (
        <p className="field-hint" id={help} hidden={!helped}>
          {hint}
        </p>
      )}
      {children({ id, describedBy: described, invalid })}
      {said === undefined ? null : <FieldProblems id={said} problems={problems} />}
    </div>
  )
}

/** The form itself shows how the field is filled in; the list of problems says it for documents. */
const MISSING = 'Needed to run'

export function FieldProblems(props: {
  readonly id?: string
  readonly problems: readonly Problem[]
}): ReactNode {
  const { nodeId } = useForm()
  const view = useNodeView(nodeId)
  if (props.problems.length === 0) return null
  return (
    <ul className="field-problems" id={props.id}>
      {[...sayings(props.problems)].map(([text, problem]) => (
        <li key={text} data-severity={isUnfilled(problem, view) ? 'missing' : problem.severity}>
          {isUnfilled(problem, view) ? MISSING : fieldMessage(problem, view)}
        </li>
      ))}
    </ul>
  )
}

/** A name that stands in an expression twice is a problem twice, and said once. */
function sayings(problems: readonly Problem[]): ReadonlyMap<string, Problem> {
  return new Map(problems.map((problem) => [`${problem.code} ${problem.message}`, problem]))
}

/** How often a stage comes, and what only a repeated one has. */

import type { JsonObject } from '@millrace/pipeline'
import { Check, Plus } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { FieldProblems } from '../field-shell.tsx'
import { focusOnceThere } from '../focus-once-there.ts'
import { type FieldPath, problemsAt, useForm } from '../form-context.ts'
import { LinkChoice } from './link-choice.tsx'
import { StageField } from './stage-field.tsx'
import { type Address, groupOf, nameOf } from './stage-list.ts'
import { hasChoice, isRepeated, LOOP_LINKS, linkOf } from './stage-words.ts'
import { useStages } from './stages-context.ts'

interface StageProps {
  readonly address: Address
  readonly stage: JsonObject
}

export function Repetition({
  address,
  stage,
  path,
}: StageProps & { readonly path: FieldPath }): ReactNode {
  const { changeStage } = useStages()
  const { problems } = useForm()
  const repeated = isRepeated(stage)
  const of = nameOf(stage) ?? 'the group'
  const loopPath = [...path, 'loopContiguity']
  const loopProblems = problemsAt(problems, loopPath, 'below')
  const [asked, setEnds] = useState(false)
  const ends = stage.until !== undefined || (asked && repeated)
  const untilBox = useFocusOnceShown(asked)
  const greedy = stage.greedy !== undefined || (groupOf(stage) === undefined && hasChoice(stage))
  return (
    <>
      <div className="stage-often-row">
        <StageField name="times" stage={stage} path={path} title={`How often ${of}`} />
        <StageFlag address={address} stage={stage} name="optional" />
        {greedy ? <StageFlag address={address} stage={stage} name="greedy" /> : null}
        {repeated && !ends ? (
          <button
            type="button"
            className="stage-flag"
            title="Say what ends the repetition"
            onClick={() => setEnds(true)}
          >
            <Plus size={11} aria-hidden />
            until
          </button>
        ) : null}
      </div>
      {repeated || stage.loopContiguity !== undefined ? (
        <div className="stage-loop" data-field={loopPath.join('/')}>
          <span className="stage-loop-word">again:</span>
          <LinkChoice
            label={`Between repetitions of ${of}`}
            links={LOOP_LINKS}
            kind={linkOf({ contiguity: stage.loopContiguity ?? null })}
            invalid={loopProblems.length > 0}
            onChoose={(kind) =>
              changeStage('Change a link', address, ({ loopContiguity: _, ...rest }) =>
                kind === 'followed-by' ? rest : { ...rest, loopContiguity: kind },
              )
            }
          />
          {loopProblems.length > 0 ? <FieldProblems problems={loopProblems} /> : null}
        </div>
      ) : null}
      {ends ? (
        <div className="stage-until" ref={untilBox}>
          <span className="stage-loop-word" aria-hidden="true">
            until
          </span>
          <StageField
            name="until"
            stage={stage}
            path={path}
            title={`Until, of ${of}`}
            example="kind = 'stop'"
          />
        </div>
      ) : null}
    </>
  )
}

/** The editor comes late, so the focus waits for it. */
function useFocusOnceShown(asked: boolean) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const host = box.current
    if (!asked || host === null) return undefined
    const focus = (): boolean => {
      const editor = host.querySelector<HTMLElement>('[contenteditable="true"]')
      editor?.focus()
      return editor !== null
    }
    return focusOnceThere(host, focus)
  }, [asked])
  return box
}

const FLAGS = {
  optional: 'A match may do without this stage',
  greedy: 'Takes every record that it can before the next stage has its turn',
} as const

function StageFlag(props: StageProps & { readonly name: keyof typeof FLAGS }): ReactNode {
  const { address, stage, name } = props
  const { changeStage } = useStages()
  const on = stage[name] === true
  return (
    <button
      type="button"
      className="stage-flag"
      aria-pressed={on}
      title={FLAGS[name]}
      onClick={() =>
        changeStage(on ? `No longer ${name}` : `Make ${name}`, address, (before) => {
          const { [name]: _, ...rest } = before
          return on ? rest : { ...rest, [name]: true }
        })
      }
    >
      <Check size={11} aria-hidden />
      {name}
    </button>
  )
}

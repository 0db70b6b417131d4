/** A stage: its name, what a record must be, and how often it comes. Or a group of stages. */

import type { JsonObject } from '@millrace/pipeline'
import { Ban, ChevronRight, GripVertical } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useState } from 'react'
import { FieldProblems } from '../field-shell.tsx'
import { type FieldPath, problemsAt, useForm } from '../form-context.ts'
import { useDrag } from './stage-drag.ts'
import { StageField } from './stage-field.tsx'
import { type Address, groupOf, nameOf, pathOf, spotBeside } from './stage-list.ts'
import { StageMenu } from './stage-menu.tsx'
import { Repetition } from './stage-repetition.tsx'
import { oftenText } from './stage-words.ts'
import { addressText, looseProblems, useStages } from './stages-context.ts'

interface StageProps {
  readonly address: Address
  readonly stage: JsonObject
}

export function StageCard({ address, stage }: StageProps): ReactNode {
  const { root, dragged } = useStages()
  const { problems } = useForm()
  const path = pathOf(root, address)
  const broken = problemsAt(problems, path, 'below').length > 0
  const [folded, unfold] = useFolded()
  const kind = groupOf(stage) !== undefined ? 'group' : stage.not === true ? 'not' : 'stage'
  const label = kind === 'group' ? 'Group' : `Stage ${nameOf(stage) ?? 'without a name'}`
  // What is wrong is never out of sight.
  const isFolded = folded && !broken && kind !== 'group'
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid
    <div
      className="stage"
      role="group"
      aria-label={label}
      data-kind={kind}
      data-stage={addressText(address)}
      data-field={path.join('/')}
      data-folded={isFolded}
      data-broken={broken}
      data-dragged={dragged !== undefined && addressText(dragged) === addressText(address)}
    >
      <Grip address={address} label={label} />
      {isFolded ? (
        <FoldedStage stage={stage} onUnfold={unfold} />
      ) : (
        <OpenStage address={address} stage={stage} kind={kind} path={path} />
      )}
      <StageMenu address={address} label={label} />
    </div>
  )
}

/** As all stages are, until this one was unfolded by itself. */
function useFolded(): readonly [boolean, () => void] {
  const { fold } = useStages()
  const [folded, setFolded] = useState(fold.all)
  useEffect(() => setFolded(fold.all), [fold])
  return [folded, () => setFolded(false)]
}

function FoldedStage(props: {
  readonly stage: JsonObject
  readonly onUnfold: () => void
}): ReactNode {
  const { stage, onUnfold } = props
  const often = oftenText(stage)
  const where = typeof stage.where === 'string' ? stage.where : 'any record'
  return (
    <button type="button" className="stage-line" aria-expanded={false} onClick={onUnfold}>
      <span className="stage-line-name mono">
        {stage.not === true ? <Ban size={11} aria-label="not" /> : null}
        {nameOf(stage) ?? 'no name'}
      </span>
      {often === '' ? null : <span className="stage-often">{often}</span>}
      <span className="stage-line-where mono">{where}</span>
      <ChevronRight size={12} aria-hidden />
    </button>
  )
}

function OpenStage(
  props: StageProps & { readonly kind: 'stage' | 'group' | 'not'; readonly path: FieldPath },
): ReactNode {
  const { address, stage, kind, path } = props
  const { List } = useStages()
  const { problems } = useForm()
  const loose = looseProblems(problems, path)
  const inner = groupOf(stage)
  return (
    <>
      <div className="stage-head">
        {kind === 'not' ? (
          <span className="stage-kind" title="A match must not have such a record here">
            <Ban size={12} aria-hidden /> not
          </span>
        ) : null}
        {kind === 'group' && nameOf(stage) === undefined ? (
          <span className="stage-kind">Group</span>
        ) : (
          <StageField name="name" stage={stage} path={path} title="Name" />
        )}
      </div>
      <div className="stage-body">
        {inner === undefined || stage.where !== undefined ? (
          <div className="stage-where">
            <StageField
              name="where"
              stage={stage}
              path={path}
              title={`Condition of ${nameOf(stage) ?? 'the stage'}`}
              example="any record"
            />
          </div>
        ) : null}
        {kind === 'not' ? null : <Repetition {...props} />}
        {inner === undefined ? null : (
          <div data-field={[...path, 'group'].join('/')}>
            <List list={address} stages={inner} />
            <FieldProblems problems={problemsAt(problems, [...path, 'group'], 'exact')} />
          </div>
        )}
        {loose.length > 0 ? <FieldProblems problems={loose} /> : null}
      </div>
    </>
  )
}

const WAYS = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'out', ArrowRight: 'in' } as const

/** Where a stage is taken hold of: with the pointer, or with the arrow keys. */
function Grip({ address, label }: { readonly address: Address; readonly label: string }) {
  const { stages, move } = useStages()
  const drag = useDrag(address)
  const press = (event: KeyboardEvent): void => {
    const way = Object.hasOwn(WAYS, event.key) ? WAYS[event.key as keyof typeof WAYS] : undefined
    if (way === undefined) return
    event.preventDefault()
    event.stopPropagation()
    move(address, spotBeside(stages, address, way))
  }
  return (
    <button
      type="button"
      className="stage-grip"
      aria-label={`Move: ${label}`}
      title="Drag to move. Arrow keys: up, down, right into the group above, left out of a group."
      onKeyDown={press}
      {...drag}
    >
      <GripVertical size={13} aria-hidden />
    </button>
  )
}

/** A list of stages with the links between them: the pattern's own, or that of a group. */

import { Group, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { FieldProblems } from '../field-shell.tsx'
import { problemsAt, useForm } from '../form-context.ts'
import { LinkChoice } from './link-choice.tsx'
import { LinkLine } from './link-line.tsx'
import { StageCard } from './stage-card.tsx'
import { useDrop } from './stage-drag.ts'
import {
  type Address,
  freeName,
  groupOf,
  insertStage,
  namesIn,
  pathOf,
  type Spot,
  stageOf,
} from './stage-list.ts'
import { LINKS, linkOf, withLink } from './stage-words.ts'
import { addressText, type StageListProps, useStages } from './stages-context.ts'
import { useStableKeys } from './use-stable-keys.ts'

export function StageList({ list, stages }: StageListProps): ReactNode {
  const keys = useStableKeys(stages)
  const drop = useDrop(list)
  const { drop: over } = useStages()
  const isOver = (index: number): boolean =>
    over !== undefined && over.index === index && addressText(over.list) === addressText(list)
  return (
    <div className="stage-list" {...drop}>
      <ol>
        {stages.map((stage, index) => (
          <li key={keys[index]} data-drop={isOver(index)}>
            <LinkRow address={[...list, index]} />
            <StageCard address={[...list, index]} stage={stageOf(stage)} />
          </li>
        ))}
      </ol>
      <div className="stage-end" data-drop={isOver(stages.length)}>
        {list.length === 0 ? (
          <p className="stage-match">
            <span className="stage-dot" /> and that is a match
          </p>
        ) : null}
        <AddButtons spot={{ list, index: stages.length }} />
      </div>
    </div>
  )
}

/** How the stage below stands to the one above. The first one begins. */
function LinkRow({ address }: { readonly address: Address }): ReactNode {
  const { root, stages, changeStage } = useStages()
  const { problems } = useForm()
  const stage = address.reduce<ReturnType<typeof stageOf>>(
    (at, index, depth) => stageOf((depth === 0 ? stages : groupOf(at))?.[index]),
    {},
  )
  const path = [...pathOf(root, address), 'contiguity']
  const found = problemsAt(problems, path, 'below')
  const kind = linkOf(stage)
  const spot: Spot = { list: address.slice(0, -1), index: address.at(-1) ?? 0 }
  const first = spot.index === 0
  const plain = first && (kind === 'followed-by' || kind === 'next' || kind === 'followed-by-any')
  return (
    <div className="link-row" data-field={path.join('/')} data-first={plain}>
      {plain ? (
        <>
          <span className="stage-dot" />
          <span className="link-begin">{spot.list.length === 0 ? 'begins with' : 'first'}</span>
        </>
      ) : (
        <>
          <LinkLine kind={kind} />
          <LinkChoice
            label={`Link to ${stage.name ?? 'the group'}`}
            // What is grouped takes records: it cannot be what must not come.
            links={groupOf(stage) === undefined ? LINKS : LINKS.slice(0, 3)}
            kind={kind}
            invalid={found.length > 0}
            onChoose={(next) =>
              changeStage('Change a link', address, (before) => withLink(before, next))
            }
          />
        </>
      )}
      <InsertButton spot={spot} />
      {found.length > 0 ? <FieldProblems problems={found} /> : null}
    </div>
  )
}

function InsertButton({ spot }: { readonly spot: Spot }): ReactNode {
  const add = useAdd(spot)
  return (
    <button
      type="button"
      className="button quiet icon stage-insert"
      aria-label={`Insert a stage as number ${spot.index + 1}`}
      title="Insert a stage here"
      onClick={() => add('stage')}
    >
      <Plus size={13} aria-hidden />
    </button>
  )
}

function AddButtons({ spot }: { readonly spot: Spot }): ReactNode {
  const { nestingMax } = useStages()
  const add = useAdd(spot)
  return (
    <div className="stage-adders">
      <button type="button" className="button quiet add-row stage-add" onClick={() => add('stage')}>
        <Plus size={13} aria-hidden />
        Stage
      </button>
      {spot.list.length < nestingMax ? (
        <button type="button" className="button quiet add-row" onClick={() => add('group')}>
          <Group size={13} aria-hidden />
          Group
        </button>
      ) : null}
    </div>
  )
}

/** A new stage waits for any record; a new group has one. */
function useAdd(spot: Spot): (what: 'stage' | 'group') => void {
  const { stages, change } = useStages()
  return (what) => {
    const stage = { name: freeName(new Set(namesIn(stages))) }
    const address = [...spot.list, spot.index]
    if (what === 'stage') {
      change('Add a stage', insertStage(stages, spot, stage), { address, part: 'name' })
      return
    }
    const grouped = insertStage(stages, spot, { group: [stage], times: 2 })
    change('Add a group', grouped, { address: [...address, 0], part: 'name' })
  }
}

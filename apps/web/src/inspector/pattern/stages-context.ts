/** What the parts of the stage editor share: the stages, the ways to change them, the drag. */

import type { FieldSchema, JsonObject, Problem } from '@millrace/pipeline'
import { type ComponentType, createContext, useContext } from 'react'
import type { FieldPath } from '../form-context.ts'
import type { Address, Spot, Stages } from './stage-list.ts'

export interface StageListProps {
  /** Empty for the pattern's own list. */
  readonly list: Address
  readonly stages: Stages
}

export interface StagesState {
  /** Draws the stages of a group: a card holds a list, and a list cards. */
  readonly List: ComponentType<StageListProps>
  /** The path of the pattern's own list. */
  readonly root: FieldPath
  readonly stages: Stages
  /** Of a stage that may hold groups as deep as any. */
  readonly schema: FieldSchema
  readonly nestingMax: number
  /** Folded or not, all of them; a new object folds again what was unfolded meanwhile. */
  readonly fold: { readonly all: boolean }
  readonly dragged: Address | undefined
  readonly drop: Spot | undefined
  /** One step of its own; the focus then is on what is named. */
  change(title: string, stages: Stages, focus?: Wanted): void
  changeStage(title: string, address: Address, change: (stage: JsonObject) => JsonObject): void
  /** Says no where the stage cannot stand there. */
  move(from: Address, to: Spot | undefined): boolean
  canStand(from: Address, to: Spot): boolean
  drag(dragged: Address | undefined): void
  dragOver(drop: Spot | undefined): void
}

export interface Wanted {
  readonly address: Address
  /** In an empty list there is only the button that adds. */
  readonly part: 'name' | 'grip' | 'add'
}

export const StagesContext = createContext<StagesState | undefined>(undefined)

export function useStages(): StagesState {
  const state = useContext(StagesContext)
  if (state === undefined) throw new Error('A stage stands outside of a pattern.')
  return state
}

/** The address as an attribute has it: `2.0`. */
export function addressText(address: Address): string {
  return address.join('.')
}

/** The fields of a stage that show their own problems; all others are said below the stage. */
const WITH_A_PLACE: ReadonlySet<unknown> = new Set([
  'name',
  'where',
  'until',
  'times',
  'contiguity',
  'loopContiguity',
  'group',
])

/** What the check says of a stage as a whole, or of a field that has no place of its own. */
export function looseProblems(problems: readonly Problem[], path: FieldPath): readonly Problem[] {
  return problems.filter(({ path: at = [] }) => {
    if (at.length < path.length) return false
    if (!path.every((part, index) => String(part) === String(at[index]))) return false
    return at.length === path.length || !WITH_A_PLACE.has(at[path.length])
  })
}

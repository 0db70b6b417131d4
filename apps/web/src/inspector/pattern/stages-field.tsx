/**
 * The stages of a pattern, read from top to bottom: one after the other, and between them how far
 * a record may be from the one before.
 */

import { type FieldSchema, type JsonObject, titleOf } from '@millrace/pipeline'
import { ListCollapse, ListTree } from 'lucide-react'
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { setConfig } from '../../editor/commands.ts'
import { useNodeView, useSession } from '../../editor/session.tsx'
import { FieldShell } from '../field-shell.tsx'
import { focusOnceThere } from '../focus-once-there.ts'
import { type ConfigFieldProps, useForm } from '../form-context.ts'
import { EmptyPattern, type Start } from './empty-pattern.tsx'
import {
  type Address,
  changeStage,
  listAt,
  moveStage,
  nestingOf,
  type Spot,
  type Stages,
  stageAt,
  stagesOf,
} from './stage-list.ts'
import { StageList } from './stage-rows.tsx'
import { addressText, StagesContext, type StagesState, type Wanted } from './stages-context.ts'
import './pattern.css'

/** From here on a pattern opens as an overview. */
const LONG = 9
/** From here on folding is worth a button. */
const FOLDS = 3

export default function StagesField({ field, path, value }: ConfigFieldProps): ReactNode {
  const host = useRef<HTMLDivElement>(null)
  const state = useStagesState({ field, path, value }, host)
  const { name, schema } = field
  const { stages, fold, setFold } = state
  return (
    <FieldShell
      title={titleOf(name, schema)}
      path={path}
      hint={schema.description}
      reach="exact"
      group
      action={
        stages.length < FOLDS ? undefined : (
          <button
            type="button"
            className="button quiet stages-fold"
            onClick={() => setFold({ all: !fold.all })}
          >
            {fold.all ? <ListTree size={13} aria-hidden /> : <ListCollapse size={13} aria-hidden />}
            {fold.all ? 'Open all' : 'Overview'}
          </button>
        )
      }
    >
      {() => (
        <StagesContext value={state}>
          <div className="stages" ref={host}>
            {stages.length === 0 ? (
              <EmptyPattern onStart={state.start} />
            ) : (
              <StageList list={[]} stages={stages} />
            )}
          </div>
        </StagesContext>
      )}
    </FieldShell>
  )
}

function useStagesState(
  { field: { schema }, path, value }: ConfigFieldProps,
  host: { readonly current: HTMLElement | null },
) {
  const { editor, workbench } = useSession()
  const { nodeId, set, config } = useForm()
  const title = useNodeView(nodeId)?.title ?? nodeId
  const stages = stagesOf(value)
  const [fold, setFold] = useState({ all: stages.length >= LONG })
  const [dragged, drag] = useState<Address>()
  const [drop, dragOver] = useState<Spot>()
  const focus = useWantedStage(host, stages)
  const nestingMax = useMemo(() => groupsIn(schema), [schema])
  const canStand = (from: Address, { list }: Spot): boolean => {
    const inItself = from.every((place, depth) => list[depth] === place)
    return !inItself && list.length + nestingOf(stageAt(stages, from)) <= nestingMax
  }
  const change: StagesState['change'] = (what, next, wanted) => {
    focus(wanted)
    editor.endGesture()
    editor.change(`${what} of ${title}`, (pipeline) =>
      setConfig(pipeline, nodeId, path, next.length === 0 ? undefined : next),
    )
  }
  const move: StagesState['move'] = (from, to) => {
    const moved = to === undefined || !canStand(from, to) ? undefined : moveStage(stages, from, to)
    if (moved === undefined) return false
    change('Move a stage', moved.stages, { address: moved.address, part: 'grip' })
    const { length } = listAt(moved.stages, moved.address.slice(0, -1))
    workbench.announce(`The stage is now number ${(moved.address.at(-1) ?? 0) + 1} of ${length}.`)
    return true
  }
  const state: StagesState = {
    List: StageList,
    root: path,
    stages,
    schema: typeof schema.items === 'object' ? schema.items : {},
    nestingMax,
    fold,
    dragged,
    drop,
    change,
    changeStage: (what, address, make) => change(what, changeStage(stages, address, make)),
    move,
    canStand,
    drag,
    dragOver,
  }
  const start = ({ stages: first, config: more }: Start): void => {
    focus({ address: [0], part: 'name' })
    set([], { ...missing(more, config), ...config, [String(path[0])]: first })
    editor.endGesture()
  }
  return { ...state, setFold, start }
}

/** What a start needs beside its stages, where nothing is set yet. */
function missing(more: JsonObject, config: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(more).filter(([name]) => !Object.hasOwn(config, name)))
}

/** How deep groups may lie inside each other. */
function groupsIn({ items }: FieldSchema): number {
  const properties = typeof items === 'object' ? items.properties : undefined
  const group = properties?.group
  return group === undefined ? 0 : 1 + groupsIn(group)
}

/** Leads the focus to a stage, once it stands where it is wanted. */
function useWantedStage(host: { readonly current: HTMLElement | null }, stages: Stages) {
  const wanted = useRef<Wanted>(undefined)
  const stopWaiting = useRef<() => void>(undefined)
  useEffect(() => () => stopWaiting.current?.(), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: once the stages are the changed ones
  useLayoutEffect(() => {
    const { current: panel } = host
    const { current: next } = wanted
    wanted.current = undefined
    if (panel === null || next === undefined) return
    stopWaiting.current?.()
    stopWaiting.current = focusOnceThere(panel, () => focusStage(panel, next))
  }, [stages])
  return (next: Wanted | undefined): void => {
    wanted.current = next
  }
}

/** False while the control is not there yet. */
function focusStage(panel: HTMLElement, { address, part }: Wanted): boolean {
  const card = panel.querySelector(`[data-stage="${addressText(address)}"]`)
  const control =
    part === 'add'
      ? panel.querySelector<HTMLElement>('.stage-add')
      : card?.querySelector<HTMLElement>(`.stage-${part}`)
  control?.focus()
  // The name that it starts with is there to be written over.
  if (control instanceof HTMLInputElement) control.select()
  card?.scrollIntoView({ block: 'nearest' })
  return control != null
}

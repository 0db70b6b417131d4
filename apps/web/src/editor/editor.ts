/**
 * The pipeline under the pen: what is drawn, what the check says of it, what is selected, and the
 * steps back and forward.
 *
 * A change is a function from pipeline to pipeline. One gesture is one step: changes with the same
 * `gesture` that follow each other, such as the letters typed into a field, are undone together.
 */

import { type Pipeline, type Problem, patternsAwaited, type Registry } from '@millrace/pipeline'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { type Analysis, analyse, analyseAnew, analyseAround } from './analysis.ts'
import { NOTHING, prune, type Selection, sameSelection } from './selection.ts'
import { settle } from './settle.ts'

export const STEPS_MAX = 300

export interface Step {
  /** What was done, for the menu: `Undo "Delete 2 nodes"`. */
  readonly title: string
  readonly before: Pipeline
  readonly after: Pipeline
  readonly gesture?: string
}

export interface EditorState {
  readonly pipeline: Pipeline
  readonly analysis: Analysis
  readonly selection: Selection
  /** Oldest first. */
  readonly past: readonly Step[]
  /** Next first. */
  readonly future: readonly Step[]
}

export type Change = (pipeline: Pipeline) => Pipeline

export interface Editor {
  readonly registry: Registry
  readonly store: StoreApi<EditorState>
  /**
   * A change that gives the same pipeline back is no step. `select` is what is selected after it.
   */
  change(
    title: string,
    change: Change,
    options?: { readonly gesture?: string; readonly select?: Selection },
  ): void
  /** The next change is a step of its own, whatever its gesture. */
  endGesture(): void
  undo(): Step | undefined
  redo(): Step | undefined
  /** Steps that end and begin at what is shown, as another editor of it had them. */
  goOnFrom(steps: Pick<EditorState, 'past' | 'future'>): void
  select(selection: Selection): void
  /** Shows another pipeline: from a version, or from the host. Undoable unless `forget` is set. */
  load(title: string, pipeline: Pipeline, options?: { readonly forget?: boolean }): void
  /** What the server says of the files and topics of nodes, in place of what it said before. */
  setAround(problems: readonly Problem[]): void
}

export function createEditor(pipeline: Pipeline, registry: Registry): Editor {
  const first = settled(pipeline, registry)
  const store = createStore<EditorState>(() => ({
    ...first,
    selection: NOTHING,
    past: [],
    future: [],
  }))
  const checkOncePatternsCome = checkerOfLatePatterns(store, registry)
  const show = (next: Pipeline, steps: Partial<EditorState>): void => {
    const state = store.getState()
    const analysis = analyse(next, registry, state.analysis)
    const selection = prune(steps.selection ?? state.selection, next, analysis.edges)
    store.setState({ ...steps, pipeline: next, analysis, selection })
    checkOncePatternsCome()
  }
  checkOncePatternsCome()
  const change: Editor['change'] = (title, make, { gesture, select } = {}) => {
    const { pipeline: before, past } = store.getState()
    const made = make(before)
    const after = isSettled(made) ? made : settled(made, registry).pipeline
    if (after === before) {
      if (select !== undefined) show(before, { selection: select })
      return
    }
    const last = past.at(-1)
    const continues = gesture !== undefined && last?.gesture === gesture
    const step: Step = {
      title,
      before: continues ? last.before : before,
      after,
      ...(gesture === undefined ? {} : { gesture }),
    }
    const kept = continues ? past.slice(0, -1) : past.slice(-(STEPS_MAX - 1))
    show(after, {
      past: [...kept, step],
      future: [],
      ...(select === undefined ? {} : { selection: select }),
    })
  }
  return {
    registry,
    store,
    change,
    endGesture() {
      const { past } = store.getState()
      const last = past.at(-1)
      if (last?.gesture === undefined) return
      const { gesture, ...ended } = last
      store.setState({ past: [...past.slice(0, -1), ended] })
    },
    undo() {
      const { past, future } = store.getState()
      const step = past.at(-1)
      if (step === undefined) return undefined
      const { gesture, ...ended } = step
      show(step.before, { past: past.slice(0, -1), future: [ended, ...future] })
      return step
    },
    redo() {
      const { past, future } = store.getState()
      const [step, ...rest] = future
      if (step === undefined) return undefined
      show(step.after, { past: [...past, step], future: rest })
      return step
    },
    goOnFrom: (steps) => store.setState(endingAt(store.getState().pipeline, steps)),
    select(selection) {
      if (sameSelection(store.getState().selection, selection)) return
      store.setState({ selection })
    },
    load(title, next, { forget = false } = {}) {
      if (forget)
        show(settled(next, registry).pipeline, { past: [], future: [], selection: NOTHING })
      else change(title, () => next, { select: NOTHING })
    },
    setAround(problems) {
      const { analysis } = store.getState()
      if (problems.length === 0 && analysis.around.length === 0) return
      store.setState({ analysis: analyseAround(problems, registry, analysis) })
    },
  }
}

/** The very same at their ends as what is shown: whoever comes back to it has nothing to save. */
function endingAt(
  pipeline: Pipeline,
  { past, future }: Pick<EditorState, 'past' | 'future'>,
): Pick<EditorState, 'past' | 'future'> {
  const last = past.at(-1)
  const [next, ...rest] = future
  return {
    past: last === undefined ? [] : [...past.slice(0, -1), { ...last, after: pipeline }],
    future: next === undefined ? [] : [{ ...next, before: pipeline }, ...rest],
  }
}

/**
 * In a page the engine of regular expressions comes late, after the first check that needs it: what
 * it refuses is found then.
 */
function checkerOfLatePatterns(store: StoreApi<EditorState>, registry: Registry): () => void {
  let awaited: Promise<void> | undefined
  const checkAgain = (): void => {
    const { pipeline, analysis } = store.getState()
    store.setState({ analysis: analyseAnew(pipeline, registry, analysis) })
  }
  return () => {
    const coming = patternsAwaited()
    if (coming === undefined || coming === awaited) return
    awaited = coming
    // Where it cannot be had, the host still refuses; the next change asks for it again.
    coming.then(checkAgain, () => undefined)
  }
}

/** Every node of it has a place. */
function settled(
  pipeline: Pipeline,
  registry: Registry,
): Pick<EditorState, 'pipeline' | 'analysis'> {
  const analysis = analyse(pipeline, registry)
  const placed = settle(pipeline, analysis)
  return {
    pipeline: placed,
    analysis: placed === pipeline ? analysis : { ...analysis, pipeline: placed },
  }
}

function isSettled({ nodes, layout }: Pipeline): boolean {
  return [...nodes.keys()].every((id) => layout.has(id))
}

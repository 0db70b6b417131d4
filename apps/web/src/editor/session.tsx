/** One pipeline that is open in this page: its editor, its saving and the panels around it. */

import type { Pipeline } from '@millrace/pipeline'
import { createContext, type ReactNode, useContext } from 'react'
import { useStore } from 'zustand'
import type { Api } from '../api/api.ts'
import type { BrowserEnv } from '../env/browser-env.ts'
import type { Workbench, WorkbenchState } from '../workbench/workbench-store.ts'
import type { EdgeView, NodeView } from './analysis.ts'
import type { Autosave, SaveState } from './autosave.ts'
import type { Editor, EditorState } from './editor.ts'

export interface Session {
  readonly pipelineId: string
  readonly editor: Editor
  readonly autosave: Autosave
  readonly workbench: Workbench
  readonly api: Api
  readonly env: BrowserEnv
}

const SessionContext = createContext<Session | undefined>(undefined)

export function SessionProvider(props: {
  readonly session: Session
  readonly children: ReactNode
}): ReactNode {
  return <SessionContext value={props.session}>{props.children}</SessionContext>
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error('This part stands outside of an open pipeline.')
  return session
}

/** Renders again only when what `select` gives is another value. */
export function useEditorState<T>(select: (state: EditorState) => T): T {
  return useStore(useSession().editor.store, select)
}

export function usePipeline(): Pipeline {
  return useEditorState((state) => state.pipeline)
}

/** Undefined once the node is gone. */
export function useNodeView(nodeId: string): NodeView | undefined {
  return useEditorState((state) => state.analysis.nodes.get(nodeId))
}

export function useEdgeView(edgeId: string): EdgeView | undefined {
  return useEditorState((state) => state.analysis.edges.get(edgeId))
}

export function useWorkbench<T>(select: (state: WorkbenchState) => T): T {
  return useStore(useSession().workbench.store, select)
}

export function useSaveState(): SaveState {
  return useStore(useSession().autosave.store)
}

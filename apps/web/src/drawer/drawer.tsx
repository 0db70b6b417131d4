/** The content of the drawer's tabs, for what is selected on the canvas. */

import './drawer.css'
import { type ReactNode, useCallback, useEffect } from 'react'
import { CheckpointsTab } from '../checkpoints/checkpoints-tab.tsx'
import { selectionOf, soleEdge, soleNode } from '../editor/selection.ts'
import { useEditorState, useSession } from '../editor/session.tsx'
import type { BoardNode } from '../live/board.ts'
import { useBoard } from '../live/live.tsx'
import { latePart } from '../parts/late-part.ts'
import { ProblemsList } from '../problems/problems-list.tsx'
import { keepFocus } from '../workbench/use-kept-focus.ts'
import type { DrawerTab } from '../workbench/workbench-store.ts'
import { EventTimeTab } from './event-time/event-time-tab.tsx'
import { LedgerTab } from './ledger/ledger-tab.tsx'
import { LogsTab } from './logs/logs-tab.tsx'
import { RecordsTab } from './records/records-tab.tsx'
import { chooseTap } from './records/tap-target.ts'
import { ResultsTab } from './results/results-tab.tsx'

const StateTab = latePart(() => import('./state/state-tab.tsx'))
const RecordingsTab = latePart(() => import('../recordings/recordings-tab.tsx'))

export function DrawerContent({ tab }: { readonly tab: DrawerTab }): ReactNode {
  // Rows and buttons come and go with the job, also those that have the focus.
  useEffect(() => {
    const panel = document.getElementById('drawer-panel')
    return panel === null ? undefined : keepFocus(panel)
  }, [])
  if (tab === 'problems') return <ProblemsList />
  if (tab === 'records') return <Records />
  if (tab === 'event-time') return <EventTime />
  if (tab === 'checkpoints') return <CheckpointsTab />
  if (tab === 'recordings') return <RecordingsTab />
  if (tab === 'state') return <State />
  return tab === 'ledger' ? <Ledger /> : <Logs />
}

function useSelectedNode(): BoardNode | undefined {
  const board = useBoard()
  const nodeId = useEditorState(({ selection }) => soleNode(selection))
  return nodeId === undefined ? undefined : board.nodes.get(nodeId)
}

function Records(): ReactNode {
  const { api } = useSession()
  const board = useBoard()
  const node = useSelectedNode()
  const selected = useEditorState(
    ({ selection }) => (soleNode(selection) ?? soleEdge(selection)) !== undefined,
  )
  const edgeFrom = useEditorState(({ selection, analysis }) => {
    const edgeId = soleEdge(selection)
    return edgeId === undefined ? undefined : analysis.edges.get(edgeId)?.from
  })
  const copy = useCopy()
  // The host keeps what has arrived at a sink, wherever the sink writes it.
  if (node?.category === 'sink') {
    return <ResultsTab node={node} api={api} onCopy={copy} />
  }
  const choice = chooseTap(board, node?.id, edgeFrom)
  return <RecordsTab {...{ choice, selected, board }} onCopy={copy} />
}

/** The selected window, or the only one there is. */
function EventTime(): ReactNode {
  const board = useBoard()
  const selected = useSelectedNode()
  const windows = [...board.nodes.values()].filter(({ category }) => category === 'window')
  const only = windows.length === 1 ? windows[0] : undefined
  return <EventTimeTab node={selected?.category === 'window' ? selected : only} />
}

function Ledger(): ReactNode {
  return <LedgerTab node={useSelectedNode()} />
}

function State(): ReactNode {
  return <StateTab node={useSelectedNode()} />
}

function Logs(): ReactNode {
  const { editor } = useSession()
  const board = useBoard()
  const showNode = useCallback(
    (nodeId: string) => editor.select(selectionOf({ nodes: [nodeId] })),
    [editor],
  )
  return <LogsTab board={board} onShowNode={showNode} />
}

function useCopy(): (text: string) => void {
  const { workbench } = useSession()
  return useCallback(
    (text) => {
      navigator.clipboard.writeText(text).then(
        () => workbench.notify({ kind: 'done', title: 'Copied as JSON.' }),
        () =>
          workbench.notify({
            kind: 'refused',
            title: 'Not copied: the browser does not let this page write to the clipboard.',
          }),
      )
    },
    [workbench],
  )
}

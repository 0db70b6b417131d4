/** The dialog that is open; a conflict opens its own, whatever else was asked for. */

import { oneLine } from '@millrace/pipeline'
import { type ReactNode, Suspense } from 'react'
import { useLocation } from 'wouter'
import { usePipeline, useSaveState, useSession, useWorkbench } from '../editor/session.tsx'
import { latePart } from '../parts/late-part.ts'
import { ConnectDialog } from './connect-dialog.tsx'
import { ExamplesDialog } from './examples-dialog.tsx'
import { KeysDialog } from './keys-dialog.tsx'

const CommandsDialog = latePart(() => import('./commands-dialog.tsx'))
const DeletePipelineDialog = latePart(() => import('../pages/delete-pipeline-dialog.tsx'))
const ConflictDialog = latePart(() => import('./conflict-dialog.tsx'))
const GoneDialog = latePart(() => import('./gone-dialog.tsx'))
const GlossaryDialog = latePart(() => import('../glossary/glossary-dialog.tsx'))
const VersionsDialog = latePart(() => import('../versions/versions-dialog.tsx'))
const ImpactDialog = latePart(() => import('../checkpoints/impact-dialog.tsx'))

export default function Dialogs(): ReactNode {
  const { workbench } = useSession()
  const name = useWorkbench((state) => state.dialog)
  const question = useWorkbench((state) => state.deployQuestion)
  const save = useSaveState()
  if (save.kind === 'conflict') {
    return (
      <Suspense>
        <ConflictDialog theirs={save.theirs} />
      </Suspense>
    )
  }
  if (save.kind === 'gone') {
    return (
      <Suspense>
        <GoneDialog keptHere={save.keptHere} />
      </Suspense>
    )
  }
  if (question !== undefined) {
    return (
      <Suspense>
        <ImpactDialog question={question} />
      </Suspense>
    )
  }
  const close = (): void => workbench.update({ dialog: undefined })
  switch (name) {
    case undefined:
      return null
    case 'keys':
      return <KeysDialog onClose={close} />
    case 'glossary':
      return (
        <Suspense>
          <GlossaryDialog onClose={close} />
        </Suspense>
      )
    case 'versions':
      return (
        <Suspense>
          <VersionsDialog onClose={close} />
        </Suspense>
      )
    case 'examples':
      return <ExamplesDialog onClose={close} />
    case 'connect':
      return <ConnectDialog onClose={close} />
    case 'delete':
      return (
        <Suspense>
          <DeleteThis onClose={close} />
        </Suspense>
      )
    case 'commands':
      return (
        <Suspense>
          <CommandsDialog onClose={close} />
        </Suspense>
      )
  }
}

function DeleteThis({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { api, env, pipelineId, autosave } = useSession()
  const name = oneLine(usePipeline().name)
  const [, navigate] = useLocation()
  const leave = (): void => {
    autosave.abandon()
    onClose()
    navigate('/pipelines', { replace: true })
  }
  return <DeletePipelineDialog {...{ api, env, pipelineId, name, onClose }} onDeleted={leave} />
}

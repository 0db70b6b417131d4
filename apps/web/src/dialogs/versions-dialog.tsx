/** Every saved version: look at one, or take it back. */

import type { wire } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { fromDocumentJson } from '../api/document-json.ts'
import { timeText } from '../design/time-text.ts'
import { useSaveState, useSession } from '../editor/session.tsx'
import { counted } from '../transfer/import-document.ts'
import { hintOf, textOf } from '../workbench/save-pill.tsx'
import { currentViewport } from '../workbench/viewport.ts'
import { Dialog } from './dialog.tsx'

type Version = ReturnType<(typeof wire.versionSummary)['parse']>

export function VersionsDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { api, pipelineId, editor, workbench } = useSession()
  const save = useSaveState()
  const [versions, setVersions] = useState<readonly Version[]>()
  const [said, setSaid] = useState<string>()
  const saved = save.version
  // biome-ignore lint/correctness/useExhaustiveDependencies: a save adds a version to the list
  useEffect(() => {
    let left = false
    void api.call('listVersions', { params: { id: pipelineId } }).then((answer) => {
      if (left) return
      if (answer.kind === 'done') {
        setVersions([...answer.reply].sort((a, b) => b.version - a.version))
      } else setSaid(answer.kind === 'away' ? answer.message : answer.error.message)
    })
    return () => {
      left = true
    }
  }, [api, pipelineId, saved])
  const restore = async (version: number): Promise<void> => {
    const params = { id: pipelineId, version: `${version}` }
    const answer = await api.call('getVersion', { params })
    if (answer.kind !== 'done') {
      setSaid(answer.kind === 'away' ? answer.message : answer.error.message)
      return
    }
    const { pipeline, problems } = fromDocumentJson(answer.reply.document)
    if (pipeline === undefined) {
      setSaid(problems[0]?.message ?? `This page cannot read version ${version}.`)
      return
    }
    editor.load(`Take version ${version}`, pipeline)
    workbench.notify({
      kind: 'done',
      title: `Version ${version} is shown. It is saved as a new one; undo brings yours back.`,
    })
    currentViewport().fit()
    onClose()
  }
  return (
    <Dialog title="Versions" onClose={onClose}>
      <p className="field-hint">
        {textOf(save)}. {save.kind === 'saved' ? '' : hintOf(save)}
      </p>
      {said === undefined ? null : (
        <p className="field-problems" role="alert">
          {said}
        </p>
      )}
      <ul className="versions" aria-busy={versions === undefined}>
        {versions?.map(({ version, name, savedAtMs, nodeCount }) => (
          <li key={version}>
            <span className="version-words">
              Version {version}
              <small>
                {name}, {counted(nodeCount, 'node')}, {timeText(savedAtMs)}
              </small>
            </span>
            {version === saved ? (
              <span className="pill">Latest</span>
            ) : (
              <button type="button" className="button" onClick={() => void restore(version)}>
                Take this version
              </button>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

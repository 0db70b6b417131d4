/** Every saved version: what changed in it, whether it ran; look at one, or take it back. */

import type { wire } from '@millrace/pipeline'
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { messageOf } from '../api/api.ts'
import { fromDocumentJson } from '../api/document-json.ts'
import { Dialog } from '../dialogs/dialog.tsx'
import { DifferenceList } from '../differences/difference-list.tsx'
import { useSaveState, useSession } from '../editor/session.tsx'
import { shortTimeText, timeText } from '../live/formats.ts'
import { hintOf, textOf } from '../workbench/save-pill.tsx'
import { currentViewport } from '../workbench/viewport.ts'
import { type HistoryOnly, type ShownHistory, useHistory } from './use-history.ts'
import { changeText, foldedText, foldMoves, ranText } from './version-words.ts'
import '../design/text-button.css'
import './versions.css'

const FILTERS = [
  { only: 'all', title: 'All' },
  { only: 'ran', title: 'That ran' },
] as const

export default function VersionsDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { api, pipelineId } = useSession()
  const save = useSaveState()
  const [only, setOnly] = useState<HistoryOnly>('all')
  const [said, setSaid] = useState<string>()
  const history = useHistory(api, pipelineId, only, save.version)
  const take = useTake(onClose, setSaid)
  const refusal = said ?? history.refusal
  return (
    <Dialog title="Versions" width="wide" onClose={onClose}>
      <div className="versions-bar">
        <p className="field-hint">
          {textOf(save)}. {save.kind === 'saved' ? '' : hintOf(save)}
        </p>
        <fieldset className="button-group" aria-label="Which versions are shown">
          {FILTERS.map((filter) => (
            <button
              key={filter.only}
              type="button"
              className="button"
              aria-pressed={only === filter.only}
              onClick={() => setOnly(filter.only)}
            >
              {filter.title}
            </button>
          ))}
        </fieldset>
      </div>
      {refusal === undefined ? null : (
        <p className="versions-refusal" role="alert">
          {refusal}{' '}
          {said === undefined ? (
            <button type="button" className="text-button" onClick={history.readAgain}>
              Try again
            </button>
          ) : null}
        </p>
      )}
      <VersionList history={history} only={only} latest={save.version} onTake={take} />
    </Dialog>
  )
}

type Take = (version: number) => void

function useTake(onClose: () => void, say: (said: string) => void): Take {
  const { api, pipelineId, editor, workbench } = useSession()
  const take = async (version: number): Promise<void> => {
    const params = { id: pipelineId, version: `${version}` }
    const answer = await api.call('getVersion', { params })
    if (answer.kind !== 'done') {
      say(messageOf(answer))
      return
    }
    const { pipeline, problems } = fromDocumentJson(answer.reply.document)
    if (pipeline === undefined) {
      say(problems[0]?.message ?? `This page cannot read version ${version}.`)
      return
    }
    editor.load(`Take version ${version}`, pipeline)
    workbench.notify({
      kind: 'done',
      title: `Version ${version} is shown. It is saved as a new one; undo brings yours back.`,
    })
    void currentViewport().fit()
    onClose()
  }
  return (version) => void take(version)
}

interface ListProps {
  readonly history: ShownHistory
  readonly only: HistoryOnly
  readonly latest: number | undefined
  readonly onTake: Take
}

function VersionList({ history, only, latest, onTake }: ListProps): ReactNode {
  const { entries, hasOlder, reading, readOlder } = history
  const { env } = useSession()
  const [nowMs] = useState(() => env.nowMs())
  const row = { latest, nowMs, onTake }
  if (entries === undefined) {
    return reading ? (
      <p className="versions-empty" role="status">
        The versions are being read.
      </p>
    ) : null
  }
  if (entries.length === 0) {
    return (
      <p className="versions-empty">
        {only === 'ran' ? 'None of the versions has run yet.' : 'Nothing is saved yet.'}
      </p>
    )
  }
  return (
    <>
      <ul className="versions" aria-label="Versions" aria-busy={reading}>
        {foldMoves(entries, latest).map((one) =>
          one.kind === 'version' ? (
            <Version key={one.entry.version} entry={one.entry} {...row} />
          ) : (
            <Folded key={one.entries[0]?.version} entries={one.entries} {...row} />
          ),
        )}
      </ul>
      {hasOlder ? (
        <button type="button" className="button" disabled={reading} onClick={readOlder}>
          {reading ? 'Reading…' : 'Show older versions'}
        </button>
      ) : null}
    </>
  )
}

interface RowProps {
  readonly latest: number | undefined
  readonly nowMs: number
  readonly onTake: Take
}

interface VersionProps extends RowProps {
  readonly entry: wire.HistoryEntry
}

function Version({ entry, latest, nowMs, onTake }: VersionProps): ReactNode {
  const [open, setOpen] = useState(false)
  const { version, savedAtMs, difference, running } = entry
  const ran = ranText(entry, nowMs)
  const said = changeText(entry)
  return (
    <li className="version">
      <span className="version-head">
        <strong>Version {version}</strong>
        <small title={timeText(savedAtMs)}>{shortTimeText(savedAtMs, nowMs)}</small>
      </span>
      <span className="version-words">
        {difference === null ? (
          <span>{said}</span>
        ) : (
          <button
            type="button"
            className="version-change"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <ChevronRight size={13} aria-hidden />
            <span>{said}</span>
          </button>
        )}
        {ran === undefined ? null : (
          <small className="version-ran" data-running={running}>
            {ran}
          </small>
        )}
        {open && difference !== null ? (
          <DifferenceList difference={difference} label={`What changed in version ${version}`} />
        ) : null}
      </span>
      {version === latest ? (
        <span className="pill">Latest</span>
      ) : (
        <button type="button" className="button" onClick={() => onTake(version)}>
          Take this version
        </button>
      )}
    </li>
  )
}

interface FoldedProps extends RowProps {
  readonly entries: readonly wire.HistoryEntry[]
}

function Folded({ entries, ...row }: FoldedProps): ReactNode {
  const [open, setOpen] = useState(false)
  if (open) return entries.map((entry) => <Version key={entry.version} entry={entry} {...row} />)
  return (
    <li className="version" data-folded="true">
      <button type="button" className="version-change" onClick={() => setOpen(true)}>
        <ChevronRight size={13} aria-hidden />
        <span>{foldedText(entries)}</span>
      </button>
    </li>
  )
}

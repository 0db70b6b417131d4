/** The top bar: whose pipeline it is, where its saving stands, the run controls and the menu. */

import { oneLine } from '@millrace/pipeline'
import { Download, Menu as MenuIcon, Redo2, Undo2 } from 'lucide-react'
import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { Brand } from '../design/brand.tsx'
import { renamePipeline } from '../editor/commands.ts'
import { useEditorState, usePipeline, useSession } from '../editor/session.tsx'
import { latePart } from '../parts/late-part.ts'
import { Shelter } from '../parts/shelter.tsx'
import { afterPaint } from './after-paint.ts'
import { keyText } from './keys.ts'
import { actionById } from './page-actions.ts'
import { SavePill } from './save-pill.tsx'
import { ON_MAC } from './use-shortcuts.ts'
import { useTightness } from './use-tightness.ts'
import './top-bar.css'

const MainMenu = latePart(async () => {
  await afterPaint()
  return import('./main-menu.tsx')
})
const RunControls = latePart(async () => {
  await afterPaint()
  const { RunControls: controls } = await import('../live/run-controls.tsx')
  return { default: controls }
})

export function TopBar(): ReactNode {
  const bar = useRef<HTMLElement>(null)
  useTightness(bar)
  return (
    <header className="top-bar" ref={bar}>
      <Link href="/pipelines" className="brand" aria-label="Millrace, all pipelines">
        <Brand />
        <span className="brand-name">Millrace</span>
      </Link>
      <span className="crumb" aria-hidden>
        /
      </span>
      <NameField />
      <SavePill />
      <span className="spacer" />
      <Shelter what="The run controls">
        <Suspense>
          <RunControls />
        </Suspense>
      </Shelter>
      <HistoryButtons />
      <span className="export-button">
        <ActionButton id="export" label="Export" icon={<Download size={14} aria-hidden />} />
      </span>
      <Suspense fallback={<span className="button quiet icon" />}>
        <MainMenu icon={<MenuIcon size={16} aria-hidden />} />
      </Suspense>
    </header>
  )
}

const NAMELESS = 'A pipeline needs a name. The old one stays.'

function NameField(): ReactNode {
  const { editor, workbench } = useSession()
  const { name } = usePipeline()
  const [text, setText] = useState(name)
  const drops = useRef(false)
  const [edits, setEdits] = useState(false)
  useEffect(() => setText(name), [name])
  const leave = (): void => {
    setEdits(false)
    if (!drops.current) {
      editor.change('Rename the pipeline', (pipeline) => renamePipeline(pipeline, text))
      if (text.trim() === '') workbench.notify({ kind: 'refused', title: NAMELESS })
    }
    drops.current = false
    setText(editor.store.getState().pipeline.name)
  }
  return (
    <input
      className="name-field"
      aria-label="Name of the pipeline"
      maxLength={200}
      spellCheck={false}
      value={edits ? text : oneLine(text)}
      onChange={(event) => setText(event.target.value)}
      onFocus={() => setEdits(true)}
      onBlur={leave}
      onKeyDown={(event) => {
        drops.current = event.key === 'Escape'
        if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur()
      }}
    />
  )
}

function HistoryButtons(): ReactNode {
  const undone = useEditorState((state) => state.past.at(-1)?.title)
  const next = useEditorState((state) => state.future[0]?.title)
  return (
    <span className="button-row">
      <ActionButton
        id="undo"
        hint={undone === undefined ? undefined : `Undo: ${undone}`}
        disabled={undone === undefined}
        icon={<Undo2 size={15} aria-hidden />}
      />
      <ActionButton
        id="redo"
        hint={next === undefined ? undefined : `Redo: ${next}`}
        disabled={next === undefined}
        icon={<Redo2 size={15} aria-hidden />}
      />
    </span>
  )
}

/** A button of an action; without a label it is an icon with a name for screen readers. */
export function ActionButton(props: {
  readonly id: string
  readonly icon: ReactNode
  readonly label?: string
  readonly hint?: string | undefined
  readonly disabled?: boolean
}): ReactNode {
  const session = useSession()
  const { id, icon, label, hint, disabled = false } = props
  const action = actionById(id)
  const [key] = action.keys
  const shown = key === undefined ? '' : ` (${keyText(key, ON_MAC)})`
  return (
    <button
      type="button"
      className={label === undefined ? 'button quiet icon' : 'button'}
      aria-label={label === undefined ? action.title : undefined}
      title={`${hint ?? action.title}${shown}`}
      disabled={disabled}
      onClick={() => void action.run(session)}
    >
      {icon}
      {label === undefined ? null : <span className="button-label">{label}</span>}
    </button>
  )
}

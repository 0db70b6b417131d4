/** The left panel: operators to drag onto the canvas, or the outline of what is there. */

import type { OperatorDescription } from '@millrace/pipeline'
import { PanelLeftClose, Search } from 'lucide-react'
import { type DragEvent, type ReactNode, Suspense, useState } from 'react'
import { OPERATOR_DRAG } from '../canvas/use-canvas-drop.ts'
import { OperatorIcon } from '../design/operator-icon.tsx'
import { useSession, useWorkbench } from '../editor/session.tsx'
import { latePart } from '../parts/late-part.ts'
import type { PaletteTab } from '../workbench/workbench-store.ts'
import { operatorGroups } from './operator-list.ts'
import { addBeside } from './place-operator.ts'
import './palette.css'

const Outline = latePart(async () => {
  const { Outline: outline } = await import('../outline/outline.tsx')
  return { default: outline }
})

const TABS: readonly { readonly id: PaletteTab; readonly title: string }[] = [
  { id: 'operators', title: 'Operators' },
  { id: 'outline', title: 'Outline' },
]

export function Palette(): ReactNode {
  const { workbench } = useSession()
  const palette = useWorkbench((state) => state.palette)
  return (
    <nav className="palette" aria-label="Palette">
      <div className="palette-head">
        <fieldset className="switch" aria-label="What the palette shows">
          {TABS.map(({ id, title }) => (
            <button
              key={id}
              type="button"
              aria-pressed={palette.tab === id}
              onClick={() => workbench.update({ palette: { ...palette, tab: id } })}
            >
              {title}
            </button>
          ))}
        </fieldset>
        <button
          type="button"
          className="button quiet icon"
          aria-label="Hide the palette"
          title="Hide the palette ([)"
          onClick={() => workbench.update({ palette: { ...palette, open: false } })}
        >
          <PanelLeftClose size={15} aria-hidden />
        </button>
      </div>
      {palette.tab === 'operators' ? (
        <Operators />
      ) : (
        <Suspense>
          <Outline />
        </Suspense>
      )}
    </nav>
  )
}

function Operators(): ReactNode {
  const { editor } = useSession()
  const [search, setSearch] = useState('')
  const groups = operatorGroups(editor.registry, search)
  return (
    <>
      <div className="palette-search">
        <Search size={14} aria-hidden />
        <input
          type="search"
          className="input"
          aria-label="Search operators"
          placeholder="Search operators"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <kbd className="kbd" title="The key that leads here">
          /
        </kbd>
      </div>
      <section className="palette-scroll" aria-label="Operators">
        {groups.map(({ title, operators }) => (
          <section key={title} aria-label={title}>
            <h2 className="group-title">{title}</h2>
            {operators.map((operator) => (
              <OperatorRow key={operator.id} operator={operator} />
            ))}
          </section>
        ))}
        {groups.length === 0 ? (
          <p className="empty-state">No operator has “{search}” in its name or summary.</p>
        ) : null}
      </section>
    </>
  )
}

function OperatorRow({ operator }: { readonly operator: OperatorDescription }): ReactNode {
  const session = useSession()
  const begin = (event: DragEvent): void => {
    event.dataTransfer.setData(OPERATOR_DRAG, operator.id)
    event.dataTransfer.effectAllowed = 'copy'
  }
  return (
    <button
      type="button"
      draggable
      className="operator-row"
      title={operator.summary}
      onDragStart={begin}
      onClick={() => addBeside(session, operator)}
    >
      <span className="glyph">
        <OperatorIcon operator={operator} />
      </span>
      <span className="operator-words">
        <span>{operator.title}</span>
        <small>{operator.summary}</small>
      </span>
    </button>
  )
}

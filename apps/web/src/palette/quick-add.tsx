/**
 * The list of operators that opens at the pointer: for a new node, the end of an edge, or its
 * middle.
 */

import type { OperatorDescription } from '@millrace/pipeline'
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { OperatorIcon } from '../design/operator-icon.tsx'
import { useSession, useWorkbench } from '../editor/session.tsx'
import { focusBeside } from '../workbench/focus-places.ts'
import type { QuickAdd } from '../workbench/workbench-store.ts'
import { operatorGroups } from './operator-list.ts'
import { addChosen, allowedOperators } from './place-operator.ts'
import './palette.css'

const WIDTH = 300
const HEIGHT = 360

export function QuickAddList(): ReactNode {
  const quickAdd = useWorkbench((state) => state.quickAdd)
  return quickAdd === undefined ? null : (
    <OpenList key={`${quickAdd.at.x} ${quickAdd.at.y}`} quickAdd={quickAdd} />
  )
}

function OpenList({ quickAdd }: { readonly quickAdd: QuickAdd }): ReactNode {
  const session = useSession()
  const { editor, workbench } = session
  const [search, setSearch] = useState('')
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const before = useRef(document.activeElement)
  const allowed = useMemo(() => allowedOperators(session, quickAdd), [session, quickAdd])
  const groups = operatorGroups(editor.registry, search, allowed)
  const flat = groups.flatMap(({ operators }) => operators)
  const close = (): void => {
    workbench.update({ quickAdd: undefined })
    if (before.current instanceof HTMLElement) before.current.focus()
  }
  // Back on the canvas, Tab would only open the list again.
  const leave = (direction: 'next' | 'previous'): void => {
    workbench.update({ quickAdd: undefined })
    focusBeside(session, direction)
  }
  const choose = (operator: OperatorDescription | undefined): void => {
    if (operator === undefined) return
    workbench.update({ quickAdd: undefined })
    addChosen(session, quickAdd, operator, allowed?.get(operator.id))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') close()
    else if (event.key === 'Tab') leave(event.shiftKey ? 'previous' : 'next')
    else if (event.key === 'Enter') choose(flat[active])
    else if (event.key === 'ArrowDown') setActive(Math.min(active + 1, flat.length - 1))
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0))
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  useEffect(() => {
    list.current?.querySelector(`#quick-${active}`)?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    <>
      <div className="quick-away" onPointerDown={close} />
      <div className="quick-add" style={placeOf(quickAdd)} ref={list}>
        <input
          // biome-ignore lint/a11y/noAutofocus: the list was asked for by key or pointer
          autoFocus
          className="input"
          role="combobox"
          aria-expanded="true"
          aria-controls="quick-list"
          aria-activedescendant={flat.length > 0 ? `quick-${active}` : undefined}
          aria-label="Add an operator"
          placeholder={quickAdd.from === undefined ? 'Add an operator' : 'Add what fits this edge'}
          value={search}
          onChange={(event) => {
            setSearch(event.target.value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
        />
        <div className="quick-list" id="quick-list" role="listbox" aria-label="Operators">
          {groups.map(({ title, operators }) => (
            // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields
            <div key={title} role="group" aria-label={title}>
              <div className="group-title" aria-hidden="true">
                {title}
              </div>
              {operators.map((operator) => {
                const index = flat.indexOf(operator)
                return (
                  <QuickRow
                    key={operator.id}
                    operator={operator}
                    index={index}
                    active={index === active}
                    onHover={() => setActive(index)}
                    onChoose={() => choose(operator)}
                  />
                )
              })}
            </div>
          ))}
          {flat.length === 0 ? <p className="empty-state">No operator fits here.</p> : null}
        </div>
      </div>
    </>
  )
}

function QuickRow(props: {
  readonly operator: OperatorDescription
  readonly index: number
  readonly active: boolean
  readonly onHover: () => void
  readonly onChoose: () => void
}): ReactNode {
  const { operator, index, active, onHover, onChoose } = props
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
    <div
      id={`quick-${index}`}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      className="operator-row"
      onPointerMove={onHover}
      onClick={onChoose}
    >
      <span className="glyph">
        <OperatorIcon operator={operator} />
      </span>
      <span className="operator-words">
        <span>{operator.title}</span>
        <small>{operator.summary}</small>
      </span>
    </div>
  )
}

/** Beside the pointer, and whole within the window. */
function placeOf({ at }: QuickAdd): { readonly left: number; readonly top: number } {
  return {
    left: Math.max(8, Math.min(at.x, window.innerWidth - WIDTH - 8)),
    top: Math.max(8, Math.min(at.y, window.innerHeight - HEIGHT - 8)),
  }
}

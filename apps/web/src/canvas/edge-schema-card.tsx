/** What flows along an edge, shown while the pointer rests on it. */

import { type ChangeMode, counted, type StreamSchema, typeText } from '@millrace/pipeline'
import { KeyRound } from 'lucide-react'
import type { ReactNode } from 'react'
import { useStore } from 'zustand'
import { useEditorState } from '../editor/session.tsx'
import { connecting } from './connecting.ts'
import './edge-schema-card.css'

export interface HoveredEdge {
  readonly id: string
  /** Of the window. */
  readonly x: number
  readonly y: number
  /** What the canvas takes of the window, from left to right. */
  readonly room: { readonly left: number; readonly right: number }
  /** The nodes at its ends, as they stand in the window. */
  readonly ends: readonly Box[]
}

type Box = Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>

export function EdgeSchemaCard({
  hovered,
}: {
  readonly hovered: HoveredEdge | undefined
}): ReactNode {
  const view = useEditorState((state) =>
    hovered === undefined ? undefined : state.analysis.edges.get(hovered.id),
  )
  // It would lie over what the new edge is to end at.
  const drawing = useStore(connecting, ({ from }) => from !== undefined)
  if (hovered === undefined || view === undefined || drawing) return null
  return (
    <div
      className="edge-card"
      role="tooltip"
      style={{ left: cardLeft(hovered), ...cardHeight(hovered, window.innerHeight) }}
    >
      <SchemaTable
        schema={view.schema}
        problems={view.problems.map(({ message }) => message)}
        columnsMax={COLUMNS_MAX}
      />
    </div>
  )
}

/** The inspector has them all. */
const COLUMNS_MAX = 10

/** As wide as it may become: beside the pointer, and never over the panels beside the canvas. */
const CARD_WIDTH = 260

export function cardLeft({ x, room }: Pick<HoveredEdge, 'x' | 'room'>): number {
  const right = x + 14
  const fits = right + CARD_WIDTH <= room.right
  return fits ? right : Math.max(room.left, x - 14 - CARD_WIDTH)
}

/** Farther from the pointer nobody would see what the card is about. */
const AWAY_MAX = 220

/** Above or below the pointer, and the nodes at the ends where the card would lie over them. */
export function cardHeight(
  hovered: HoveredEdge,
  windowHeight: number,
): { readonly top: number } | { readonly bottom: number } {
  const { y, ends } = hovered
  const left = cardLeft(hovered)
  const beside = ends.filter((box) => box.right > left && box.left < left + CARD_WIDTH)
  const below = y < windowHeight / 2
  const edge = below
    ? Math.max(y + 6, ...beside.map(({ bottom }) => bottom))
    : Math.min(y - 2, ...beside.map(({ top }) => top))
  const clear = Math.abs(edge - y) > AWAY_MAX ? y : edge
  return below ? { top: clear + 10 } : { bottom: windowHeight - clear + 10 }
}

export function SchemaTable(props: {
  readonly schema: StreamSchema | undefined
  readonly problems?: readonly string[]
  readonly columnsMax?: number
}): ReactNode {
  const { schema, problems = [], columnsMax = Number.POSITIVE_INFINITY } = props
  if (problems.length > 0) return problems.map((text) => <p key={text}>{text}</p>)
  if (schema === undefined) {
    return <p className="edge-card-unknown">Known once the nodes before it are set up.</p>
  }
  const { changes, columns, key = [] } = schema
  const shown = columns.slice(0, columnsMax)
  return (
    <>
      <p className="edge-card-kind">
        <ChangesLine changes={changes} />
        {kindText(schema)}
      </p>
      {changes === 'append' ? null : <p className="edge-card-changes">{CHANGES[changes]}</p>}
      <table className="schema-table mono">
        <tbody>
          {shown.map(({ name, type }) => (
            <tr key={name}>
              <th scope="row">
                {name}
                {key.includes(name) ? (
                  <KeyRound className="schema-key" size={10} aria-label="key" />
                ) : null}
              </th>
              <td>{typeText(type)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < columns.length ? (
        <p className="edge-card-more">{`and ${counted(columns.length - shown.length, 'more column')}`}</p>
      ) : null}
    </>
  )
}

const CHANGES = {
  retract: 'Changes as retract: the old row, then the one that replaces it.',
  upsert: 'Changes as upsert: the new row of its key.',
} as const

/** A piece of the edge as the canvas draws it. */
function ChangesLine({ changes }: { readonly changes: ChangeMode }): ReactNode {
  return (
    <svg
      className="changes-line"
      data-changes={changes}
      data-table={changes !== 'append'}
      viewBox="0 0 26 10"
      aria-hidden="true"
    >
      <path className="changes-outside" d="M0 5H26" />
      {changes === 'append' ? null : <path className="changes-inside" d="M0 5H26" />}
    </svg>
  )
}

/** `Table, keyed by user`; `Stream with event time`. */
export function kindText({ changes, eventTime, key }: StreamSchema): string {
  const time = eventTime ? ' with event time' : ' without event time'
  if (changes === 'append') return `Stream${time}`
  if (key === undefined) return `Table without a key,${time}`
  if (key.length === 0) return `Table of one row,${time}`
  const [last = '', ...others] = key.toReversed()
  const names = others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`
  return `Table, keyed by ${names},${time}`
}

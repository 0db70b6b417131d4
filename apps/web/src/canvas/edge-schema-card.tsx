/** What flows along an edge, shown while the pointer rests on it. */

import { type StreamSchema, typeText } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { useStore } from 'zustand'
import { useEditorState } from '../editor/session.tsx'
import { connecting } from './connecting.ts'

export interface HoveredEdge {
  readonly id: string
  /** Of the window. */
  readonly x: number
  readonly y: number
}

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
  const left = Math.min(hovered.x + 14, window.innerWidth - 270)
  const below = hovered.y < window.innerHeight / 2
  return (
    <div
      className="edge-card"
      role="tooltip"
      style={{
        left,
        ...(below ? { top: hovered.y + 16 } : { bottom: window.innerHeight - hovered.y + 12 }),
      }}
    >
      <SchemaTable schema={view.schema} problems={view.problems.map(({ message }) => message)} />
    </div>
  )
}

export function SchemaTable(props: {
  readonly schema: StreamSchema | undefined
  readonly problems?: readonly string[]
}): ReactNode {
  const { schema, problems = [] } = props
  if (problems.length > 0) return problems.map((text) => <p key={text}>{text}</p>)
  if (schema === undefined) {
    return <p className="edge-card-unknown">Known once the nodes before it are set up.</p>
  }
  return (
    <>
      <p className="edge-card-kind">{kindText(schema)}</p>
      <table className="schema-table mono">
        <tbody>
          {schema.columns.map(({ name, type }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{typeText(type)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

export function kindText({ changes, eventTime, key, columns }: StreamSchema): string {
  const count = `${columns.length} column${columns.length === 1 ? '' : 's'}`
  const time = eventTime ? 'with event time' : 'without event time'
  if (changes === 'append') return `Stream of ${count}, ${time}`
  const by = key === undefined ? '' : `, one row for each ${key.join(', ') || 'table'}`
  return `Table of ${count}${by}, ${time}`
}

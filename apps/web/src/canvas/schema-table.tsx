/** The columns that flow along an edge or out of a node, below a line that says how rows change. */

import { type ChangeMode, counted, type StreamSchema, typeText } from '@millrace/pipeline'
import { KeyRound } from 'lucide-react'
import type { ReactNode } from 'react'
import './schema-table.css'

export function SchemaTable(props: {
  readonly schema: StreamSchema | undefined
  readonly problems?: readonly string[]
  readonly columnsMax?: number
}): ReactNode {
  const { schema, problems = [], columnsMax = Number.POSITIVE_INFINITY } = props
  if (problems.length > 0) return problems.map((text) => <p key={text}>{text}</p>)
  if (schema === undefined) {
    return <p className="schema-unknown">Known once the nodes before it are set up.</p>
  }
  const { changes, columns, key = [] } = schema
  const shown = columns.slice(0, columnsMax)
  return (
    <>
      <p className="schema-kind">
        <ChangesLine changes={changes} />
        {kindText(schema)}
      </p>
      {changes === 'append' ? null : <p className="schema-changes">{CHANGES[changes]}</p>}
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
        <p className="schema-more">{`and ${counted(columns.length - shown.length, 'more column')}`}</p>
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

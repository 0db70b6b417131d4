/** The State tab: what the selected node keeps between records, key by key, as it stands. */

import './state.css'
import { oneLine, type wire } from '@millrace/pipeline'
import { type ReactNode, useCallback, useState } from 'react'
import type { ApiReply } from '../../api/api.ts'
import { usePolled } from '../../api/use-polled.ts'
import { useSession } from '../../editor/session.tsx'
import type { BoardNode } from '../../live/board.ts'
import { countText } from '../../live/formats.ts'
import { isActive } from '../../live/job-words.ts'
import { useJobStatus } from '../../live/live.tsx'
import { AskedFor, DrawerButton, EmptyTab } from '../parts.tsx'
import { type StateRow, toStateColumns } from './state-columns.ts'
import { divisionText, keyText, stateSizeText } from './state-words.ts'

type Kept = ApiReply<'getState'>

const REFRESH_MS = 1_500
/** What they keep is divided by when it begins, as that of windows is. */
const JOINS_BY_TIME = new Set(['interval-join', 'window-join'])
const SHOWN_MAX = 200

export default function StateTab({ node }: { readonly node: BoardNode | undefined }): ReactNode {
  const status = useJobStatus()
  if (node === undefined) {
    return (
      <EmptyTab title="Select a node">
        What it remembers between records is shown key by key: counts, open windows, records that
        wait for a partner.
      </EmptyTab>
    )
  }
  if (!isActive(status)) {
    return (
      <EmptyTab title="Nothing runs">
        A job keeps state while it runs, and checkpoints keep it when it is stopped.
      </EmptyTab>
    )
  }
  return <NodeState key={`${status.jobId} ${node.id}`} job={status} node={node} />
}

interface NodeStateProps {
  readonly job: wire.JobStatus
  readonly node: BoardNode
}

function NodeState({ job: { jobId }, node }: NodeStateProps): ReactNode {
  const { api, env } = useSession()
  const [search, setSearch] = useState('')
  const [held, setHeld] = useState(false)
  const read = useCallback(
    () =>
      api.call('getState', {
        params: { id: jobId, nodeId: node.id },
        query: { search: search.trim(), limit: `${SHOWN_MAX}` },
      }),
    [api, jobId, node.id, search],
  )
  // What is held stays, until another key is looked for.
  const { value, refusal } = usePolled(read, held ? undefined : REFRESH_MS, env)
  return (
    <div className="state-tab">
      <div className="tab-bar">
        <input
          className="input state-search"
          type="search"
          aria-label="Find a key"
          placeholder="Find a key"
          spellCheck={false}
          maxLength={300}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
        <DrawerButton pressed={held} onPress={() => setHeld(!held)} title="Keeps what is shown">
          Hold
        </DrawerButton>
        <span className="state-size">{value === undefined ? '' : stateSizeText(value)}</span>
      </div>
      <AskedFor refusal={refusal}>
        {value === undefined ? undefined : value.entries.length === 0 ? (
          <Nothing kept={value} node={node} search={search.trim()} />
        ) : (
          <Entries kept={value} node={node} search={search.trim()} />
        )}
      </AskedFor>
    </div>
  )
}

interface KeptProps {
  readonly kept: Kept
  readonly node: BoardNode
  readonly search: string
}

function Nothing({ kept, node, search }: KeptProps): ReactNode {
  if (kept.total === 0) {
    return (
      <EmptyTab title={`“${node.title}” keeps nothing just now`}>
        Filters and the like never do. Others keep what later records may still need.
      </EmptyTab>
    )
  }
  return (
    <EmptyTab title={`No key has "${search}" in it`}>
      {kept.complete
        ? 'It may have been let go of since.'
        : 'Only some of the keys were gone through: write the whole key to find it among all.'}
    </EmptyTab>
  )
}

function Entries({ kept, node, search }: KeptProps): ReactNode {
  const { entries, total } = kept
  const tables = new Set(entries.map(({ table }) => table)).size
  const divided = entries.some(({ namespace }) => namespace !== 0)
  const byTime =
    node.category === 'window' ||
    JOINS_BY_TIME.has(node.operator) ||
    entries.some(({ fromMs }) => fromMs !== undefined)
  const { keyName, names, rows } = toStateColumns(
    entries.map(({ key, value }) => ({ key: keyText(key), value })),
  )
  const numeric = names.map((_, index) => rows.some(({ cells }) => cells[index]?.kind === 'number'))
  return (
    <div className="drawer-scroll">
      <table className="figures state-table" aria-label={`What ${node.title} keeps`}>
        <thead>
          <tr>
            {tables > 1 ? <th scope="col">Part</th> : null}
            {divided ? <th scope="col">{byTime ? 'From' : 'Division'}</th> : null}
            <th scope="col">{keyName === undefined ? 'Key' : `Key: ${oneLine(keyName)}`}</th>
            {names.length === 0 ? <th scope="col">Value</th> : null}
            {names.map((name, index) => (
              <th scope="col" key={name} className={numeric[index] ? 'number' : ''}>
                {oneLine(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map(({ table, namespace, fromMs, key, value }, index) => (
            <tr key={JSON.stringify([table, namespace, key])}>
              {tables > 1 ? <td>{table}</td> : null}
              {divided ? <td>{divisionText(fromMs ?? namespace, byTime)}</td> : null}
              <td className="mono">{keyText(key)}</td>
              <Values names={names} row={rows[index]} value={value} numeric={numeric} />
            </tr>
          ))}
        </tbody>
      </table>
      {entries.length < total && search === '' ? (
        <p className="state-more">
          {countText(entries.length)} of {countText(total)} are shown. Find a key to see another
          one.
        </p>
      ) : null}
    </div>
  )
}

interface ValuesProps {
  readonly names: readonly string[]
  readonly row: StateRow | undefined
  readonly value: string
  /** By column. */
  readonly numeric: readonly boolean[]
}

function Values({ names, row, value, numeric }: ValuesProps): ReactNode {
  if (row === undefined || row.whole !== undefined) {
    return (
      <td className="mono" colSpan={Math.max(1, numeric.length)} title={value}>
        <StateText text={row?.whole ?? value} />
      </td>
    )
  }
  return row.cells.map(({ text, kind }, index) => (
    <td
      key={names[index]}
      className={numeric[index] ? 'mono number' : 'mono'}
      data-kind={kind}
      title={text}
    >
      <StateText text={text} />
    </td>
  ))
}

/** More letters are shown in several lines. */
const LINE_LENGTH = 60

function StateText({ text }: { readonly text: string }): ReactNode {
  if (text.length <= LINE_LENGTH) return text
  return <span className="state-value">{text}</span>
}

/** The State tab: what the selected node keeps between records, key by key, as it stands. */

import './state.css'
import type { wire } from '@millrace/pipeline'
import { type ReactNode, useCallback, useState } from 'react'
import type { ApiReply } from '../../api/api.ts'
import { usePolled } from '../../api/use-polled.ts'
import { useSession } from '../../editor/session.tsx'
import type { BoardNode } from '../../live/board.ts'
import { countText } from '../../live/formats.ts'
import { isActive } from '../../live/job-words.ts'
import { useJobStatus } from '../../live/live.tsx'
import { AskedFor, DrawerButton, EmptyTab } from '../parts.tsx'
import { divisionText, keyText, stateSizeText } from './state-words.ts'

type Kept = ApiReply<'getState'>

const REFRESH_MS = 1_500
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
  const isWindow = node.category === 'window'
  return (
    <div className="drawer-scroll">
      <table className="figures state-table" aria-label={`What ${node.title} keeps`}>
        <thead>
          <tr>
            {tables > 1 ? <th scope="col">Part</th> : null}
            {divided ? <th scope="col">{isWindow ? 'From' : 'Division'}</th> : null}
            <th scope="col">Key</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ table, namespace, key, value }) => (
            <tr key={JSON.stringify([table, namespace, key])}>
              {tables > 1 ? <td>{table}</td> : null}
              {divided ? <td>{divisionText(namespace, isWindow)}</td> : null}
              <td className="mono">{keyText(key)}</td>
              <td className="mono state-value" title={value}>
                {value}
              </td>
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

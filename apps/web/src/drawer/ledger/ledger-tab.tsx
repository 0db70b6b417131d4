/**
 * The Ledger tab: where every record that came into the selected node is now, and whether the books
 * balance.
 */

import './ledger.css'
import type { ReactNode } from 'react'
import { useCallback, useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import { useSession } from '../../editor/session.tsx'
import { lettersHref } from '../../letters/letters-place.ts'
import { countText, shareText } from '../../live/formats.ts'
import { type BucketView, type LedgerView, toLedgerView } from '../../live/ledger-view.ts'
import { useLive } from '../../live/live.tsx'
import { EmptyTab } from '../parts.tsx'

interface Props {
  readonly node: { readonly id: string; readonly title: string } | undefined
}

export function LedgerTab({ node }: Props): ReactNode {
  if (node === undefined) {
    return (
      <EmptyTab title="Select a node">
        Every record that came in is in exactly one of its buckets; they sum to what came in.
      </EmptyTab>
    )
  }
  return <NodeLedger node={node} />
}

function NodeLedger({ node }: { readonly node: { readonly id: string; readonly title: string } }) {
  const { metrics } = useLive().job
  const values = useSyncExternalStore(
    useCallback((listener) => metrics.subscribe(node.id, listener), [metrics, node.id]),
    () => metrics.get(node.id),
  )
  if (values === undefined) {
    return <EmptyTab title="Nothing has run yet">Start the pipeline to open the books.</EmptyTab>
  }
  const view = toLedgerView(values)
  return (
    <div className="ledger">
      <Balance view={view} title={node.title} />
      <div className="ledger-bar" aria-hidden>
        {view.buckets.map(({ bucket, share, label }) => (
          <i key={bucket} data-bucket={bucket} style={{ flexGrow: share }} title={label} />
        ))}
      </div>
      <BucketTable buckets={view.buckets} nodeId={node.id} />
      <p className="ledger-outputs">
        Rows sent on: {portsText(values.ports) || 'none'}. They are counted apart, since one record
        may give several rows, or many records one.
      </p>
    </div>
  )
}

function Balance({ view, title }: { readonly view: LedgerView; readonly title: string }) {
  return (
    <p className="ledger-balance">
      <strong>{countText(view.in)}</strong> records came into {title}.{' '}
      {view.balanced ? (
        <span data-balanced="true">✓ balanced</span>
      ) : (
        <span data-balanced="false">
          ✕ {countText(Math.abs(view.in - view.sum))} {view.sum < view.in ? 'missing' : 'too many'}
        </span>
      )}
    </p>
  )
}

function BucketTable(props: {
  readonly buckets: readonly BucketView[]
  readonly nodeId: string
}): ReactNode {
  const { buckets, nodeId } = props
  const { pipelineId } = useSession()
  return (
    <table className="figures ledger-table">
      <thead>
        <tr>
          <th scope="col">Bucket</th>
          <th scope="col" className="number">
            Records
          </th>
          <th scope="col" className="number">
            Share
          </th>
          <th scope="col">What it means</th>
        </tr>
      </thead>
      <tbody>
        {buckets.map(({ bucket, label, meaning, records, share }) => (
          <tr key={bucket} data-empty={records === 0}>
            <th scope="row">
              <i data-bucket={bucket} aria-hidden />
              {label}
            </th>
            <td className="number">{countText(records)}</td>
            <td className="number">{records === 0 ? '' : shareText(share)}</td>
            <td>
              {meaning}{' '}
              {bucket === 'deadLettered' && records > 0 ? (
                <Link href={lettersHref(pipelineId, { node: nodeId })}>Look at them</Link>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function portsText(ports: { readonly [port: string]: { readonly rows: number } }): string {
  return Object.entries(ports)
    .map(([port, { rows }]) => `${countText(rows)} by ${port}`)
    .join(', ')
}

/** The partitions of a topic with their ends, their size, and how far they are read. */

import type { wire } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { bytesText, countText, timeText } from '../live/formats.ts'
import { lagOf } from './topic-figures.ts'

interface PartitionTableProps {
  readonly topic: wire.WireTopic
  readonly uses: readonly wire.TopicUse[]
  /** Shows the records of one. */
  readonly onShow: (partition: number) => void
}

export function PartitionTable({ topic, uses, onShow }: PartitionTableProps): ReactNode {
  const lags = uses.map((use) => lagOf(topic, use)).filter((lag) => lag !== undefined)
  const behind = (partition: number): number | undefined => {
    const own = lags.map(({ byPartition }) => byPartition.get(partition))
    const known = own.filter((lag) => lag !== undefined)
    return known.length === 0 ? undefined : Math.max(...known)
  }
  return (
    <section className="topic-panel" aria-labelledby="partitions-title">
      <h2 id="partitions-title" className="topic-panel-title">
        Partitions
      </h2>
      <div className="partition-scroll">
        <table className="topic-table" data-dense>
          <thead>
            <tr>
              <th scope="col">Partition</th>
              <th scope="col" className="number">
                Start
              </th>
              <th scope="col" className="number">
                End
              </th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col" className="number" title="Of the reader that is furthest behind">
                Behind
              </th>
            </tr>
          </thead>
          <tbody>
            {topic.partitions.map(({ startOffset, endOffset, bytes, appendedAtMs }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a partition is its number
              <tr key={index}>
                <td>
                  <button
                    type="button"
                    className="partition-link"
                    aria-label={`Show the records of partition ${index}`}
                    title={
                      appendedAtMs === undefined
                        ? 'Nothing was written yet'
                        : `Last written ${timeText(appendedAtMs)}`
                    }
                    onClick={() => onShow(index)}
                  >
                    {index}
                  </button>
                </td>
                <td className="number">{countText(startOffset)}</td>
                <td className="number">{countText(endOffset)}</td>
                <td className="number">{bytesText(bytes)}</td>
                <td className="number">
                  <LagText lag={behind(index)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** A dash where nobody reads. */
export function LagText({ lag }: { readonly lag: number | undefined }): ReactNode {
  if (lag === undefined) return <span className="quiet">–</span>
  return (
    <span className="topic-lag" data-behind={lag > 0}>
      {countText(lag)}
    </span>
  )
}

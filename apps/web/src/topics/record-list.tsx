/** A page of records as a table. One row is a stop of the Tab key; the arrows go on from there. */

import type { wire } from '@millrace/pipeline'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { bytesText, countText, timeText } from '../live/formats.ts'
import type { BrowseView } from './browse-session.ts'
import { lineOf } from './record-text.ts'

interface RecordListProps {
  readonly view: BrowseView
  readonly severalPartitions: boolean
  /** The key of the record whose details are shown. */
  readonly chosen: string | undefined
  readonly onChoose: (key: string | undefined) => void
  readonly onOlder: () => void
  readonly onNewer: () => void
}

export function RecordList(props: RecordListProps): ReactNode {
  const { view, severalPartitions, chosen, onChoose, onOlder, onNewer } = props
  const { records, page, newer, live } = view
  const scroller = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  /** Where the focus goes when the page comes that a key has asked for. */
  const goTo = useRef<'first' | 'last'>(undefined)
  // Another page begins at its first record, and the newest page at its last one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page scrolls when it comes
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    element.scrollTop = newer === 0 ? element.scrollHeight : 0
    atEnd.current = newer === 0
    const stops = element.querySelectorAll<HTMLElement>('[data-key]')
    if (goTo.current !== undefined) stops[goTo.current === 'first' ? 0 : stops.length - 1]?.focus()
    goTo.current = undefined
  }, [page])
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever reads the end follows it
  useEffect(() => {
    const element = scroller.current
    if (element !== null && live && atEnd.current) element.scrollTop = element.scrollHeight
  }, [records])
  const stop = records.some((record) => keyOf(record) === chosen) ? chosen : lastKey(records)
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === 'Escape') onChoose(undefined)
    else if (event.key === 'PageUp') {
      goTo.current = 'last'
      onOlder()
    } else if (event.key === 'PageDown') {
      goTo.current = 'first'
      onNewer()
    } else if (!walk(event, chosen !== undefined, onChoose)) return
    event.preventDefault()
  }
  return (
    <div
      className="record-scroll"
      ref={scroller}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < 8
      }}
    >
      <table className="record-table" data-partitions={severalPartitions}>
        <thead>
          <tr>
            {severalPartitions ? (
              <th scope="col" className="number">
                part.
              </th>
            ) : null}
            <th scope="col" className="number">
              offset
            </th>
            <th scope="col">time</th>
            <th scope="col">key</th>
            <th scope="col">value</th>
            <th scope="col" className="number">
              size
            </th>
          </tr>
        </thead>
        <tbody onKeyDown={press}>
          {records.map((record) => {
            const key = keyOf(record)
            return (
              <tr key={key} data-chosen={key === chosen}>
                {severalPartitions ? <td className="number quiet">{record.partition}</td> : null}
                <td className="number">
                  <button
                    type="button"
                    className="record-stop row-stop"
                    data-key={key}
                    tabIndex={key === stop ? 0 : -1}
                    aria-pressed={key === chosen}
                    aria-label={`Partition ${record.partition}, offset ${record.offset}`}
                    onClick={() => onChoose(key === chosen ? undefined : key)}
                  >
                    {countText(record.offset)}
                  </button>
                </td>
                <td className="quiet">{timeText(record.timestampMs)}</td>
                <td>
                  <Line part={record.key} none="no key" />
                </td>
                <td>
                  <Line part={record.value} none="no value: the key is gone" />
                </td>
                <td className="number quiet">
                  {bytesText((record.key?.bytes ?? 0) + (record.value?.bytes ?? 0))}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function keyOf({ partition, offset }: wire.BrowsedRecord): string {
  return `${partition}:${offset}`
}

function lastKey(records: readonly wire.BrowsedRecord[]): string | undefined {
  const last = records.at(-1)
  return last === undefined ? undefined : keyOf(last)
}

/** Whether the key was one that goes to another record. Details that are open go along. */
function walk(
  { key, currentTarget }: KeyboardEvent<HTMLElement>,
  along: boolean,
  onChoose: (key: string) => void,
): boolean {
  const stops = [...currentTarget.querySelectorAll<HTMLElement>('[data-key]')]
  const at = stops.indexOf(document.activeElement as HTMLElement)
  const to = STEPS.get(key)?.(at, stops.length - 1)
  if (to === undefined) return false
  const next = stops[Math.min(stops.length - 1, Math.max(0, to))]
  next?.focus()
  if (along && next?.dataset.key !== undefined) onChoose(next.dataset.key)
  return true
}

const STEPS: ReadonlyMap<string, (at: number, last: number) => number> = new Map([
  ['ArrowUp', (at: number) => at - 1],
  ['ArrowDown', (at: number) => at + 1],
  ['Home', () => 0],
  ['End', (_: number, last: number) => last],
])

function Line(props: {
  readonly part: wire.TopicPreview | null
  readonly none: string
}): ReactNode {
  const { part, none } = props
  if (part === null) return <span className="quiet">{none}</span>
  return (
    <span className="record-line" data-bytes={'base64' in part}>
      {lineOf(part)}
    </span>
  )
}

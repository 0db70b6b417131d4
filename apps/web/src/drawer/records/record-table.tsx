/**
 * The tapped records as a table of which only the visible rows exist; newest below, followed until
 * scrolled up.
 */

import { memo, type ReactNode, useEffect, useRef } from 'react'
import { countText, timeText, watermarkText } from '../../live/formats.ts'
import { cellClass, cellText, isNumeric } from './cell-text.ts'
import type { GapRow, RecordRow, TapRow } from './tap-rows.ts'
import type { Columns } from './tap-session.ts'
import { useColumnWidths } from './use-column-widths.ts'
import { useVirtualRows } from './virtual-rows.ts'

interface Props {
  readonly columns: Columns
  readonly eventTime: boolean
  readonly rows: readonly TapRow[]
  readonly following: boolean
  /** The reader scrolled up, or back to the end. */
  readonly onFollow: (following: boolean) => void
  readonly onCopy: (row: RecordRow) => void
}

const COLUMNS = '--columns' as string
/** This near to the end counts as at the end. */
const END_PIXELS = 6

export function RecordTable(props: Props): ReactNode {
  const { columns, eventTime, rows, following, onFollow, onCopy } = props
  const scroller = useRef<HTMLDivElement>(null)
  const awayFromEnd = useRef(false)
  const shown = useVirtualRows(scroller, rows.length, (index) => rowKey(rows[index]))
  const count = rows.length
  const newest = rowKey(rows.at(-1))
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new newest row is to be followed
  useEffect(() => {
    const element = scroller.current
    if (!following || element === null) return
    awayFromEnd.current = false
    element.scrollTop = element.scrollHeight
  }, [following, newest, count])

  const onScroll = () => {
    const element = scroller.current
    if (element === null) return
    const left = element.scrollHeight - element.scrollTop - element.clientHeight
    // Following scrolls too, and hears of it late: only who has been away can come back.
    if (left > END_PIXELS) awayFromEnd.current = !following
    else if (!following && awayFromEnd.current) onFollow(true)
  }
  const inSight = shown.rows.flatMap(({ index }) => {
    const row = rows[index]
    return row?.kind === 'record' ? [row.record.row] : []
  })
  const template = gridTemplate(useColumnWidths(columns, inSight), eventTime)
  return (
    <div
      className="records-scroll"
      ref={scroller}
      onScroll={onScroll}
      onWheel={(event) => {
        if (event.deltaY < 0 && following && rows.length > 0) onFollow(false)
      }}
    >
      <table aria-rowcount={rows.length} className="records" style={{ [COLUMNS]: template }}>
        <Header columns={columns} eventTime={eventTime} />
        <tbody style={{ height: shown.height }}>
          {shown.rows.map(({ index, key, top }) => {
            const row = rows[index]
            if (row === undefined) return null
            return row.kind === 'gap' ? (
              <Gap key={key} row={row} top={top} />
            ) : (
              <Row key={key} {...{ row, columns, eventTime, onCopy }} top={top} />
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function rowKey(row: TapRow | undefined): string {
  if (row === undefined) return ''
  return row.kind === 'gap' ? `gap ${row.first}` : `${row.record.number}`
}

function gridTemplate(widths: readonly number[], eventTime: boolean): string {
  const ofColumns = widths.map((width) => `${width}px`)
  return ['84px', ...(eventTime ? ['208px'] : []), ...ofColumns, 'minmax(40px, 1fr)'].join(' ')
}

function Header({ columns, eventTime }: Pick<Props, 'columns' | 'eventTime'>): ReactNode {
  return (
    <thead>
      <tr className="records-head">
        <th scope="col" className="number">
          number
        </th>
        {eventTime && <th scope="col">event time</th>}
        {columns.map(({ name, type }) => (
          <th scope="col" key={name} className={isNumeric(type) ? 'number' : ''}>
            {name} <em>{type}</em>
          </th>
        ))}
        <th scope="col">
          <span className="visually-hidden">Copy</span>
        </th>
      </tr>
    </thead>
  )
}

interface RowProps extends Pick<Props, 'columns' | 'eventTime' | 'onCopy'> {
  readonly row: RecordRow
  readonly top: number
}

const Row = memo(function Row({ row, columns, eventTime, onCopy, top }: RowProps): ReactNode {
  const { number, eventTime: at, change, row: values } = row.record
  return (
    <tr className="records-row" style={{ top }} data-change={change ?? ''}>
      <td className="number quiet">
        {change !== null && <b>{change}</b>}
        {countText(number)}
      </td>
      {eventTime && <td>{timeOf(at)}</td>}
      {columns.map(({ name, type }) => {
        const { kind, text } = cellText(values, name, type)
        return (
          <td key={name} className={cellClass(kind, type)} title={text}>
            {text}
          </td>
        )
      })}
      <td>
        <button type="button" className="records-copy" onClick={() => onCopy(row)}>
          Copy <span className="visually-hidden">record {number}</span> as JSON
        </button>
      </td>
    </tr>
  )
})

function timeOf(at: RecordRow['record']['eventTime']): string {
  if (at === null) return 'none'
  return typeof at === 'number' ? timeText(at) : watermarkText(at)
}

function Gap({ row, top }: { readonly row: GapRow; readonly top: number }): ReactNode {
  const count = row.last - row.first + 1
  return (
    <tr className="records-gap" style={{ top }}>
      <td>
        {countText(count)} {count === 1 ? 'record' : 'records'} not shown
      </td>
    </tr>
  )
}

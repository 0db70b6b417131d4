/**
 * A sink's rows as a table of which only the visible rows exist; the newest stands first, since
 * nobody scrolls to see what has just come.
 */

import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { cellClass, cellText, isNumeric } from '../records/cell-text.ts'
import { useColumnWidths } from '../records/use-column-widths.ts'
import { ROW_HEIGHT, useVirtualRows } from '../records/virtual-rows.ts'
import { readingOrder, type SinkColumn, type SinkView } from './result-rows.ts'

const COLUMNS = '--columns' as string

export function ResultTable({ view }: { readonly view: SinkView }): ReactNode {
  const { rows, total, changes } = view
  const columns = readingOrder(view.columns)
  const scroller = useRef<HTMLElement>(null)
  const known = useRef(total)
  // By their number, so that rows which are still here are not made anew when others come.
  const shown = useVirtualRows(scroller, rows.length, (index) => `${total - index}`)
  // What is being read stays where it is when new rows come above it.
  useLayoutEffect(() => {
    const element = scroller.current
    const more = total - known.current
    known.current = total
    if (element !== null && element.scrollTop > 0 && more > 0) {
      element.scrollTop += more * ROW_HEIGHT
    }
  }, [total])
  const inSight = shown.rows
    .map(({ index }) => rows[rows.length - 1 - index])
    .filter((row) => row !== undefined)
  const widths = useColumnWidths(columns, inSight).map((width) => `${width}px`)
  const change = changes === undefined ? [] : ['72px']
  const template = [...change, ...widths, 'minmax(0, 1fr)'].join(' ')
  return (
    <section className="records-scroll" aria-label="Rows" ref={scroller}>
      <table
        aria-rowcount={rows.length}
        className="records results-table"
        style={{ [COLUMNS]: template }}
      >
        <thead>
          <tr className="records-head">
            {changes === undefined ? null : <th scope="col">change</th>}
            {columns.map(({ name, type }) => (
              <th scope="col" key={name} className={isNumeric(type) ? 'number' : ''}>
                {name} <em>{type}</em>
              </th>
            ))}
          </tr>
        </thead>
        <tbody style={{ height: shown.height }}>
          {shown.rows.map(({ index, key, top }) => {
            const place = rows.length - 1 - index
            const row = rows[place]
            if (row === undefined) return null
            return <Row key={key} row={row} change={changes?.[place]} columns={columns} top={top} />
          })}
        </tbody>
      </table>
    </section>
  )
}

interface RowProps {
  readonly row: SinkView['rows'][number]
  readonly change: NonNullable<SinkView['changes']>[number] | undefined
  readonly columns: readonly SinkColumn[]
  readonly top: number
}

function Row({ row, change, columns, top }: RowProps): ReactNode {
  return (
    <tr className="records-row" style={{ top }} data-change={change ?? ''}>
      {change === undefined ? null : <td>{change}</td>}
      {columns.map(({ name, type }) => {
        const { kind, text } = cellText(row, name, type)
        return (
          <td key={name} className={cellClass(kind, type)} title={text}>
            {text}
          </td>
        )
      })}
    </tr>
  )
}

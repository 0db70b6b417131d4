/** Rows that are written by hand: a small sheet with the columns of the node's schema. */

import { type JsonObject, titleOf, type Value } from '@millrace/pipeline'
import { Plus, X } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { isObject, ownValueOf } from '../field-value.ts'
import { type ConfigFieldProps, useForm } from '../form-context.ts'
import { cellText, isMisread, valueOfCell } from './cell-text.ts'
import './rows-field.css'

/** Whoever has more is better served by an editor of text. */
const SHOWN_MAX = 100
const CELL_CHARS_MIN = 8
const CELL_CHARS_MAX = 40
const CELL_PADDING_CHARS = 3

interface SheetColumn {
  readonly name: string
  readonly type: string
}

export default function RowsField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { config, set, endGesture } = useForm()
  const { name, schema } = field
  const columns = columnsOf(ownValueOf(config, 'schema'))
  const rows = Array.isArray(value) ? value : []
  const sheet = useRef<HTMLTableElement>(null)
  const [wanted, setWanted] = useState<Place>()
  useEffect(() => {
    if (wanted === undefined) return
    cellAt(sheet.current, wanted)?.focus()
    setWanted(undefined)
  }, [wanted])
  const write = (next: readonly Value[]): void => set(path, next.length === 0 ? undefined : next)
  const add = (column = 0): void => {
    // Most rows are like the one before.
    write([...rows, rows.at(-1) ?? {}])
    endGesture()
    setWanted({ row: rows.length, column })
  }
  const move = (event: KeyboardEvent, { row, column }: Place): void => {
    const step = STEPS.get(event.key)
    if (step === undefined) return
    event.preventDefault()
    if (event.key === 'Enter' && row === rows.length - 1) add(column)
    else setWanted({ row: row + step, column })
  }
  return (
    <FieldShell title={titleOf(name, schema)} path={path} hint={schema.description} group>
      {() => (
        <>
          {columns.length === 0 ? (
            <p className="field-hint">
              Give the schema a column first: it is what a row is made of.
            </p>
          ) : (
            <div className="sheet">
              <table ref={sheet}>
                <thead>
                  <tr>
                    {columns.map((column) => (
                      <th
                        key={column.name}
                        scope="col"
                        style={{ minWidth: `${charsOf(column.name, rows)}ch` }}
                      >
                        {column.name}
                      </th>
                    ))}
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {rows.slice(0, SHOWN_MAX).map((row, index) => (
                    // Rows may be equal; only the place keeps the row the same.
                    // biome-ignore lint/suspicious/noArrayIndexKey: see above
                    <tr key={index}>
                      {columns.map((column, place) => (
                        <td key={column.name}>
                          <Cell
                            label={`${column.name}, row ${index + 1}`}
                            type={column.type}
                            value={ownValueOf(row, column.name)}
                            onChange={(cell) =>
                              write(rows.with(index, withColumn(row, column.name, cell)))
                            }
                            onDone={endGesture}
                            onKeyDown={(event) => move(event, { row: index, column: place })}
                          />
                        </td>
                      ))}
                      <td>
                        <button
                          type="button"
                          className="button quiet icon"
                          aria-label={`Remove row ${index + 1}`}
                          onClick={() => {
                            write(rows.toSpliced(index, 1))
                            endGesture()
                            setWanted({ row: Math.min(index, rows.length - 2), column: 0 })
                          }}
                        >
                          <X size={13} aria-hidden />
                        </button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {rows.length > SHOWN_MAX ? (
            <p className="field-hint">
              The first {SHOWN_MAX} of {rows.length} rows are shown. Edit the others in the exported
              document.
            </p>
          ) : null}
          {columns.length > 0 && rows.length <= SHOWN_MAX ? (
            <button type="button" className="button quiet add-row" onClick={() => add()}>
              <Plus size={13} aria-hidden />
              Row
            </button>
          ) : null}
        </>
      )}
    </FieldShell>
  )
}

interface Place {
  readonly row: number
  readonly column: number
}

const STEPS: ReadonlyMap<string, number> = new Map([
  ['ArrowUp', -1],
  ['ArrowDown', 1],
  ['Enter', 1],
])

function cellAt(sheet: HTMLTableElement | null, { row, column }: Place): HTMLElement | undefined {
  const found = sheet?.tBodies[0]?.rows[row]?.cells[column]?.querySelector('input')
  return found ?? undefined
}

/** What is typed stays as it is while it is typed: "1." is on its way to "1.5". */
function Cell(props: {
  readonly label: string
  readonly type: string
  readonly value: Value | undefined
  readonly onChange: (value: Value | undefined) => void
  readonly onDone: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}): ReactNode {
  const { label, type, value, onChange, onDone, onKeyDown } = props
  const [draft, setDraft] = useState(cellText(value))
  useEffect(() => {
    setDraft((before) =>
      cellText(valueOfCell(before, type)) === cellText(value) ? before : cellText(value),
    )
  }, [value, type])
  const misread = isMisread(value, type)
  return (
    <input
      className="mono"
      aria-label={label}
      aria-invalid={misread}
      title={misread ? misreadText(value, type) : undefined}
      placeholder="NULL"
      spellCheck={false}
      autoComplete="off"
      size={4}
      value={draft}
      onChange={({ target }) => setDraft(target.value)}
      // Also where the same is typed anew, since it may mean something else by now.
      onInput={({ currentTarget }) => onChange(valueOfCell(currentTarget.value, type))}
      onKeyDown={onKeyDown}
      onBlur={() => {
        setDraft(cellText(value))
        onDone()
      }}
    />
  )
}

function misreadText(value: Value | undefined, type: string): string {
  const kind = typeof value === 'object' ? 'a list or an object' : `a ${typeof value}`
  const noun = typeof value === 'string' ? 'a text' : kind
  return `This is ${noun}, and the column is of type ${type}: its row goes to errors. Type it anew.`
}

/** As wide as its widest cell, so that a time can be read. */
function charsOf(column: string, rows: readonly Value[]): number {
  const lengths = rows
    .slice(0, SHOWN_MAX)
    .map((row) => cellText(ownValueOf(row, column)).length + CELL_PADDING_CHARS)
  return Math.min(CELL_CHARS_MAX, Math.max(CELL_CHARS_MIN, ...lengths))
}

function columnsOf(schema: Value | undefined): readonly SheetColumn[] {
  if (!isObject(schema)) return []
  return Object.entries(schema).map(([name, type]) => ({ name, type: String(type) }))
}

/** The other fields stay in their order; one without a value goes. */
function withColumn(row: Value, column: string, value: Value | undefined): JsonObject {
  const entries = Object.entries(isObject(row) ? row : {})
  const others = entries.filter(([name]) => name !== column)
  if (value === undefined) return Object.fromEntries(others)
  if (others.length === entries.length) return Object.fromEntries([...entries, [column, value]])
  return Object.fromEntries(entries.map(([name, old]) => [name, name === column ? value : old]))
}

/** How one value of a record stands in a table: as sinks write it, on one line. */

export type CellKind = 'number' | 'text' | 'empty' | 'null'

export interface CellText {
  readonly kind: CellKind
  readonly text: string
}

const TIMESTAMP_TYPE = /^timestamp(?: nullable)?$/

/** What a cell can show; the rest is in the copy of the row. */
const TEXT_MAX = 200

/** As sinks write it; people read it as they read every other time in the page. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/

export function cellText(
  row: { readonly [column: string]: unknown },
  column: string,
  type = '',
): CellText {
  const value = Object.hasOwn(row, column) ? row[column] : null
  if (value === null || value === undefined) return { kind: 'null', text: 'NULL' }
  if (typeof value === 'number') return { kind: 'number', text: `${value}` }
  if (typeof value === 'string' && TIMESTAMP_TYPE.test(type)) {
    return { kind: 'text', text: value.replace(TIMESTAMP, '$1 $2 UTC') }
  }
  // As an expression writes it; a cell with nothing in it would say nothing.
  if (value === '') return { kind: 'empty', text: "''" }
  const text = typeof value === 'string' ? onOneLine(value) : (JSON.stringify(value) ?? '')
  return { kind: 'text', text: text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text }
}

/** Breaks and tabs would look like the spaces that they are not. */
function onOneLine(text: string): string {
  return text
    .slice(0, TEXT_MAX + 1)
    .replace(/\r\n|[\n\r]/g, '⏎')
    .replaceAll('\t', '⇥')
}

/** Whether values of this type stand on the right, digit under digit. */
export function isNumeric(type: string): boolean {
  return /^(?:integer|long|double|decimal)/.test(type)
}

/** Where it stands is that of its column, whatever is in it. */
export function cellClass(kind: CellKind, type: string): string {
  const place = isNumeric(type) ? 'number' : ''
  return kind === 'null' || kind === 'empty' ? `${place} quiet` : place
}

/** Doubles have up to 17 digits. */
function valueWidth(type: string): number {
  return isNumeric(type) && !type.startsWith('double') ? 96 : 150
}

/** Pixels for a column, from its name and type; long texts are cut in the table. */
export function columnWidth(name: string, type: string): number {
  const needed = Math.max(name.length * 7.4 + type.length * 6 + 30, valueWidth(type))
  if (TIMESTAMP_TYPE.test(type)) return Math.max(208, needed)
  return Math.min(320, needed)
}

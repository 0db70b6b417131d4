/** Writes rows as lines of a file: JSON objects, or comma-separated values. */

import {
  type Column,
  createRowText,
  createValueText,
  type Row,
  type StreamSchema,
  type Type,
  type Value,
} from '@millrace/pipeline'
import type { CsvConfig } from '../file-format.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const DELETE = 0x7f

export interface LineWriter {
  /** What stands before the first row. */
  readonly head: string
  /** The line with its end. `change` is absent for rows that only come. */
  line(row: Row, change: string | undefined): string
}

/** The column in which the rows of a table say what they change. */
export const CHANGE_COLUMN = 'op'

export function createJsonLines({ columns, changes }: StreamSchema): LineWriter {
  const text = createRowText(columns)
  if (changes === 'append') return { head: '', line: (row) => `${text(row)}\n` }
  const rest = columns.length === 0 ? () => '}' : (row: Row) => `,${text(row).slice(1)}`
  return { head: '', line: (row, change = '+I') => `{"${CHANGE_COLUMN}":"${change}"${rest(row)}\n` }
}

/** A row that an update replaces, until the one that replaces it comes. */
export interface ReplacedRow {
  get(): Row | null
  set(row: Row | null): void
}

/**
 * Debezium's envelopes: the row before a change, the row after it, and what it was. The two rows of
 * an update become one line; where the row before is not known, it is `null`.
 */
export function createDebeziumLines({ columns }: StreamSchema, replaced: ReplacedRow): LineWriter {
  const text = createRowText(columns)
  const envelope = (before: Row | null, after: Row | null, op: 'c' | 'u' | 'd') => {
    const [old, now] = [before, after].map((row) => (row === null ? 'null' : text(row)))
    return `{"before":${old},"after":${now},"op":"${op}"}\n`
  }
  return {
    head: '',
    line(row, change = '+I') {
      const before = replaced.get()
      if (before !== null) replaced.set(null)
      if (change === '+U') return envelope(before, row, 'u')
      const gone = before === null ? '' : envelope(before, null, 'd')
      if (change === '-U') replaced.set(row)
      else return gone + (change === '-D' ? envelope(row, null, 'd') : envelope(null, row, 'c'))
      return gone
    },
  }
}

/**
 * RFC 4180 with `\n` as line end. NULL is a field with nothing in it and the empty text is `""`,
 * so that both can be read again; only where a row has a single column NULL is `""` too, since
 * blank lines are skipped.
 */
export function createCsvLines({ columns, changes }: StreamSchema, csv: CsvConfig): LineWriter {
  const { delimiter, quote, header } = csv
  const quoted = (text: string) => `${quote}${text.replaceAll(quote, quote + quote)}${quote}`
  const needsQuotes = createQuoteTest(csv)
  const field = (text: string) => (needsQuotes(text) ? quoted(text) : text)
  const isTable = changes !== 'append'
  const writers = columns.map(({ type }) => createFieldText(type))
  const emptyText = columns.length === 1 && !isTable ? quoted('') : ''
  const names = columns.map((column: Column) => field(column.name))
  const all = isTable ? [CHANGE_COLUMN, ...names] : names
  return {
    head: header ? `${all.join(delimiter)}\n` : '',
    line(row, change = '+I') {
      let line = isTable ? change : ''
      for (let index = 0; index < writers.length; index++) {
        const value = row[index] ?? null
        if (index > 0 || isTable) line += delimiter
        line += value === null ? emptyText : field(writers[index]?.(value) ?? '')
      }
      return `${line}\n`
    },
  }
}

/** Whether a field must stand in quotes to be read again as it is. */
function createQuoteTest({ delimiter, quote }: CsvConfig): (text: string) => boolean {
  const [first, second] = [delimiter, quote].map((sign) => sign.charCodeAt(0))
  return (text) => {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code === first || code === second || code === NEWLINE || code === RETURN) return true
    }
    return isSpaceAt(text, 0) || isSpaceAt(text, text.length - 1)
  }
}

/** What `trim` takes away; also where there is nothing. */
function isSpaceAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return !(code > SPACE && code < DELETE) && text.charAt(index).trim() === ''
}

/** A scalar as it is, without the quotes of JSON; anything else as JSON. */
function createFieldText(type: Type): (value: Value) => string {
  const write = createValueText(type)
  if (type.kind === 'string') return (value) => value as string
  if (type.kind === 'timestamp' || type.kind === 'interval' || type.kind === 'double') {
    return (value) => {
      const text = write(value)
      return text.startsWith('"') ? text.slice(1, -1) : text
    }
  }
  return write
}

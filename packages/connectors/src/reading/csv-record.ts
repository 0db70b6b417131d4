/**
 * Cuts the lines of a CSV file into records and fields (RFC 4180). A quoted field may hold
 * delimiters, line ends and, doubled, quotes; so a record may go on over several lines. A quote
 * inside a field that does not begin with one stands for itself.
 */

/** UTF-16 code units, with the line ends. */
export const RECORD_LENGTH_MAX = 1024 * 1024
/** Lines that are kept cost more than their characters. */
export const RECORD_LINES_MAX = 65_536

export interface CsvSigns {
  readonly delimiter: string
  readonly quote: string
}

export type CsvState =
  /** The record is whole, and its fields are there. */
  | 'whole'
  /** A quoted field goes on in the next line. */
  | 'open'
  /** The record cannot be read. */
  | 'faulty'

export class CsvRecord {
  /** The fields of the record, until the next one begins. */
  readonly texts: string[] = []
  /** Whether each of them stood in quotes. */
  readonly quoted: boolean[] = []
  fault = ''
  readonly #delimiter: string
  readonly #quote: string
  readonly #doubled: string
  /** The parts of the quoted field that is open. */
  #open: string[] | undefined

  constructor({ delimiter, quote }: CsvSigns) {
    this.#delimiter = delimiter
    this.#quote = quote
    this.#doubled = quote + quote
  }

  /**
   * Takes the first or next line of a record, without its `\n`. After `whole` or `faulty` a new
   * one begins.
   */
  line(text: string): CsvState {
    let at = 0
    if (this.#open === undefined) {
      this.texts.length = 0
      this.quoted.length = 0
    } else {
      this.#open.push('\n')
      at = this.#quotedField(text, 0)
    }
    while (at >= 0 && at <= text.length) {
      if (text.startsWith(this.#quote, at)) {
        this.#open = []
        at = this.#quotedField(text, at + 1)
      } else at = this.#plainField(text, at)
    }
    if (this.#open !== undefined) return 'open'
    return at < 0 ? 'faulty' : 'whole'
  }

  /** Gives up the record that is open. */
  reset(): void {
    this.#open = undefined
  }

  #add(text: string, quoted: boolean): void {
    this.texts.push(text)
    this.quoted.push(quoted)
  }

  #plainField(text: string, from: number): number {
    const found = text.indexOf(this.#delimiter, from)
    const to = found < 0 ? text.length : found
    const cut = found < 0 && text.endsWith('\r') && to > from ? to - 1 : to
    this.#add(text.slice(from, cut), false)
    return to + 1
  }

  /** Returns where the next field begins, beyond the end if there is none, or -1 for a fault. */
  #quotedField(text: string, from: number): number {
    const open = this.#open ?? []
    for (let at = from; ; ) {
      const found = text.indexOf(this.#quote, at)
      if (found < 0) {
        open.push(text.slice(from))
        return text.length + 1
      }
      if (!text.startsWith(this.#doubled, found)) return this.#endQuoted(text, from, found)
      at = found + 2
    }
  }

  #endQuoted(text: string, from: number, found: number): number {
    const open = this.#open ?? []
    open.push(text.slice(from, found))
    this.#open = undefined
    const field = open.join('').replaceAll(this.#doubled, this.#quote)
    this.#add(field, true)
    const after = found + 1
    const rest = text.slice(after, after + 2)
    if (rest === '' || (rest === '\r' && after + 1 === text.length)) return text.length + 1
    if (rest.startsWith(this.#delimiter)) return after + 1
    this.fault =
      `Field ${this.texts.length} goes on behind its closing quote with ${JSON.stringify(rest[0])}. ` +
      'Double the quotes that belong to the field.'
    return -1
  }
}

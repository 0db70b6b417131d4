/**
 * Writes the changes of a table: a row that goes and one that comes in its place, with the same key
 * and one directly after the other, are `-U` and `+U`. Any other is `-D` or `+I`, and a row that
 * would come as it went is not mentioned.
 */

import type { OutputPort } from '@millrace/engine'
import { compareRows, type Row } from '@millrace/pipeline'
import type { CompareRows } from './matched-rows.ts'

export class Changelog {
  readonly #out: OutputPort
  readonly #compareKeys: CompareRows
  /** Has gone; what comes next may be in its place. */
  #gone: Row | undefined

  constructor(out: OutputPort, compareKeys: CompareRows) {
    this.#out = out
    this.#compareKeys = compareKeys
  }

  goes(row: Row): void {
    this.flush()
    this.#gone = row
  }

  comes(row: Row): void {
    const gone = this.#gone
    if (gone === undefined || this.#compareKeys(gone, row) !== 0) {
      this.flush()
      this.#out.emitChange('+I', row, Number.NaN)
      return
    }
    this.#gone = undefined
    if (compareRows(gone, row) === 0) return
    this.#out.emitChange('-U', gone, Number.NaN)
    this.#out.emitChange('+U', row, Number.NaN)
  }

  /** Nothing comes in the place of what has gone. */
  flush(): void {
    if (this.#gone !== undefined) this.#out.emitChange('-D', this.#gone, Number.NaN)
    this.#gone = undefined
  }
}

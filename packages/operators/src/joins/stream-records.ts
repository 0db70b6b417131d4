/** What a record of a stream makes with the row of a table, or without one. */

import type { Emit, RunContext } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import { type JoinSchemas, keepsAlone } from './join-schema.ts'
import { type JoinPort, Pairing, REFUSED, type RunConfig, UNUSED, USED } from './pairing.ts'
import type { Version } from './table-versions.ts'
import { release, type Timed } from './timed-records.ts'

export class StreamRecords {
  readonly #context: RunContext
  readonly #emit: Emit<JoinPort>
  readonly #pairing: Pairing
  /** Whether a record leaves although the table has nothing for it. */
  readonly keepsAlone: boolean

  constructor(config: RunConfig, schemas: JoinSchemas, context: RunContext, emit: Emit<JoinPort>) {
    this.#context = context
    this.#emit = emit
    this.#pairing = new Pairing(config, schemas, context, emit)
    this.keepsAlone = keepsAlone(config.type, 'left')
  }

  /** The record leaves with this version, alone or not at all, and is held no more. */
  settle(record: Timed, version: Version | undefined): void {
    const partner = version?.row ?? undefined
    try {
      if (partner !== undefined && this.#pairing.holds(record.row, partner)) {
        this.#leave(record, partner)
        if (version?.use === UNUSED || version?.use === REFUSED) version.use = USED
      } else if (this.keepsAlone) this.#leave(record, undefined)
    } catch (error) {
      this.#pairing.refuse(record.row, partner, error)
      record.use = REFUSED
      if (version?.use === UNUSED) version.use = REFUSED
    }
    release(record, this.#context.ledger)
  }

  #leave(record: Timed, partner: Row | undefined): void {
    this.#emit.out.out.emit(this.#pairing.made(record.row, partner), record.timeMs)
    record.use = USED
  }
}

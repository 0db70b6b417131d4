/** What a record of a stream makes with the row of a table, or without one. */

import type { Emit, RunContext } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import { type JoinSchemas, keepsAlone } from './join-schema.ts'
import {
  type JoinPort,
  Pairing,
  REFUSED,
  type RunConfig,
  UNUSED,
  USED,
  type Use,
} from './pairing.ts'
import type { Version } from './table-versions.ts'

export class StreamRecords {
  readonly #out: Emit<JoinPort>['out']['out']
  readonly #pairing: Pairing
  /** Whether a record leaves although the table has nothing for it. */
  readonly keepsAlone: boolean

  constructor(config: RunConfig, schemas: JoinSchemas, context: RunContext, emit: Emit<JoinPort>) {
    this.#out = emit.out.out
    this.#pairing = new Pairing(config, schemas, context, emit)
    this.keepsAlone = keepsAlone(config.type, 'left')
  }

  /**
   * The record leaves with this version, alone or not at all. Gives what became of it; of the
   * version, which has been fetched for changing, `use` says so.
   */
  meet(row: Row, timeMs: number, version: Version | undefined): Use {
    const partner = version?.row ?? undefined
    try {
      if (partner !== undefined && this.#pairing.holds(row, partner)) {
        this.#leave(row, timeMs, partner)
        if (version !== undefined && version.use !== USED) version.use = USED
        return USED
      }
      if (!this.keepsAlone) return UNUSED
      this.#leave(row, timeMs, undefined)
      return USED
    } catch (error) {
      this.#pairing.refuse(row, partner, error)
      if (version?.use === UNUSED) version.use = REFUSED
      return REFUSED
    }
  }

  #leave(row: Row, timeMs: number, partner: Row | undefined): void {
    this.#out.emit(this.#pairing.made(row, partner), timeMs)
  }
}

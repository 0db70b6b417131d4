/** What joins in fixed windows and in sessions do alike with the records that they hold. */

import type { Emit, RunContext, StateValue } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import { createKeySides, isComparable, type KeySide } from './held-records.ts'
import { type JoinSchemas, keepsAlone } from './join-schema.ts'
import { type Held, PairJoin, type WindowBounds } from './pair-join.ts'
import { type JoinPort, lateRow, type RunConfig } from './pairing.ts'
import { showMatches } from './shown-matches.ts'

export class WindowRecords {
  /** Left, then right. */
  readonly keys: readonly [KeySide, KeySide]
  /** How many records have arrived, over both inputs. */
  readonly arrived: StateValue<number>
  /** Whether a record of the side leaves although nothing matches it. */
  readonly #keeps: readonly [boolean, boolean]
  readonly #pairs: PairJoin
  readonly #schemas: JoinSchemas
  readonly #context: RunContext
  readonly #emit: Emit<JoinPort>

  constructor(config: RunConfig, schemas: JoinSchemas, context: RunContext, emit: Emit<JoinPort>) {
    this.keys = createKeySides(config, schemas)
    this.arrived = context.state.value('arrived', 0)
    context.state.showAs(showMatches(schemas))
    this.#keeps = [keepsAlone(config.type, 'left'), keepsAlone(config.type, 'right')]
    this.#pairs = new PairJoin(config, schemas, context, emit)
    this.#schemas = schemas
    this.#context = context
    this.#emit = emit
  }

  /** Nothing is equal to the record's key, and it does not leave alone. */
  isUseless(side: 0 | 1, row: Row): boolean {
    return !this.#keeps[side] && this.keys[side].hasNull(row)
  }

  late(side: 0 | 1, row: Row, timeMs: number): void {
    this.#context.ledger.late++
    this.#emit.out.late.emit(lateRow(side, row, this.#schemas), timeMs)
  }

  /** Joins what a window has under one key; gives what is left to do, where there is much. */
  join(
    window: WindowBounds,
    left: readonly Held[],
    right: readonly Held[],
  ): Iterable<void> | undefined {
    return this.#pairs.fire(window, left, right, isComparable(this.keys, left, right))
  }
}

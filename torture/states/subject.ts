/** What the enumerator of crash states asks of anything that stores something. */

import type { Disk } from '../../packages/engine/src/index.ts'
import type { SimDisk } from '../../packages/engine/src/testing/index.ts'

/** Says which states may be found: each step goes from one to the next, all or nothing. */
export class Book {
  readonly #states: string[] = []
  #acknowledged = 0

  /** The state before anything was stored. */
  constructor(first: string) {
    this.#states.push(first)
  }

  /** From now on this state may be found too. */
  starts(state: string): void {
    this.#states.push(state)
  }

  /** From now on nothing older may be found. */
  acknowledged(): void {
    this.#acknowledged = this.#states.length - 1
  }

  /** Why this may not be found; undefined where it may. */
  fault(found: string): string | undefined {
    const allowed = this.#states.slice(this.#acknowledged)
    if (allowed.includes(found)) return undefined
    const known = this.#states.indexOf(found)
    const name = known >= 0 ? `state ${known}, which is older,` : 'what was never stored'
    return `Found ${name} where state ${this.#acknowledged} was acknowledged: ${shortened(found)}`
  }

  /** What is there when all the work is done. */
  get last(): string {
    return this.#states.at(-1) ?? ''
  }
}

/** `refused` is what it says where it does not return what is stored. */
export type Found = { readonly state: string } | { readonly refused: string }

export interface Subject {
  readonly name: string
  /** What the disk holds before the work begins. */
  prepare(disk: SimDisk): void
  /** Stores one thing after another. */
  work(disk: Disk, book: Book): Promise<void>
  /** Opens what is stored and says what is there. With `goOn` it stores one more thing first. */
  recover(disk: Disk, goOn: boolean): Promise<Found>
  /** What is found before any work. */
  readonly empty: string
  /**
   * Why this may not be found after damage, where it is more than what was stored last. Without it
   * no damage of a file that is needed may go unnoticed.
   */
  readonly damageFault?: (found: string, last: string) => string | undefined
}

const SHOWN = 300

function shortened(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`
}

/**
 * The books of a node: every record that came in is in exactly one bucket, and the buckets sum to
 * what came in. It is how users see that nothing vanished, and how we check ourselves.
 */

import { plainObject } from './plain-object.ts'

export const BUCKETS = [
  'passed',
  'filtered',
  'late',
  'deadLettered',
  'dropped',
  'held',
  'absorbed',
  'expired',
] as const

export type Bucket = (typeof BUCKETS)[number]

/** Plain counters: operators add to them for each record or for many at once. */
export class Ledger {
  /** Records that entered; for a source, records that it read. */
  in = 0
  /**
   * Rows that left through any port, late and errors among them; counted apart from the buckets.
   */
  out = 0
  /** Went on, changed or not. */
  passed = 0
  /** Left out by a condition, or in no window. */
  filtered = 0
  late = 0
  deadLettered = 0
  /** Left out by a policy that has a name. */
  dropped = 0
  /** In state: something may still use it. */
  held = 0
  /** A result used it. */
  absorbed = 0
  /** State let it go unused. */
  expired = 0
  /** Has arrived and waits in front of the node; not counted by operators. */
  inFlight = 0
  /**
   * Refused before and sent in again: each is what has become of it, and was taken out of what had
   * come in and of the dead letters. With these added, counts of both only rise.
   */
  again = 0
  /** Rows by output port. */
  readonly outByPort = new Map<string, number>()
  /** Lines that are no records: blank ones, headers. */
  skippedLines = 0

  /** A record leaves state: `held` goes down, and the bucket it goes to goes up. */
  release(bucket: Exclude<Bucket, 'held'>, count: number): void {
    this.held -= count
    this[bucket] += count
  }

  /**
   * One that is booked as a dead letter has come in again: it counts once, as what becomes of it
   * now.
   */
  takeBackRefusal(): void {
    this.in--
    this.deadLettered--
    this.again++
    const refused = this.outByPort.get('errors') ?? 0
    if (refused === 0) return
    this.out--
    this.outByPort.set('errors', refused - 1)
  }

  /** Written out, as below: every checkpoint asks each node, and looking up names costs most. */
  sum(): number {
    const { passed, filtered, late, deadLettered, dropped, held, absorbed, expired } = this
    const gone = filtered + late + deadLettered + dropped + expired
    return this.inFlight + passed + gone + held + absorbed
  }

  /** The node has failed in the middle of a batch: what it had not come to is in flight. */
  settle(): void {
    this.inFlight += this.in - this.sum()
  }

  save(): SavedLedger {
    return this.toJson()
  }

  /** Goes on counting from there. */
  restore(saved: SavedLedger): void {
    this.in = saved.in
    this.out = saved.out
    for (const bucket of BUCKETS) this[bucket] = saved[bucket]
    for (const [port, count] of Object.entries(saved.ports)) this.outByPort.set(port, count)
    this.skippedLines = saved.skippedLines ?? 0
    this.again = saved.again ?? 0
  }

  toJson(): LedgerJson {
    const json: Changing<LedgerJson> = {
      in: this.in,
      out: this.out,
      passed: this.passed,
      filtered: this.filtered,
      late: this.late,
      deadLettered: this.deadLettered,
      dropped: this.dropped,
      held: this.held,
      absorbed: this.absorbed,
      expired: this.expired,
      inFlight: this.inFlight,
      ports: plainObject(this.outByPort),
    }
    if (this.skippedLines > 0) json.skippedLines = this.skippedLines
    if (this.again > 0) json.again = this.again
    return json
  }
}

export type LedgerJson = { readonly [bucket in Bucket]: number } & {
  readonly in: number
  readonly out: number
  readonly inFlight: number
  readonly ports: { readonly [port: string]: number }
  readonly skippedLines?: number
  readonly again?: number
}

type Changing<T> = { -readonly [name in keyof T]: T[name] }

/** A ledger at rest, when nothing is in flight. */
export type SavedLedger = LedgerJson

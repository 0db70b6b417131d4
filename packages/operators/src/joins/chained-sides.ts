/**
 * The rows of both sides of an inner join of two streams, where rows only come: under each key two
 * chains, as their rows came, and put in order when the other side first asks for them. Their
 * beginnings lie in slots. In a checkpoint they look as those of any other table join.
 *
 *     key | left: first place, count | right: first place, count |
 *
 * A count is negative where the rows are not in order. Under a key with very many rows these are in
 * ordered lists, as other table joins have them: to sort so many at once would take long.
 */

import { estimateBytes, type SlotLayout, type Slots, type SlotsElsewhere } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import { ChainedRows, NOWHERE } from './chained-rows.ts'
import type { CompareRows, MatchedRow, MatchedRows, MatchedSides } from './matched-rows.ts'

/** Of one side, in a chain. */
export const CHAINED_MAX = 4096
/** As many are stored in a chunk, so that more fit into it. */
const STORED_CHUNK = 128
/** With more of them it is not looked whether there are few enough rows. */
const CHUNKS_MAX = 2 * (CHAINED_MAX / STORED_CHUNK) - 1
/** In place of the first place of a left row: the rows are no chains. */
const NOT_CHAINED = -2

export class ChainedSides {
  readonly rows = new ChainedRows()
  readonly layout: SlotLayout<MatchedSides>
  readonly #compares: readonly [CompareRows, CompareRows]
  /** Those that are lists. */
  readonly #lists = new Set<MatchedSides>()

  constructor(compares: readonly [CompareRows, CompareRows]) {
    this.#compares = compares
    this.layout = {
      initial: [NOWHERE, 0, NOWHERE, 0],
      toValue: (slots, slot) => this.#toValue(slots, slot),
      setValue: (slots, slot, value) => this.#setValue(slots, slot, value),
      givenKey: (key) => key,
      elsewhere: this.#elsewhere(),
    }
  }

  /** False where the rows are lists, or not in memory. */
  isChained(slots: Slots, slot: number): boolean {
    return slots.numbers[placeOf(slots, slot, 0)] !== NOT_CHAINED
  }

  firstOf(slots: Slots, slot: number, side: 0 | 1): number {
    return slots.numbers[placeOf(slots, slot, side)] as number
  }

  /** Whether one more row of the side goes into its chain; if not, the rows are lists now. */
  hasRoom(slots: Slots, slot: number, side: 0 | 1): boolean {
    if (!this.isChained(slots, slot)) return false
    const count = slots.numbers[placeOf(slots, slot, side) + 1] as number
    if (Math.abs(count) < CHAINED_MAX) return true
    const value = this.#toValue(slots, slot)
    this.#letGo(slots, slot)
    this.#putLists(slots, slot, value)
    return false
  }

  /** Adds a row for which there is room, and gives its place. */
  add(slots: Slots, slot: number, side: 0 | 1, row: Row): number {
    const { numbers } = slots
    const at = placeOf(slots, slot, side)
    const count = numbers[at + 1] as number
    const place = this.rows.add(row, numbers[at] as number)
    numbers[at] = place
    numbers[at + 1] = count === 0 ? 1 : -Math.abs(count) - 1
    return place
  }

  /** The places of a side in the order in which they are visited. */
  inOrder(slots: Slots, slot: number, side: 0 | 1): readonly number[] {
    const { numbers } = slots
    const at = placeOf(slots, slot, side)
    const places = this.rows.placesOf(numbers[at] as number)
    if ((numbers[at + 1] as number) >= 0) return places
    this.#sort(places, this.#compares[side])
    this.#chain(places, this.#compares[side])
    numbers[at] = places.at(-1) ?? NOWHERE
    numbers[at + 1] = places.length
    return places
  }

  /** Of equal rows the one that came first is first. */
  #sort(places: number[], compare: CompareRows): void {
    const { rows } = this
    places.sort((a, b) => compare(rows.rowAt(a), rows.rowAt(b)))
  }

  /** Rows that are equal become one and the same. */
  #chain(places: readonly number[], compare: CompareRows): void {
    let before = NOWHERE
    let first: Row | undefined
    for (const place of places) {
      const row = this.rows.rowAt(place)
      if (first === undefined || compare(first, row) !== 0) first = row
      this.rows.set(place, first, before)
      before = place
    }
  }

  #toValue(slots: Slots, slot: number): MatchedSides {
    if (!this.isChained(slots, slot)) return slots.objects[slot] as MatchedSides
    return [this.#pack(slots, slot, 0), this.#pack(slots, slot, 1)]
  }

  #pack(slots: Slots, slot: number, side: 0 | 1): MatchedRows | undefined {
    const { rows } = this
    const compare = this.#compares[side]
    const first = this.firstOf(slots, slot, side)
    if (first === NOWHERE) return undefined
    const places = rows.placesOf(first)
    this.#sort(places, compare)
    const packed: MatchedRow[] = []
    for (const place of places) {
      const row = rows.rowAt(place)
      const last = packed.at(-1)
      if (last !== undefined && compare(last.row, row) === 0) last.copies++
      else packed.push({ row, copies: 1, matches: rows.matchesOf(place), use: rows.useOf(place) })
    }
    const chunks: MatchedRows = []
    for (let from = 0; from < packed.length; from += STORED_CHUNK) {
      chunks.push(packed.slice(from, from + STORED_CHUNK))
    }
    return chunks
  }

  #setValue(slots: Slots, slot: number, value: MatchedSides): void {
    const [left, right] = value
    if (!areFew(left) || !areFew(right)) {
      slots.numbers[placeOf(slots, slot, 0)] = NOT_CHAINED
      this.#putLists(slots, slot, value)
      return
    }
    this.#unpack(slots, slot, 0, left)
    this.#unpack(slots, slot, 1, right)
  }

  #unpack(slots: Slots, slot: number, side: 0 | 1, chunks: MatchedRows | undefined): void {
    const at = placeOf(slots, slot, side)
    let first = NOWHERE
    let count = 0
    for (const chunk of chunks ?? []) {
      for (const { row, copies, matches, use } of chunk) {
        for (let copy = 0; copy < copies; copy++) {
          first = this.rows.add(row, first)
          this.rows.note(first, matches, use)
          count++
        }
      }
    }
    slots.numbers[at] = first
    slots.numbers[at + 1] = count
  }

  #putLists(slots: Slots, slot: number, value: MatchedSides): void {
    this.#lists.add(value)
    slots.putObject(slot, value)
  }

  #elsewhere(): SlotsElsewhere {
    const sides = this
    return {
      get bytes() {
        let bytes = sides.rows.bytes
        for (const lists of sides.#lists) bytes += estimateBytes(lists)
        return bytes
      },
      bytesOf: (slots, slot) => {
        if (!this.isChained(slots, slot)) return estimateBytes(slots.objects[slot])
        const [left, right] = [this.firstOf(slots, slot, 0), this.firstOf(slots, slot, 1)]
        return this.rows.bytesOf(left) + this.rows.bytesOf(right)
      },
      letGo: (slots, slot) => this.#letGo(slots, slot),
    }
  }

  #letGo(slots: Slots, slot: number): void {
    if (this.isChained(slots, slot)) {
      for (const side of [0, 1] as const) this.rows.free(this.firstOf(slots, slot, side))
      slots.numbers[placeOf(slots, slot, 0)] = NOT_CHAINED
    } else this.#lists.delete(slots.objects[slot] as MatchedSides)
  }
}

/** Where the chain of a side begins among the numbers. */
function placeOf({ stride, keyWidth }: Slots, slot: number, side: 0 | 1): number {
  return slot * stride + keyWidth + side * 2
}

function areFew(chunks: MatchedRows | undefined): boolean {
  if (chunks === undefined) return true
  if (chunks.length > CHUNKS_MAX) return false
  let count = 0
  for (const chunk of chunks) {
    for (const { copies } of chunk) {
      count += copies
      if (count > CHAINED_MAX) return false
    }
  }
  return true
}

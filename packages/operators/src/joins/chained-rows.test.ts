/** Chains of rows, held against plain lists. */

import { seededRandom } from '@millrace/engine/testing'
import type { Row } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { ChainedRows, NOWHERE } from './chained-rows.ts'
import { REFUSED, UNUSED, USED } from './pairing.ts'

interface Chain {
  first: number
  readonly rows: Row[]
}

function ofChains(rows: ChainedRows, chains: readonly Chain[]): readonly Row[][] {
  return chains.map(({ first }) => rows.placesOf(first).map((place) => rows.rowAt(place)))
}

test('chains that grow side by side, and go, are those of plain lists', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed)
    const rows = new ChainedRows()
    const chains = Array.from({ length: 12 }, (): Chain => ({ first: NOWHERE, rows: [] }))
    let highest = 0
    for (let step = 0; step < 3_000; step++) {
      const chain = random.pick(chains)
      if (random.chance(0.02)) {
        rows.free(chain.first)
        chain.first = NOWHERE
        chain.rows.length = 0
        continue
      }
      const row = [step, random.integer(0, 9)]
      chain.first = rows.add(row, chain.first)
      chain.rows.push(row)
      highest = Math.max(highest, chain.first)
    }
    const expected = chains.map((chain) => chain.rows)
    expect(ofChains(rows, chains), `seed ${seed}`).toEqual(expected)
    expect(rows.count).toBe(expected.flat().length)
    // Places of chains that went were taken again.
    expect(highest).toBeLessThan(2_000)
  }
})

test('more rows than a piece holds', () => {
  const rows = new ChainedRows()
  let first = NOWHERE
  for (let index = 0; index < 20_000; index++) first = rows.add([index], first)
  const places = rows.placesOf(first)
  expect(places.map((place) => rows.rowAt(place))).toEqual(
    Array.from({ length: 20_000 }, (_, index) => [index]),
  )
  expect(rows.bytes).toBeGreaterThan(20_000 * 16)
  expect(rows.bytesOf(first)).toBeGreaterThan(20_000 * 16)
  rows.free(first)
  expect(rows.count).toBe(0)
})

test('what becomes of a row grows only, and a place that is taken again begins anew', () => {
  const rows = new ChainedRows()
  const place = rows.add([1], NOWHERE)
  const noted = () => [rows.matchesOf(place), rows.useOf(place)]
  expect(noted()).toEqual([0, UNUSED])
  rows.match(place, REFUSED)
  expect(noted()).toEqual([1, REFUSED])
  rows.match(place, USED)
  rows.match(place, REFUSED)
  expect(noted()).toEqual([3, USED])
  rows.note(place, 4_000, REFUSED)
  expect(noted()).toEqual([4_000, REFUSED])
  rows.free(place)
  expect(rows.add([2], NOWHERE)).toBe(place)
  expect(noted()).toEqual([0, UNUSED])
})

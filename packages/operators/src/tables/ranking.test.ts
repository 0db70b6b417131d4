/**
 * Goal: a ranking of thousands of rows is that of a plain list, and its chunks keep their bounds.
 * Method: seeded steps that let it grow and shrink, beside a list that is sorted anew each time.
 */

import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import {
  emptyRanking,
  firstRanked,
  insertRanked,
  isEmpty,
  type Ranked,
  type Ranking,
  removeRanked,
} from './ranking.ts'

const SIGNS = [-1, 1] as const

function ranked(size: number, name: string, id: number): Ranked {
  return { row: [size, name, id], order: [size, name], arrival: id, wasFirst: false }
}

function checkBounds(ranking: Ranking): void {
  const lengths = ranking.map((chunk) => chunk.length)
  if (lengths.some((length) => length > 512)) expect.fail(`a chunk is too long: ${lengths}`)
  if (ranking.length > 1 && lengths.includes(0)) expect.fail(`a chunk is empty: ${lengths}`)
}

const idsOf = (rows: readonly Ranked[]) => rows.map(({ row }) => row[2])

/** Descending by size, then ascending by name; of equal ones the first to come is first. */
function sorted(rows: readonly Ranked[]): readonly Ranked[] {
  return rows.toSorted((a, b) => {
    const [sizeA = 0, nameA = ''] = a.order
    const [sizeB = 0, nameB = ''] = b.order
    if (sizeA !== sizeB) return Number(sizeB) - Number(sizeA)
    return nameA === nameB ? 0 : String(nameA) < String(nameB) ? -1 : 1
  })
}

test.each([1, 3, 2_000])('rows of %i sizes are ranked as in a plain list', (sizes) => {
  const random = seededRandom(sizes)
  const ranking = emptyRanking()
  const plain: Ranked[] = []
  for (let step = 0; step < 6_000; step++) {
    // It grows to some thousands, then shrinks to nothing.
    if (random.chance(step < 3_000 ? 0.8 : 0.15)) {
      const row = ranked(random.integer(1, sizes), random.pick(['a', 'b']), step)
      plain.push(row)
      expect(insertRanked(ranking, row, SIGNS)).toBe(true)
    } else if (plain.length > 0) {
      const [gone] = plain.splice(random.integer(0, plain.length - 1), 1)
      if (gone === undefined) continue
      expect(removeRanked(ranking, gone, SIGNS)).toBe(gone)
      expect(removeRanked(ranking, gone, SIGNS)).toBe(undefined)
    }
    checkBounds(ranking)
    if (step % 300 !== 0) continue
    const count = random.pick([1, 10, 1_000, 100_000])
    expect(idsOf(firstRanked(ranking, count))).toEqual(idsOf(sorted(plain).slice(0, count)))
  }
  expect(isEmpty(ranking)).toBe(plain.length === 0)
})

test.each([1, 7, 1_500])('at most %i rows are kept, the first of all that came', (rowsMax) => {
  const random = seededRandom(rowsMax)
  const ranking = emptyRanking()
  const plain: Ranked[] = []
  for (let step = 0; step < 4_000; step++) {
    const row = ranked(random.integer(1, 900), 'a', step)
    plain.push(row)
    const kept = insertRanked(ranking, row, SIGNS, rowsMax)
    checkBounds(ranking)
    if (step % 200 !== 0) continue
    const first = sorted(plain).slice(0, rowsMax)
    expect(kept).toBe(first.includes(row))
    expect(idsOf(ranking.flat())).toEqual(idsOf(first))
  }
})

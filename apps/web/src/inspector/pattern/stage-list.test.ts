/** What one does to the stages of a pattern, and that nothing is lost by it. */

import { expect, test } from 'vitest'
import {
  dissolveGroup,
  freeName,
  groupStage,
  insertStage,
  moveStage,
  namesIn,
  removeStage,
  type Stages,
  spotBeside,
  takenNames,
} from './stage-list.ts'

/** a, then a group of b and c, then d. */
const STAGES: Stages = [
  { name: 'a' },
  { group: [{ name: 'b' }, { name: 'c', contiguity: 'next' }], times: 2, contiguity: 'next' },
  { name: 'd', not: true },
]

test('a stage moves down its list past the next one', () => {
  const spot = spotBeside(STAGES, [0], 'down')
  expect(spot).toEqual({ list: [], index: 2 })
  const moved = moveStage(STAGES, [0], { list: [], index: 2 })
  expect(namesIn(moved?.stages ?? [])).toEqual(['b', 'c', 'a', 'd'])
  expect(moved?.address).toEqual([1])
})

test('a stage moves out of its group to behind it, and into the group before it', () => {
  expect(spotBeside(STAGES, [1, 0], 'out')).toEqual({ list: [], index: 2 })
  const out = moveStage(STAGES, [1, 0], { list: [], index: 2 })
  expect(out?.address).toEqual([2])
  expect(out?.stages[2]).toEqual({ name: 'b' })
  expect(spotBeside(STAGES, [2], 'in')).toEqual({ list: [1], index: 2 })
  expect(spotBeside(STAGES, [1], 'in')).toBeUndefined()
  const into = moveStage(STAGES, [2], { list: [1], index: 2 })
  expect(into?.stages).toHaveLength(2)
  expect(into?.address).toEqual([1, 2])
})

test('the address of a group moves up when a stage before it is moved into it', () => {
  const moved = moveStage(STAGES, [0], { list: [1], index: 1 })
  expect(moved?.address).toEqual([0, 1])
  expect(namesIn(moved?.stages ?? [])).toEqual(['b', 'a', 'c', 'd'])
})

test.each([
  ['into itself', [1], { list: [1], index: 0 }],
  ['to where it stands', [1], { list: [], index: 1 }],
  ['to behind itself', [1], { list: [], index: 2 }],
])('a group that is moved %s stays', (_, from, to) => {
  expect(moveStage(STAGES, from, to)).toBeUndefined()
})

test('a move and the move back leave the same stages, wherever they go', () => {
  const spots = [[], [1]].flatMap((list) =>
    [0, 1, 2].map((index): { list: readonly number[]; index: number } => ({ list, index })),
  )
  for (const from of [[0], [1, 0], [1, 1], [2]]) {
    for (const to of spots) {
      const there = moveStage(STAGES, from, to)
      if (there === undefined) continue
      expect(namesIn(there.stages).toSorted()).toEqual(['a', 'b', 'c', 'd'])
      const without = removeStage(there.stages, there.address)
      const name = namesIn(STAGES).find((known) => !namesIn(without).includes(known))
      expect(name).toBe(namesIn([stageIn(STAGES, from)])[0])
    }
  }
})

function stageIn(stages: Stages, [first = 0, second]: readonly number[]) {
  const stage = stages[first] as { readonly group?: Stages }
  return (second === undefined ? stage : stage.group?.[second]) ?? {}
}

test('a group stands to what is before it as the stage did, and the first stage again as it did', () => {
  const grouped = groupStage([{ name: 'a' }, { name: 'b', contiguity: 'next', times: 2 }], [1])
  expect(grouped[1]).toEqual({ group: [{ name: 'b', times: 2 }], contiguity: 'next' })
  expect(dissolveGroup(grouped, [1])[1]).toEqual({ name: 'b', times: 2, contiguity: 'next' })
})

test('a dissolved group leaves its stages in its place', () => {
  expect(dissolveGroup(STAGES, [1])).toEqual([
    { name: 'a' },
    { name: 'b', contiguity: 'next' },
    { name: 'c', contiguity: 'next' },
    { name: 'd', not: true },
  ])
})

test('what is not touched stays the same object', () => {
  const inserted = insertStage(STAGES, { list: [1], index: 0 }, { name: 'e' })
  expect(inserted[0]).toBe(STAGES[0])
  expect(inserted[2]).toBe(STAGES[2])
})

test('a new name is the first letter that no stage has', () => {
  expect(freeName(new Set(namesIn(STAGES)))).toBe('e')
  const letters = 'abcdefghijklmnopqrstuvwxyz'.split('')
  expect(freeName(new Set(letters))).toBe('a2')
})

test('one can speak of stages that take records, and of no others', () => {
  expect(takenNames(STAGES)).toEqual(['a', 'b', 'c'])
})

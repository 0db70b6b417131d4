/** What the list of letters is of. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { collectionAt, countOn, offersAll, shelfOf } from './letter-collection.ts'

function group(number: number, changes: Partial<wire.LetterGroup> = {}): wire.LetterGroup {
  return {
    ...{ group: number, nodeId: 'read', operator: 'topic-source', code: 'wrong-type' },
    ...{ pattern: 'p', message: 'm' },
    ...{ open: 0, sent: 0, done: 0, discarded: 0, firstAtMs: 0, lastAtMs: 0 },
    ...changes,
  }
}

const TWO = [group(4, { open: 3, sent: 1, discarded: 2 }), group(7, { open: 5, done: 6 })]

test('it is of the cause that the address names, and of the first one where that is gone', () => {
  expect(collectionAt(TWO, { shelf: 'open', group: 7 })).toMatchObject({
    ...{ group: 7, open: 5, hasOthers: true },
  })
  expect(collectionAt(TWO, { shelf: 'open', group: 5 })).toMatchObject({ group: 4, open: 3 })
  expect(collectionAt([], { shelf: 'open', group: 'all' })).toBeUndefined()
})

test('of all causes it counts the letters of each', () => {
  const all = collectionAt(TWO, { shelf: 'open', group: 'all' })
  expect(all).toEqual({
    group: undefined,
    hasOthers: false,
    open: 8,
    sent: 1,
    done: 6,
    discarded: 2,
  })
  if (all === undefined) return
  expect([countOn('open', all), countOn('done', all), countOn('discarded', all)]).toEqual([9, 6, 2])
})

test('all causes are offered where there are several, of whatever node', () => {
  expect(offersAll(TWO, { shelf: 'open' })).toBe(true)
  expect(offersAll(TWO.slice(1), { shelf: 'open' })).toBe(false)
  // One cause after the other: what is done with "all" would be done with other nodes' letters too.
  expect(offersAll(TWO, { shelf: 'open', node: 'read' })).toBe(false)
  const place = { shelf: 'open', node: 'read', group: 'all' } as const
  expect(collectionAt(TWO, place)).toMatchObject({ group: 4, open: 3 })
})

test('a cause opens on the shelf that has something', () => {
  const shelves = [{ sent: 1, done: 1 }, { done: 1, discarded: 1 }, { discarded: 1 }]
  expect(shelves.map((counts) => shelfOf(group(1, counts)))).toEqual(['open', 'done', 'discarded'])
})

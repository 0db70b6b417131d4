/** What stays of what comes, by count and by bytes. */

import { expect, test } from 'vitest'
import { Newest } from './newest.ts'

test('the last that were added stay, as far as count and bytes allow', () => {
  const byCount = new Newest<number>({ countMax: 3, bytesMax: 1000 })
  const byBytes = new Newest<number>({ countMax: 1000, bytesMax: 30 })
  for (let n = 0; n < 500; n++) {
    byCount.add(n, 10)
    byBytes.add(n, n === 499 ? 15 : 10)
  }
  expect(byCount.last(10)).toEqual([497, 498, 499])
  expect(byCount.last(2)).toEqual([498, 499])
  expect(byBytes.last(10)).toEqual([498, 499])
  expect([byCount.count, byBytes.count]).toEqual([3, 2])
})

test('one that is larger than all that may stay leaves nothing', () => {
  const newest = new Newest<string>({ countMax: 3, bytesMax: 30 })
  newest.add('small', 5)
  newest.add('huge', 31)
  expect(newest.last(10)).toEqual([])
  newest.add('small again', 5)
  expect(newest.last(10)).toEqual(['small again'])
})

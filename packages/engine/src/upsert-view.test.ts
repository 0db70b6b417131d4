/** What those get who take a table without the rows that are replaced. */

import { of } from 'rxjs'
import { expect, test } from 'vitest'
import type { Batch, Element } from './element.ts'
import { withoutOldRows } from './upsert-view.ts'

function see(batch: Batch): Element | undefined {
  let seen: Element | undefined
  withoutOldRows(of(batch)).subscribe((element) => {
    seen = element
  })
  return seen
}

test('rows that are replaced are left out, and watermarks stay in their places', () => {
  const batch: Batch = {
    kind: 'batch',
    rows: [[1], [1], [2], [2], [3]],
    times: [10, 10, 20, 20, 30],
    changes: ['+I', '-U', '+U', '-D', '-U'],
    marks: [0, 2, 4, 5].map((at) => ({ at, watermarkMs: at, origin: at })),
    origins: [0, 1, 2, 3, 4],
  }
  expect(see(batch)).toEqual({
    kind: 'batch',
    rows: [[1], [2], [2]],
    times: [10, 20, 20],
    changes: ['+I', '+U', '-D'],
    marks: [
      { at: 0, watermarkMs: 0, origin: 0 },
      { at: 1, watermarkMs: 2, origin: 2 },
      { at: 3, watermarkMs: 4, origin: 4 },
      { at: 3, watermarkMs: 5, origin: 5 },
    ],
    origins: [0, 2, 3],
  })
})

test('a batch in which nothing is replaced passes as it is', () => {
  const batch: Batch = {
    kind: 'batch',
    rows: [[1]],
    times: undefined,
    changes: ['+I'],
    marks: [],
    origins: undefined,
  }
  expect(see(batch)).toBe(batch)
})

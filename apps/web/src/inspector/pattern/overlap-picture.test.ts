/** What each choice leaves of the six matches that the picture draws. */

import { expect, test } from 'vitest'
import { counts } from './overlap-picture.tsx'

test.each([
  [undefined, [0, 1, 2, 3, 4, 5]],
  ['no-skip', [0, 1, 2, 3, 4, 5]],
  ['skip-to-next', [0, 2, 3, 4, 5]],
  ['skip-to-first', [0, 3, 4, 5]],
  ['skip-to-last', [0, 4, 5]],
  ['skip-past-last', [0, 5]],
] as const)('with %s', (skip, expected) => {
  expect([0, 1, 2, 3, 4, 5].filter((match) => counts(skip, match))).toEqual(expected)
})

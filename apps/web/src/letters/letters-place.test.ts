/** Addresses of places among dead letters. */

import { expect, test } from 'vitest'
import { isLettersPath, lettersHref, readLettersPlace } from './letters-place.ts'

test.each([
  [{ shelf: 'open' }],
  [{ shelf: 'done', group: 12 }],
  [{ shelf: 'open', group: 'all', search: 'ann' }],
  [{ shelf: 'open', group: 3, search: '"id": 4711 & more' }],
  [{ shelf: 'discarded', group: 0, letter: 'job.in.1.ab&c=d', node: 'half' }],
] as const)('%j is read as it was written', (place) => {
  const href = lettersHref('a/b', place)
  const [path = '', search = ''] = href.split('?')
  expect(isLettersPath(path)).toBe(true)
  expect(readLettersPlace(search)).toEqual({
    ...{ node: undefined, group: undefined, letter: undefined },
    ...place,
  })
})

test('what an address cannot mean is left out', () => {
  expect(readLettersPlace('group=-1&shelf=attic&letter=x')).toEqual({
    ...{ node: undefined, group: undefined, letter: 'x', shelf: 'open' },
  })
})

test('the canvas of a pipeline is another page', () => {
  expect(['/pipelines/a', '/pipelines', '/pipelines/a/b'].filter(isLettersPath)).toEqual([])
})

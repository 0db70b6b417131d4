/** Which operators a search finds, and which stands first: `Enter` adds that one. */

import { expect, test } from 'vitest'
import { registry } from '../operators/registry.ts'
import { operatorGroups } from './operator-list.ts'

const found = (search: string) =>
  operatorGroups(registry, search).flatMap(({ operators }) => operators.map(({ title }) => title))

test.each([
  ['to table', 'To table'],
  ['interval', 'Interval join'],
  ['group agg', 'Group aggregate'],
  ['group', 'Group aggregate'],
  ['top', 'Top N'],
  ['join temporal', 'Temporal join'],
  ['filter', 'Filter'],
  ['window', 'Tumbling window'],
])('of what "%s" finds, "%s" stands first', (search, first) => {
  expect(found(search)[0]).toBe(first)
})

test('without a search, all stand in the order of their groups', () => {
  const titles = operatorGroups(registry, ' ').map(({ title }) => title)
  expect(titles.slice(0, 2)).toEqual(['Sources', 'Transforms'])
  expect(found('')).toHaveLength(registry.size)
})

test('a word that only the summary has finds its operator, behind those that are called so', () => {
  expect(found('overlap')).toContain('Hopping window')
  const [first, ...others] = found('topic')
  expect(first).toMatch(/^Topic/)
  expect(others.length).toBeGreaterThan(0)
})

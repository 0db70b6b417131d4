/** A failure over random input must be as short as it can be, or nobody reads it. */

import { expect, test } from 'vitest'
import { checkTable, materialized } from './changelog.ts'
import { asTable, checkRandomly, type Happening, remaining } from './random-tables.ts'

function messageOf(work: () => void): string {
  try {
    work()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  return 'Nothing failed.'
}

test('a failure says its seed and the least that makes it fail', () => {
  const holdsFives = (list: readonly Happening[]) => {
    const fives = list.filter((one) => 'item' in one && one.item.n === 5)
    if (fives.length > 1) throw new Error(`There are ${fives.length} fives.`)
  }
  const message = messageOf(() => checkRandomly(500, holdsFives))
  expect(message).toMatch(/^Seed \d+, shortened to \[/)
  expect(message).toMatch(/There are 2 fives\.$/)
  const [, least = ''] = /shortened to (.*):/.exec(message) ?? []
  expect(JSON.parse(least)).toHaveLength(2)
})

test('random tables are well formed, and end with the rows that remain', () => {
  checkRandomly(500, (list) => {
    const elements = asTable(list).flatMap((one) => ('clock' in one ? [] : [one]))
    checkTable(elements, ['id'], remaining(list))
  })
})

const row = (id: number, n: number) => ({ id, n })

test.each([
  ['a row that is there already', ['+I', row(1, 1)], ['+I', row(1, 2)], 'A row is there already'],
  ['a row that is not there', ['+I', row(1, 1)], ['-D', row(2, 1)], 'A row is not there like this'],
  ['a row as it is not', ['+I', row(1, 1)], ['-D', row(1, 2)], 'A row is not there like this'],
  ['a row that replaces none', ['+I', row(1, 1)], ['+U', row(1, 2)], '-U and +U are not a pair'],
  ['a row that nothing replaces', ['+I', row(1, 1)], ['-U', row(1, 1)], 'No +U at the end'],
] as const)('a changelog with %s is found out', (_, first, second, fault) => {
  const elements = [first, second].map(([change, values]) => ({ change, row: values }))
  expect(messageOf(() => materialized(elements, ['id']))).toContain(fault)
})

/** Random tables are tables, and a changelog that is none is found out. */

import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { checkTable, materialized } from './changelog.ts'
import { asTable, randomHappenings, remaining } from './random-tables.ts'

function messageOf(work: () => void): string {
  try {
    work()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  return 'Nothing failed.'
}

test('random tables are well formed, and end with the rows that remain', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const list = randomHappenings(seededRandom(seed))
    const elements = asTable(list).flatMap((one) => ('clock' in one ? [] : [one]))
    checkTable(elements, ['id'], remaining(list))
  }
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

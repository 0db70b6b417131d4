/** What passes a filter, and what becomes of the rest. */

import { record, runOperator, stream, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { refusals } from '../testing/refusals.ts'
import { filter } from './filter.ts'

const columns = { n: 'integer' }

test('only records for which the condition is TRUE pass, and watermarks keep their place', () => {
  const input = stream(columns, [
    record({ n: 1 }, 1),
    record({ n: 5 }, 2),
    watermark(2),
    record({}, 3),
  ])
  const { outputs, ledger } = runOperator(filter, { where: 'n > 2' }, { in: input })
  expect(outputs['out']).toEqual([record({ n: 5 }, 2), watermark(2)])
  expect(ledger.toJson()).toMatchObject({ in: 3, passed: 1, filtered: 2 })
})

test('a record that cannot be calculated with leaves through errors with the reason', () => {
  const input = stream(columns, [record({ n: 0 }, 1), record({ n: 1 }, 2)])
  const { outputs, ledger } = runOperator(filter, { where: '10 / n > 2' }, { in: input })
  expect(outputs['out']).toEqual([record({ n: 1 }, 2)])
  expect(outputs['errors']).toMatchObject([{ row: { raw: '{"n":0}', node: 'tested', line: null } }])
  expect(ledger.deadLettered).toBe(1)
})

test('with onError "fail", such a record stops the job and is named', () => {
  const input = stream(columns, [record({ n: 0 }, 1)])
  const config = { where: '10 / n > 2', onError: 'fail' }
  const { failure } = runOperator(filter, config, { in: input })
  expect(failure?.message).toContain('{"n":0}')
})

test('of a long record, such a failure shows the beginning and the length', () => {
  const input = stream({ n: 'integer', text: 'string' }, [
    record({ n: 0, text: '😀'.repeat(500) }, 1),
  ])
  const config = { where: '10 / n > 2', onError: 'fail' }
  const { failure } = runOperator(filter, config, { in: input })
  expect(failure?.message).toContain(`{"n":0,"text":"${'😀'.repeat(92)}… (1017 characters).`)
})

test('a condition that reads the clock is refused on a table', () => {
  const table = {
    schema: columns,
    table: { changes: 'retract', key: ['n'] },
    elements: [],
  } as const
  expect(refusals(filter, { where: 'NOW() IS NULL' }, { in: table })).toEqual([
    'volatile-on-table where The input is a table, and NOW() may be another value when a row is withdrawn than ' +
      'when it was added, so that the two would not match. Compute it in a select before the records become a ' +
      'table, or use a column with a time instead.',
  ])
})

test('a condition over an unknown column is refused at its place', () => {
  const run = () => runOperator(filter, { where: 'm > 2' }, { in: stream(columns, []) })
  expect(run).toThrow('"m"')
})

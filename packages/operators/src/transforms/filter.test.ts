/** What passes a filter, and what becomes of the rest. */

import { record, runOperator, stream, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
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

test('a condition over an unknown column is refused at its place', () => {
  const run = () => runOperator(filter, { where: 'm > 2' }, { in: stream(columns, []) })
  expect(run).toThrow('"m"')
})

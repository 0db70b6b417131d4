/** What people see of the groups that windows and aggregates keep. */

import type { OperatorDefinition } from '@millrace/engine'
import { record, runOperator, stream } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { groupAggregate } from './tables/group-aggregate.ts'
import { hoppingWindow } from './windows/hopping-window.ts'
import { sessionWindow } from './windows/session-window.ts'
import { tumblingWindow } from './windows/tumbling-window.ts'

const NUMBERS = { trips: 'COUNT(*)', mean: 'ROUND(AVG(km), 1)', longest: 'MAX(km)' }
const SCHEMA = { user: 'string', day: 'timestamp', km: 'integer' } as const
const DAY = '2026-01-01T00:00:00.000Z'

/** After trips of 4 and 9 km. */
function shown(
  operator: OperatorDefinition,
  settings: Record<string, unknown>,
  table = 'groups',
): unknown {
  const given = [4, 9].map((km, at) => record({ user: 'ada', day: Date.parse(DAY), km }, at))
  const { state } = runOperator(operator, settings, { in: stream(SCHEMA, given) }, { open: true })
  const kept = state.reading<unknown>(table)
  const [namespace = 0] = kept.namespaces()
  const [value] = [...kept.entries(namespace)].map(([, inner]) => inner)
  return JSON.parse(JSON.stringify(value, (_, inner) => state.shown(inner, table)))
}

const EXPECTED = { user: 'ada', trips: 2, mean: 6.5, longest: 9 }

test('windows show group columns and results by name, whether they are kept as numbers or not', () => {
  const settings = { size: '10ms', groupBy: ['user'], aggregates: NUMBERS }
  expect(shown(tumblingWindow, settings)).toEqual(EXPECTED)
  expect(shown(hoppingWindow, { ...settings, slide: '10ms' })).toEqual(EXPECTED)
  const aggregates = { ...NUMBERS, all: 'COLLECT(km)' }
  expect(shown(tumblingWindow, { ...settings, aggregates })).toEqual({ ...EXPECTED, all: [4, 9] })
})

test('a window of all records, by a time', () => {
  const settings = { size: '10ms', groupBy: ['day'], aggregates: { trips: 'COUNT(*)' } }
  expect(shown(tumblingWindow, settings)).toEqual({ day: DAY, trips: 2 })
  expect(shown(tumblingWindow, { ...settings, groupBy: [] })).toEqual({ trips: 2 })
})

test('sessions show what else they note, too', () => {
  const settings = { gap: '1s', groupBy: ['user'], aggregates: { ...NUMBERS, all: 'COLLECT(km)' } }
  expect(JSON.stringify(shown(sessionWindow, settings, 'sessions'))).toContain(
    '"user":"ada","trips":2,"mean":6.5,"longest":9,"all":[4,9]',
  )
})

test('groups that live for ever show what they are at', () => {
  const settings = { groupBy: ['user'], aggregates: NUMBERS }
  expect(shown(groupAggregate, settings)).toEqual(EXPECTED)
  expect(shown(groupAggregate, { ...settings, stateTimeToLive: '1h' })).toEqual(EXPECTED)
})

test('a group of which a result has no value is shown as it is kept', () => {
  const settings = { size: '10ms', groupBy: ['user'], aggregates: { odd: '1 / (COUNT(*) - 2)' } }
  expect(shown(tumblingWindow, settings)).toMatchObject({ values: ['ada'], accumulator: [2] })
})

/**
 * Sinks do what they say when their job crashes, at every place. What is counted here stands in
 * `docs/guarantees.json`, and from there in the README; `vitest -u` writes it anew.
 */

import { beforeAll, expect, test } from 'vitest'
import { mayLose, mayRepeat } from '../../packages/pipeline/src/index.ts'
import { CATALOGUE } from '../jobs/catalogue.ts'
import { type MeasuredSink, measureSinks, SUBJECTS } from './measure.ts'

let measured: readonly MeasuredSink[]

beforeAll(async () => {
  measured = await measureSinks()
})

test('every sink is measured', () => {
  const sinks = [...CATALOGUE.values()].filter(({ category }) => category === 'sink')
  expect([...new Set(SUBJECTS.map(({ sink }) => sink))].sort()).toEqual(
    sinks.map(({ id }) => id).sort(),
  )
})

test('no sink loses or repeats what it says it does not', () => {
  for (const { sink, to, withCheckpoints, without } of measured) {
    const guarantee = CATALOGUE.get(sink)?.guarantee
    if (guarantee === undefined) throw new Error(`"${sink}" promises nothing.`)
    const ways = [
      [guarantee.withCheckpoints, withCheckpoints],
      [guarantee.without, without],
    ] as const
    for (const [delivery, { crashes, lost, repeated }] of ways) {
      expect(crashes).toBeGreaterThan(5)
      if (!mayLose(delivery)) expect([sink, to, lost]).toEqual([sink, to, 0])
      if (!mayRepeat(delivery)) expect([sink, to, repeated]).toEqual([sink, to, 0])
    }
  }
})

test('a sink that says it may repeat does, so the counting sees it', () => {
  for (const id of ['topic-sink', 'http-sink']) {
    expect(measured.find(({ sink }) => sink === id)?.without.repeated).toBeGreaterThan(0)
  }
})

test('with checkpoints, an endpoint that knows keys takes each record once', () => {
  const found = measured.find(({ to }) => to !== undefined)
  expect(found?.withCheckpoints).toMatchObject({ lost: 0, repeated: 0 })
})

test('what was counted is what the docs say', async () => {
  const text = `${JSON.stringify(measured, null, 2)}\n`
  await expect(text).toMatchFileSnapshot('../../docs/guarantees.json')
})

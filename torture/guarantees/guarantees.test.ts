/**
 * Sinks do what they say when their job crashes, at every place. What is counted here stands in
 * `docs/guarantees.json`, and from there in the README; where it differs in more than a few places,
 * `vitest -u` writes it anew.
 */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { mayLose, mayRepeat } from '../../packages/pipeline/src/index.ts'
import { CATALOGUE } from '../jobs/catalogue.ts'
import type { Counted } from './crash-places.ts'
import { type MeasuredSink, measureSinks, SUBJECTS } from './measure.ts'

const FILE = fileURLToPath(new URL('../../docs/guarantees.json', import.meta.url))

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
  if (existsSync(FILE)) {
    const stored = JSON.parse(readFileSync(FILE, 'utf8')) as readonly MeasuredSink[]
    if (isAlike(stored, measured)) return
  }
  await expect(`${JSON.stringify(measured, null, 2)}\n`).toMatchFileSnapshot(FILE)
})

/**
 * A slice or an operation of the disk more is a place more, and says nothing else. Whether anything
 * was lost or repeated must be the same, and about as many places.
 */
function isAlike(stored: readonly MeasuredSink[], now: readonly MeasuredSink[]): boolean {
  if (stored.length !== now.length) return false
  return now.every(({ sink, to, withCheckpoints, without }, index) => {
    const before = stored[index]
    if (before === undefined || before.sink !== sink || before.to !== to) return false
    return isClose(before.withCheckpoints, withCheckpoints) && isClose(before.without, without)
  })
}

function isClose(before: Counted, now: Counted): boolean {
  const places = Math.abs(before.crashes - now.crashes) <= now.crashes / 4
  const losses = before.lost === now.lost
  return places && losses && (before.repeated === 0) === (now.repeated === 0)
}

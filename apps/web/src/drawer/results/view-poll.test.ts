/** Checks how often a sink is read. */

import { expect, test } from 'vitest'
import { createManualEnv } from '../../live/testing/manual-env.ts'
import type { SinkView } from './result-rows.ts'
import { openViewPoll } from './view-poll.ts'

const view = (total: number): SinkView => ({ columns: [], rows: [], total })

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

test('a sink is read once a second while the job runs, and once more after it has ended', async () => {
  const env = createManualEnv()
  let reads = 0
  let active = true
  const poll = openViewPoll(
    async () => view(++reads),
    () => active,
    env,
  )
  await settle()
  env.advance(1_000)
  await settle()
  expect(poll.state.get().view?.total).toBe(2)
  active = false
  env.advance(1_000)
  await settle()
  env.advance(60_000)
  await settle()
  expect(reads).toBe(3)
})

test('a read that is refused says why, keeps the rows and is tried again', async () => {
  const env = createManualEnv()
  const answers: (SinkView | string)[] = [view(1), 'The server does not answer.', view(3)]
  const poll = openViewPoll(
    async () => answers.shift() ?? view(9),
    () => true,
    env,
  )
  await settle()
  env.advance(1_000)
  await settle()
  expect(poll.state.get()).toEqual({ view: view(1), refusal: 'The server does not answer.' })
  env.advance(1_000)
  await settle()
  expect(poll.state.get()).toEqual({ view: view(3), refusal: undefined })
})

test('nobody looks, nothing is read', async () => {
  const env = createManualEnv()
  let reads = 0
  const poll = openViewPoll(
    async () => view(++reads),
    () => true,
    env,
  )
  poll.close()
  await settle()
  env.advance(10_000)
  await settle()
  expect([reads, poll.state.get().view]).toEqual([1, undefined])
})

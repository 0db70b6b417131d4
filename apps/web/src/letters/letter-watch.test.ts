/** The live counts of dead letters: told by the host, and read no more often than once a second. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import type { Api } from '../api/api.ts'
import { createManualEnv } from '../live/testing/manual-env.ts'
import { createLetterWatch } from './letter-watch.ts'

const LIMITS = { countMax: 1, bytesMax: 1, keepMs: 1, keepDiscardedMs: 1 }

function booksOf(open: number): wire.LetterBooks {
  return {
    ...{ open, sent: 0, done: 0, bytes: 0, seen: open, discarded: 0, expired: 0, displaced: 0 },
    limits: LIMITS,
  }
}

function watched() {
  const env = createManualEnv()
  const answers: ((open: number | 'away') => void)[] = []
  let tell: (changed: wire.LettersChanged) => void = () => {}
  let connect: () => void = () => {}
  const call = () =>
    new Promise((resolve) => {
      answers.push((open) =>
        resolve(
          open === 'away'
            ? { kind: 'away', message: 'Away.' }
            : { kind: 'done', reply: { groups: [], books: booksOf(open) } },
        ),
      )
    })
  const connection = {
    on: (_: string, listener: (event: never) => void) => {
      tell = listener as never
      return () => {
        tell = () => {}
      }
    },
    onConnected: (listener: () => void) => {
      connect = listener
      return () => {}
    },
  }
  const watch = createLetterWatch({
    ...{ pipelineId: 'p', env, connection },
    api: { call: call as unknown as Api['call'] },
  })
  const answer = async (open: number | 'away') => {
    answers.at(-1)?.(open)
    await Promise.resolve()
    await Promise.resolve()
  }
  return {
    watch,
    env,
    answer,
    asked: () => answers.length,
    tell: (open: number, pipelineId = 'p') => tell({ pipelineId, books: booksOf(open) }),
    connect: () => connect(),
  }
}

test('counts are shown as soon as they are told, and the causes are read once a second', async () => {
  const { watch, env, answer, asked, tell } = watched()
  const open = () => watch.counts.get().books?.open
  expect([open(), asked()]).toEqual([undefined, 1])
  await answer(3)
  expect(open()).toBe(3)
  for (let count = 4; count < 10; count++) tell(count)
  expect([open(), asked(), watch.changes.get()]).toEqual([9, 1, 6])
  env.advance(1_000)
  expect(asked()).toBe(2)
  tell(10)
  await answer(9)
  env.advance(1_000)
  expect(asked()).toBe(3)
  await answer(10)
  env.advance(10_000)
  expect([open(), asked()]).toEqual([10, 3])
})

test('what other pipelines refuse is no news', async () => {
  const { watch, env, answer, asked, tell } = watched()
  await answer(1)
  tell(7, 'other')
  env.advance(10_000)
  expect([watch.counts.get().books?.open, watch.changes.get(), asked()]).toEqual([1, 0, 1])
})

test('while the server is away the last counts stay, with why, and it is asked again', async () => {
  const { watch, env, answer, asked, connect } = watched()
  await answer(2)
  connect()
  env.advance(1_000)
  await answer('away')
  expect(watch.counts.get()).toMatchObject({ books: { open: 2 }, message: 'Away.' })
  env.advance(5_000)
  expect(asked()).toBe(3)
  await answer(4)
  expect(watch.counts.get()).toMatchObject({ books: { open: 4 }, message: undefined })
})

test('closed, it asks no more', async () => {
  const { watch, env, answer, asked } = watched()
  await answer('away')
  watch.close()
  env.advance(60_000)
  expect(asked()).toBe(1)
})

/** News of dead letters: a flood of changes is told a few times, and the last change always. */

import { VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { LetterNews } from './letter-news.ts'

test('a thousand changes within a second are told four times a pipeline, the last one too', () => {
  const env = new VirtualEnv(0)
  const told: (readonly [string, number])[] = []
  const news = new LetterNews(env.timers, (id) => told.push([id, env.clock.nowMs()]))
  for (let ms = 0; ms < 1000; ms++) {
    news.changed(ms === 999 ? ['a', 'b'] : ['a'])
    env.advance(1)
  }
  env.advance(1000)
  const times = (id: string) => told.filter(([of]) => of === id).map(([, atMs]) => atMs)
  expect(times('a').length).toBeLessThanOrEqual(4)
  expect(times('a').at(-1)).toBeGreaterThanOrEqual(999)
  expect(times('b')).toHaveLength(1)
})

test('nothing is told of what has not changed, or after the end', () => {
  const env = new VirtualEnv(0)
  const told: string[] = []
  const news = new LetterNews(env.timers, (id) => told.push(id))
  news.changed([])
  env.advance(1000)
  news.changed(['a'])
  news.close()
  env.advance(1000)
  expect(told).toEqual([])
})

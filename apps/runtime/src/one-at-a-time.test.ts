/** What must not meet, and what may. */

import { expect, test } from 'vitest'
import { OneAtATime } from './one-at-a-time.ts'

test('what is of one thing comes one after the other, also behind a failure, and others do not wait', async () => {
  const turns = new OneAtATime()
  const seen: string[] = []
  let goOn = () => {}
  const first = turns.run('a', async () => {
    seen.push('first')
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
    throw new Error('It went wrong.')
  })
  const second = turns.run('a', async () => {
    seen.push('second')
    return 2
  })
  expect(await turns.run('b', async () => 'other')).toBe('other')
  expect(seen).toEqual(['first'])
  goOn()
  await expect(first).rejects.toThrow('It went wrong.')
  expect(await second).toBe(2)
  expect(seen).toEqual(['first', 'second'])
})

/** Pages of letters: what comes meanwhile moves none, and an empty one leads to the first. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import type { Api } from '../api/api.ts'
import { LetterList } from './letter-list.ts'

/** As the host answers: the newest first, `next` where there are more. */
function host(count: number) {
  let letters = Array.from({ length: count }, (_, index) => count - index)
  const call = async (_: string, { query }: { query: { before?: string; limit: string } }) => {
    const before = Number(query.before ?? Number.POSITIVE_INFINITY)
    const limit = Number(query.limit)
    const page = letters.filter((seq) => seq < before).slice(0, limit)
    const more = page.length === limit ? { next: page.at(-1) } : {}
    const found = page.map((seq) => ({ letter: `${seq}` }) as wire.LetterSummary)
    return { kind: 'done', reply: { letters: found, ...more } }
  }
  return {
    api: { call: call as unknown as Api['call'] },
    set: (next: number[]) => {
      letters = next
    },
    get: () => letters,
  }
}

async function settled(list: LetterList) {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  const { number, letters, hasOlder } = list.page.get()
  return [number, letters[0]?.letter, letters.length, hasOlder]
}

test('pages follow each other and back, and new letters come on the first alone', async () => {
  const { api, set, get } = host(250)
  const list = new LetterList({ pipelineId: 'p', api, group: 1, shelf: 'open' })
  expect(await settled(list)).toEqual([0, '250', 100, true])
  list.showOlder()
  expect(await settled(list)).toEqual([1, '150', 100, true])
  set([252, 251, ...get()])
  await list.refresh()
  expect(await settled(list)).toEqual([1, '150', 100, true])
  list.showOlder()
  expect(await settled(list)).toEqual([2, '50', 50, false])
  list.showOlder()
  expect(await settled(list)).toEqual([2, '50', 50, false])
  list.showNewer()
  list.showNewer()
  await settled(list)
  list.showNewer()
  expect(await settled(list)).toEqual([0, '252', 100, true])
})

test('an older page of which nothing is left gives way to the first', async () => {
  const { api, set } = host(150)
  const list = new LetterList({ pipelineId: 'p', api, group: 1, shelf: 'open' })
  await settled(list)
  list.showOlder()
  expect(await settled(list)).toEqual([1, '50', 50, false])
  set([150, 149])
  await list.refresh()
  expect(await settled(list)).toEqual([0, '150', 2, false])
})

test('a page that is asked for comes, though what is shown is read again meanwhile', async () => {
  const { api } = host(250)
  const list = new LetterList({ pipelineId: 'p', api, group: 1, shelf: 'open' })
  await settled(list)
  list.showOlder()
  await list.refresh()
  expect(await settled(list)).toEqual([1, '150', 100, true])
  list.showNewer()
  await list.refresh()
  expect(await settled(list)).toEqual([0, '250', 100, true])
})

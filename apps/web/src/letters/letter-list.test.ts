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

/** As the host answers a search: what it has looked at so far, though it has found nothing. */
function searched(answers: readonly { letters: readonly number[]; next?: number }[]) {
  const asked: (string | undefined)[] = []
  const waiting: (() => void)[] = []
  const call = async (_: string, { query }: { query: Record<string, string> }) => {
    const answer = answers[asked.length % answers.length]
    asked.push(query.before)
    await new Promise<void>((resolve) => waiting.push(resolve))
    const letters = answer?.letters.map((seq) => ({ letter: `${seq}` }) as wire.LetterSummary)
    return { kind: 'done', reply: { letters, next: answer?.next } }
  }
  const api = { call: call as unknown as Api['call'] }
  const list = new LetterList({ pipelineId: 'p', api, group: 1, shelf: 'open', search: 'x' })
  const step = async () => {
    for (const answer of waiting.splice(0)) answer()
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    const { phase, letters, hasOlder } = list.page.get()
    return [phase, letters.map(({ letter }) => letter), hasOlder]
  }
  return { list, asked, step }
}

test('a search is asked to go on until it is at its end, and shows what it has found so far', async () => {
  const { list, asked, step } = searched([
    { letters: [90], next: 50 },
    { letters: [], next: 20 },
    { letters: [7] },
  ])
  expect(await step()).toEqual(['reading', ['90'], false])
  // A letter that comes meanwhile does not begin it anew.
  await list.refresh()
  expect(await step()).toEqual(['reading', ['90'], false])
  expect(await step()).toEqual(['read', ['90', '7'], false])
  expect(asked).toEqual([undefined, '50', '20'])
  void list.refresh()
  expect(await step()).toEqual(['read', ['90', '7'], false])
  expect(asked).toEqual([undefined, '50', '20', undefined, '50'])
})

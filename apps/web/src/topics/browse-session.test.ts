/** What the page of a topic's records asks for, and what it shows. */

import { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import type { Api } from '../api/api.ts'
import { createBrowseSession, LIVE_RECORDS } from './browse-session.ts'

/** One partition with as many records as have been written, which answers as the host does. */
class FakeTopic {
  written = 0
  away = false
  readonly queries: string[] = []
  readonly timers: (() => void)[] = []

  readonly api: Pick<Api, 'call'> = {
    call: (async (_: 'browseTopic', { query }: { query: Record<string, string> }) => {
      this.queries.push(JSON.stringify(query))
      if (this.away) return { kind: 'away', message: 'Away.' }
      return { kind: 'done', reply: this.#page(query) }
    }) as Api['call'],
  }

  readonly env = {
    after: (_: number, act: () => void) => {
      this.timers.push(act)
      return () => {
        this.timers.splice(this.timers.indexOf(act), 1)
      }
    },
  }

  #page(given: Record<string, string>): wire.BrowsedTopic {
    const { limit, before, after, from, offset } = wire.browseTopicQuery.parse(given)
    const at = Number(
      (after ?? before)?.split(':')[1] ?? offset ?? (from === 'latest' ? this.written : 0),
    )
    const back = before !== undefined || from === 'latest'
    const [start, end] = back ? [at - limit, at] : [at, at + limit]
    const [first, last] = [Math.max(0, start), Math.min(this.written, end)]
    const records = Array.from({ length: last - first }, (_, index) => ({
      ...{ partition: 0, offset: first + index, timestampMs: 0 },
      ...{ key: null, value: null, headers: [] },
    }))
    return {
      ...{ records, first: `0:${first}`, last: `0:${last}` },
      ...{ older: first, newer: this.written - last },
    }
  }

  open() {
    const session = createBrowseSession(this.api, this.env, 'orders')
    return {
      session,
      /** The first and the last offset that is shown. */
      shown: () => {
        const { records } = session.view.get()
        return [records.at(0)?.offset, records.at(-1)?.offset]
      },
    }
  }

  /** A second goes by. */
  async tick(): Promise<void> {
    for (const act of this.timers.splice(0)) act()
    await settled()
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

test('opens at the newest, and goes back and forth from there', async () => {
  const topic = new FakeTopic()
  topic.written = 250
  const { session, shown } = topic.open()
  expect(session.view.get().phase).toBe('loading')
  await settled()
  expect(shown()).toEqual([150, 249])
  expect(session.view.get()).toMatchObject({ phase: 'shown', older: 150, newer: 0 })
  session.showOlder()
  await settled()
  expect(shown()).toEqual([50, 149])
  session.showOlder()
  await settled()
  expect(shown()).toEqual([0, 49])
  session.showOlder()
  session.showNewer()
  await settled()
  expect(shown()).toEqual([50, 149])
})

test('begins where it is asked to: at an offset, the earliest, or in another partition', async () => {
  const topic = new FakeTopic()
  topic.written = 500
  const { session, shown } = topic.open()
  session.open(0, { kind: 'offset', offset: 120 })
  await settled()
  expect(shown()).toEqual([120, 219])
  expect(topic.queries.at(-1)).toBe('{"partition":"0","offset":"120","limit":"100"}')
  session.open(undefined, { kind: 'earliest' })
  await settled()
  expect(shown()).toEqual([0, 99])
})

test('an answer that comes after another question is not shown', async () => {
  const topic = new FakeTopic()
  topic.written = 500
  const { session, shown } = topic.open()
  session.open(0, { kind: 'offset', offset: 7 })
  await settled()
  expect(shown()).toEqual([7, 106])
  expect(topic.queries).toHaveLength(2)
})

test('live, what is written is added below, and the oldest go', async () => {
  const topic = new FakeTopic()
  topic.written = 100
  const { session, shown } = topic.open()
  await settled()
  session.setLive(true)
  await settled()
  for (let second = 1; second <= 8; second++) {
    topic.written += 90
    await topic.tick()
  }
  expect(shown()).toEqual([820 - LIVE_RECORDS, 819])
  expect(session.view.get()).toMatchObject({ older: 820 - LIVE_RECORDS, passedOver: 0 })
  session.showOlder()
  await settled()
  expect(session.view.get().live).toBe(false)
  expect(shown()).toEqual([320, 419])
  expect(topic.timers).toEqual([])
})

test('live, where more comes than can be shown, the newest are shown and the others counted', async () => {
  const topic = new FakeTopic()
  topic.written = 100
  const { session, shown } = topic.open()
  await settled()
  session.setLive(true)
  await settled()
  topic.written = 5_100
  await topic.tick()
  expect(shown()).toEqual([5_000, 5_099])
  expect(session.view.get().passedOver).toBe(4_900)
  await topic.tick()
  expect(session.view.get().passedOver).toBe(4_900)
})

test('live, it goes on when the host is back', async () => {
  const topic = new FakeTopic()
  const { session, shown } = topic.open()
  await settled()
  session.setLive(true)
  await settled()
  topic.away = true
  await topic.tick()
  expect(session.view.get().message).toBe('Away.')
  topic.away = false
  topic.written = 3
  await topic.tick()
  expect(shown()).toEqual([0, 2])
  expect(session.view.get().message).toBeUndefined()
})

test('where the first question is refused there is nothing but the reason', async () => {
  const topic = new FakeTopic()
  topic.away = true
  const { session } = topic.open()
  await settled()
  expect(session.view.get()).toMatchObject({ phase: 'refused', message: 'Away.' })
  session.close()
  expect(topic.timers).toEqual([])
})

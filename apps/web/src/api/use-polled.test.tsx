/** What is asked for again and again, and stays as it is while it is held. */

import { act, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { expect, test } from 'vitest'
import { createManualEnv } from '../live/testing/manual-env.ts'
import type { Answer } from './api.ts'
import { usePolled } from './use-polled.ts'

interface Asked {
  readonly what: string
  answer(text: string): Promise<void>
}

interface ShownProps {
  readonly read: () => Promise<Answer<string>>
  readonly everyMs: number | undefined
  readonly env: Parameters<typeof usePolled>[2]
}

function Shown({ read, everyMs, env }: ShownProps): ReactNode {
  return usePolled(read, everyMs, env).value ?? 'nothing yet'
}

function polled() {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const env = createManualEnv()
  const asked: Asked[] = []
  const readerOf = (what: string) => (): Promise<Answer<string>> =>
    new Promise((resolve) => {
      asked.push({
        what,
        answer: (reply) => act(async () => resolve({ kind: 'done', reply })),
      })
    })
  const readers = { a: readerOf('a'), b: readerOf('b') }
  const page = document.createElement('div')
  const root = createRoot(page)
  const show = (what: 'a' | 'b', everyMs: number | undefined) =>
    act(() => root.render(<Shown read={readers[what]} everyMs={everyMs} env={env} />))
  return { env, asked, page, show, end: () => act(() => root.unmount()) }
}

test('the host is asked at once, and again so long after each answer', async () => {
  const { env, asked, page, show, end } = polled()
  show('a', 1000)
  expect(page.textContent).toBe('nothing yet')
  await asked[0]?.answer('one')
  expect(page.textContent).toBe('one')
  env.advance(999)
  expect(asked).toHaveLength(1)
  env.advance(1)
  await asked[1]?.answer('two')
  expect(page.textContent).toBe('two')
  end()
  env.advance(5000)
  expect(asked).toHaveLength(2)
})

test('what is held stays, also where an answer is under way, until something else is asked for', async () => {
  const { env, asked, page, show, end } = polled()
  show('a', 1000)
  await asked[0]?.answer('one')
  env.advance(1000)
  show('a', undefined)
  await asked[1]?.answer('two')
  env.advance(100_000)
  expect(page.textContent).toBe('one')
  expect(asked).toHaveLength(2)
  show('b', undefined)
  await asked[2]?.answer('other')
  env.advance(100_000)
  expect(page.textContent).toBe('other')
  expect(asked.map(({ what }) => what)).toEqual(['a', 'a', 'b'])
  show('b', 1000)
  await asked[3]?.answer('newer')
  expect(page.textContent).toBe('newer')
  end()
})

test('what is held before there is anything is asked for once', async () => {
  const { env, asked, page, show, end } = polled()
  show('a', 1000)
  show('a', undefined)
  await asked[0]?.answer('one')
  await asked[1]?.answer('two')
  env.advance(100_000)
  expect(page.textContent).toBe('two')
  expect(asked).toHaveLength(2)
  end()
})

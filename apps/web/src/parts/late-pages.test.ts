/** Whoever goes to a page stays where they are until it is there. */

import { lazy } from 'react'
import { beforeEach, expect, test } from 'vitest'
import { comingPage, createLatePage, goWhenThere, type Loading } from './late-pages.ts'

beforeEach(() => comingPage.setState(undefined, true))

function begin() {
  let come = (): void => undefined
  const arrival = new Promise<void>((resolve) => {
    come = resolve
  })
  const loading: Loading = {
    latePart: (get) => lazy(get),
    loadPart: async (get) => {
      await arrival
      return get()
    },
  }
  const page = createLatePage(loading, async () => ({ default: () => null }))
  const shown = ['/pipelines/a']
  const here = () => shown.at(-1) ?? ''
  const go = goWhenThere((path) => (path === '/topics' ? page : undefined), here)
  return {
    shown,
    go: (to: string) => go((path) => shown.push(path), to),
    /** Lets the code of the page come, and what waits for it go on. */
    async come() {
      come()
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    },
  }
}

test('a page that is there is shown at once', async () => {
  const { go, shown, come } = begin()
  go('/pipelines/b?x=1')
  expect(shown).toEqual(['/pipelines/a', '/pipelines/b?x=1'])
  go('/topics')
  await come()
  go('/pipelines/a')
  go('/topics#late')
  expect(shown.slice(2)).toEqual(['/topics', '/pipelines/a', '/topics#late'])
})

test('one that has not come is shown when it comes, and until then it is said where one goes', async () => {
  const { go, shown, come } = begin()
  go('/topics')
  expect(shown).toEqual(['/pipelines/a'])
  expect(comingPage.getState()?.to).toBe('/topics')
  await come()
  expect(shown).toEqual(['/pipelines/a', '/topics'])
  expect(comingPage.getState()).toBeUndefined()
})

test('who stays, or has gone elsewhere meanwhile, is not taken there', async () => {
  const staying = begin()
  staying.go('/topics')
  comingPage.getState()?.stay()
  expect(comingPage.getState()).toBeUndefined()
  await staying.come()
  expect(staying.shown).toEqual(['/pipelines/a'])

  const elsewhere = begin()
  elsewhere.go('/topics')
  elsewhere.go('/pipelines/b')
  await elsewhere.come()
  expect(elsewhere.shown).toEqual(['/pipelines/a', '/pipelines/b'])

  const back = begin()
  back.go('/topics')
  back.shown.push('/pipelines/before')
  await back.come()
  expect(back.shown.at(-1)).toBe('/pipelines/before')
  expect(comingPage.getState()).toBeUndefined()
})

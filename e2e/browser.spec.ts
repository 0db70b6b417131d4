/** The browser is started as it is meant to be. */

import { readFileSync } from 'node:fs'
import { expect, test } from './fixtures.ts'
import { descendants } from './millrace-process.ts'

const SWITCH = '--disable-features='

// Needs a browser, which then is a child of this process.
test('what Playwright switches off in the browser stays off beside what we do', ({ browser }) => {
  expect(browser.isConnected()).toBe(true)
  const commands = descendants(process.pid).map((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'),
  )
  const started = commands.find((words) => words.includes('--remote-debugging-pipe')) ?? []
  const lists = started
    .filter((word) => word.startsWith(SWITCH))
    .map((word) => word.slice(SWITCH.length).split(','))
  expect(lists.length).toBeGreaterThanOrEqual(2)
  // Chromium reads the last of them alone.
  expect(lists.at(-1)).toEqual(expect.arrayContaining(lists.flat()))
})

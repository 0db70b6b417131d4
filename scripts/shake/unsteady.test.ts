/** Tests are run in unsteady processes by `pnpm shake`: what is promised of those holds. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const UNSTEADY = new URL('./unsteady.mjs', import.meta.url)
const SENDER = fileURLToPath(new URL('./testing/sender.mjs', import.meta.url))

test('the disk of an unsteady process is slow, and its messages come once and in order', async () => {
  const child = fork(SENDER, { execArgv: [`--import=${UNSTEADY.href}`] })
  const heard: unknown[] = []
  child.on('message', (message) => heard.push(message))
  await once(child, 'disconnect')
  expect(heard).toEqual(['slow', ...Array.from({ length: 50 }, (_, index) => index + 1)])
})

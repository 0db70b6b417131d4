/** What the commands of this repository say where they are given what they do not take. */

import { parseArgs } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { withUsage } from './usage.mjs'

const USAGE = 'pnpm proof [name]... [--events N]\n'

afterEach(() => {
  vi.restoreAllMocks()
})

function listen(stream: 'stdout' | 'stderr') {
  return vi.spyOn(process[stream], 'write').mockReturnValue(true)
}

test.each(['--help', '-h'])('%s prints what the command takes, and runs nothing', async (word) => {
  const printed = listen('stdout')
  expect(await withUsage(USAGE, ['q4', word], () => Promise.reject(new Error('It ran.')))).toBe(0)
  expect(printed).toHaveBeenCalledWith(USAGE)
})

test('an option that there is not is named, with what there is', async () => {
  const said = listen('stderr')
  const main = async () => {
    parseArgs({ args: ['--event', '5'], options: { events: { type: 'string' } } })
    return 0
  }
  expect(await withUsage(USAGE, ['--event', '5'], main)).toBe(2)
  expect(said).toHaveBeenCalledWith(`Unknown option '--event'.\n${USAGE}`)
})

test('what else goes wrong is thrown as it is', async () => {
  const error = new Error('It broke. Twice.')
  await expect(withUsage(USAGE, [], () => Promise.reject(error))).rejects.toBe(error)
  expect(await withUsage(USAGE, [], () => Promise.resolve(1))).toBe(1)
})

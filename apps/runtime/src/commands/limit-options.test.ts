/** What `millrace serve` is told about hosts and quotas, and what it refuses. */

import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../server/server-limits.ts'
import { LIMIT_OPTIONS } from './limit-option-list.ts'
import { type LimitOptions, readLimits } from './limit-options.ts'

test('nothing said is the default', () => {
  expect(readLimits({}, { MILLRACE_JOB_RATE: '' })).toEqual(DEFAULT_LIMITS)
})

test('options come before the environment', () => {
  const options = {
    engineHosts: '2',
    jobState: '64MB',
    turnLimit: '1s500ms',
    sharedTurnLimit: '200ms',
  }
  const environment = { MILLRACE_ENGINE_HOSTS: '7', MILLRACE_JOB_RATE: '500' }
  expect(readLimits(options, { ...environment, MILLRACE_ENGINE_MEMORY: '2GB' })).toEqual({
    ...DEFAULT_LIMITS,
    ...{ hostsMax: 2, turnMs: 1_500, sharedTurnMs: 200, memoryBytesMax: 2 * 2 ** 30 },
    quotas: { recordsPerSecond: 500, stateBytes: 64 * 2 ** 20 },
  })
})

test.each<[LimitOptions, Record<string, string>, string]>([
  [
    { engineHosts: '0' },
    {},
    '--engine-hosts is "0", which is not a whole number from 1 to 256. Choose one, or leave it out.',
  ],
  [
    { engineMemory: '64MB' },
    {},
    '--engine-memory is "64MB", which is not a size from 256MB to 16TB. Choose one, or leave it out.',
  ],
  [
    {},
    { MILLRACE_TURN_LIMIT: 'long' },
    'MILLRACE_TURN_LIMIT is "long", which is not a duration from 500ms to 1m. Choose one, or leave it out.',
  ],
  [
    { jobRate: '1.5' },
    {},
    '--job-rate is "1.5", which is not a whole number from 1 to 1000000000. Choose one, or leave it out.',
  ],
])('%o with %o is refused', (options, environment, refusal) => {
  expect(readLimits(options, environment)).toEqual({ refusal })
})

test('every option of the help is read', () => {
  for (const [words] of LIMIT_OPTIONS) {
    const [flag = ''] = words.split(' ')
    const variable = `MILLRACE_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`
    expect(readLimits({}, { [variable]: 'much' })).toHaveProperty('refusal')
  }
})

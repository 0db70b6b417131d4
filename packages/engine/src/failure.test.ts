/** Whose doing it is that a job has failed. */

import { expect, test } from 'vitest'
import { DiskError } from './env.ts'
import { JobFailed, toJobFailure } from './failure.ts'
import { TopicFailure } from './topics.ts'

test.each([
  [new JobFailed({ domain: 'user', retry: false, message: 'No.' }), 'user', false, 'No.'],
  [new TopicFailure('stopped', 'The disk reports an error.'), 'external', true, /^The disk/],
  [new TopicFailure('damaged', 'It is damaged.'), 'external', false, /^It is/],
  [new TopicFailure('unknown-topic', 'There is none.'), 'user', false, /^There is/],
  [new DiskError('other', '/a', 'The disk says no.'), 'external', true, /Look after the disk/],
  [new Error('x is undefined'), 'internal', false, /^Millrace has a bug here: x is undefined\. /],
])('%s: it is said who can mend it, and whether to try again', (error, domain, retry, message) => {
  const failure = toJobFailure(error, 'sink')
  expect(failure).toMatchObject({ domain, retry, nodeId: 'sink' })
  expect(failure.message).toMatch(message)
})

test('what no node has done names none', () => {
  expect(toJobFailure('odd', undefined)).not.toHaveProperty('nodeId')
})

/** Where jobs are placed, and which of them leave a crowded host. */

import { expect, test } from 'vitest'
import { chooseLeaver, chooseShared, type HostView, isLight, placementText } from './placement.ts'

const LIMITS = { hostsMax: 3, jobsMax: 10, crowdedShare: 0.75, settleMs: 0, spareAfterMs: 0 }
const GB = 2 ** 30
const HELD = { memoryBytesMax: GB, crowdedShare: 0.75 }

function host(changes: Partial<HostView>): HostView {
  return { number: 1, alone: false, jobCount: 0, threadShare: 0, memoryShare: 0.1, ...changes }
}

test.each([
  ['no host is there yet', [], undefined],
  ['there is room', [host({ jobCount: 9 })], [1, false]],
  ['it has all the jobs that it may', [host({ jobCount: 10 })], undefined],
  ['its thread is busy', [host({ threadShare: 0.8 })], undefined],
  ['its memory is full', [host({ memoryShare: 0.7 })], undefined],
  [
    'the other has less to do',
    [host({ jobCount: 5 }), host({ number: 2, jobCount: 4 })],
    [2, false],
  ],
  [
    'the other is for one job',
    [host({ jobCount: 5 }), host({ number: 2, alone: true })],
    [1, false],
  ],
  [
    'there may be no more hosts',
    [
      host({ threadShare: 0.9 }),
      host({ number: 2, alone: true }),
      host({ number: 3, threadShare: 0.8 }),
    ],
    [3, true],
  ],
] as const)('a new job is placed where %s', (_, hosts, expected) => {
  const chosen = chooseShared(hosts, LIMITS)
  expect(chosen && [chosen.host.number, chosen.isFull]).toEqual(expected)
})

const LIGHT = { share: 0.05, stateBytes: 2 ** 20 }

test.each([
  ['a busy thread, and one takes much of it', { threadShare: 0.9 }, 0.6, 0, 'busy'],
  ['a thread with room', { threadShare: 0.6 }, 0.5, 0, undefined],
  [
    'a busy thread that many share alike, and another is idle',
    { threadShare: 0.9 },
    0.2,
    0,
    'crowded',
  ],
  ['one keeps much state', {}, 0, 0.3, 'large'],
  ['memory is full, and one keeps more than the others', { memoryShare: 0.7 }, 0, 0.15, 'large'],
  ['memory has room for that', { memoryShare: 0.5 }, 0, 0.15, undefined],
  ['it is alone already', { threadShare: 1, alone: true }, 1, 0.9, undefined],
  ['it has nobody beside it', { threadShare: 1, jobCount: 1 }, 1, 0.9, undefined],
] as const)('who leaves a host: %s', (_, changes, share, part, reason) => {
  const heavy = { share, stateBytes: part * GB }
  const shared = host({ jobCount: 3, ...changes })
  const found = chooseLeaver(shared, [LIGHT, heavy, LIGHT], [host({ number: 2 })], HELD)
  expect(found?.reason).toBe(reason)
  if (reason !== undefined) expect(found?.job).toBe(heavy)
})

test('where no other host is less busy, nobody is moved for being one of many', () => {
  const jobs = [LIGHT, LIGHT, LIGHT]
  const busy = host({ jobCount: 3, threadShare: 0.9 })
  expect(chooseLeaver(busy, jobs, [host({ number: 2, threadShare: 0.7 })], HELD)).toBeUndefined()
  expect(chooseLeaver(busy, jobs, [host({ number: 2, alone: true })], HELD)).toBeUndefined()
})

test('a job is light again when it takes little of both', () => {
  expect(isLight({ share: 0.05, stateBytes: 0.01 * GB }, GB)).toBe(true)
  expect(isLight({ share: 0.15, stateBytes: 0 }, GB)).toBe(false)
  expect(isLight({ share: 0, stateBytes: 0.1 * GB }, GB)).toBe(false)
})

test('every place is explained with what was measured', () => {
  const job = { share: 0.914, stateBytes: 300 * 2 ** 20 }
  expect(placementText(2, 'busy', job)).toBe(
    'Engine host 2 runs it alone, since it took 91% of the thread that it shared with others.',
  )
  expect(placementText(2, 'large', job)).toBe(
    'Engine host 2 runs it alone, since it keeps about 300 MiB of state.',
  )
  expect(placementText(1, 'full', job)).toBe(
    'It shares engine host 1, though that one is crowded: the server may have no more hosts ' +
      '(--engine-hosts).',
  )
})

/** Where jobs are placed, and which of them leave a crowded host. */

import { expect, test } from 'vitest'
import {
  chooseForNew,
  chooseLeaver,
  chooseShared,
  chooseToEmpty,
  type HostView,
  isLight,
  placementText,
} from './placement.ts'

const LIMITS = {
  ...{ hostsMax: 3, jobsMax: 10, crowdedShare: 0.75 },
  ...{ settleMs: 0, newMs: 10_000, spareAfterMs: 0 },
}
const GB = 2 ** 30
const HELD = { memoryBytesMax: GB, crowdedShare: 0.75 }

function host(changes: Partial<HostView>): HostView {
  return {
    ...{ number: 1, alone: false, isForSuspect: false, jobCount: 0, newCount: 0, canEmpty: true },
    ...{ threadShare: 0, memoryShare: 0.1 },
    ...changes,
  }
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
  [
    'jobs are known, too',
    [host({ jobCount: 2, newCount: 2 }), host({ number: 2, jobCount: 5 })],
    [2, false],
  ],
  [
    'all jobs are new, where nothing else is there',
    [host({ jobCount: 2, newCount: 2 })],
    [1, false],
  ],
] as const)('a job that is known is placed where %s', (_, hosts, expected) => {
  const chosen = chooseShared(hosts, LIMITS, false)
  expect(chosen && [chosen.host.number, chosen.isFull]).toEqual(expected)
})

test('a job that is known goes to the spare host rather than among new ones', () => {
  const trial = host({ jobCount: 2, newCount: 2 })
  expect(chooseShared([trial], LIMITS, true)).toBeUndefined()
  const one = { ...LIMITS, hostsMax: 1 }
  expect(chooseShared([trial], one, true)).toMatchObject({ host: trial, isFull: false })
})

const KNOWN = host({ jobCount: 4 })
const YOUNG = host({ number: 2, jobCount: 4, newCount: 4 })
const MIXED = host({ number: 3, jobCount: 4, newCount: 3 })
const OWN = host({ number: 4, alone: true, jobCount: 1 })
const SUSPECT = host({ number: 5, alone: true, jobCount: 1, isForSuspect: true })

test.each([
  ['no host is there yet', [], {}, undefined],
  ['the host has no job', [host({})], {}, [1, 'apart']],
  ['all are new', [KNOWN, YOUNG, MIXED], { hasSpare: true }, [2, 'apart']],
  ['the spare host is', [KNOWN, MIXED], { hasSpare: true }, undefined],
  ['there is most room, without a spare host', [KNOWN, MIXED], {}, [1, 'among']],
  [
    'there is most room, since new ones fill their host',
    [KNOWN, host({ number: 2, jobCount: 10, newCount: 10 })],
    {},
    [1, 'among'],
  ],
  ['the spare host is, where it is one more', [KNOWN, MIXED, OWN], { hasSpare: true }, undefined],
  [
    'there is most room, as it could not be moved',
    [KNOWN, MIXED, OWN],
    { hasSpare: true, isTied: true },
    [1, 'among'],
  ],
  ['all are new, in one host more', [KNOWN, YOUNG, MIXED, OWN], { hasSpare: true }, [2, 'apart']],
  [
    'there is most room, as it could not be moved out of that',
    [KNOWN, YOUNG, MIXED, OWN],
    { isTied: true },
    [1, 'among'],
  ],
  [
    'there is most room, as so many would have to be moved',
    [host({ jobCount: 9 }), host({ number: 2, jobCount: 8, newCount: 8 }), MIXED, OWN],
    { hasSpare: true },
    [3, 'among'],
  ],
  [
    'the spare host is, whatever has stopped hosts',
    [KNOWN, MIXED, SUSPECT, SUSPECT],
    { hasSpare: true },
    undefined,
  ],
] as const)('a job that is new is placed where %s', (_, hosts, changes, expected) => {
  const given = { hasSpare: false, isTied: false, ...changes }
  const chosen = chooseForNew<HostView>(hosts, LIMITS, given)
  expect(chosen && [chosen.host.number, chosen.isApart ? 'apart' : 'among']).toEqual(expected)
})

test('where there may be only one host, a job that is new begins in it', () => {
  const given = { hasSpare: true, isTied: false }
  expect(chooseForNew([KNOWN], { ...LIMITS, hostsMax: 1 }, given)?.host).toBe(KNOWN)
})

const SMALL = host({ number: 6, jobCount: 1 })

test.each([
  ['none, as there may be so many', [KNOWN, SMALL, OWN], undefined],
  ['the one with fewest jobs', [KNOWN, MIXED, OWN, SMALL], 6],
  ['none before those in it are known', [KNOWN, MIXED, OWN, { ...SMALL, newCount: 1 }], undefined],
  ['another one, where a job of it stays', [KNOWN, OWN, OWN, { ...SMALL, canEmpty: false }], 1],
  [
    'another one, where a job of it is busy',
    [KNOWN, MIXED, OWN, { ...SMALL, threadShare: 0.9 }],
    undefined,
  ],
  [
    'none of many jobs',
    [host({ jobCount: 9 }), host({ number: 2, jobCount: 9 }), OWN, OWN],
    undefined,
  ],
  ['none, as no other one has room', [host({ jobCount: 10 }), OWN, OWN, SMALL], undefined],
  ['none, as those of suspects do not count', [KNOWN, SMALL, SUSPECT, SUSPECT], undefined],
] as const)('where there is a host too many, %s is emptied', (_, hosts, expected) => {
  expect(chooseToEmpty<HostView>(hosts, LIMITS)?.number).toBe(expected)
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
  expect(placementText(1, 'new', job)).toBe(
    'It began in engine host 1, apart from jobs that had run for longer, as every job does where such a ' +
      'host is there at once.',
  )
  expect(placementText(1, 'full', job)).toBe(
    'It shares engine host 1, though that one is crowded: the server may have no more hosts ' +
      '(--engine-hosts).',
  )
})

/** Whose fault the end of a host was, as far as its remains tell. */

import { expect, test } from 'vitest'
import { findBlame, type Remains } from './blame.ts'

const MB = 2 ** 20
const KILLED: Remains = {
  ...{ slot: 0, verdict: undefined, reason: 'it ended with SIGKILL', heapShare: 0.2 },
}

function jobs(...stateBytes: number[]) {
  return stateBytes.map((bytes, index) => ({ slot: index + 1, stateBytes: bytes }))
}

test.each<[string, Partial<Remains>, number[], number | undefined, boolean, string]>([
  ['killed between turns', {}, [0, 0], undefined, false, 'it ended with SIGKILL'],
  ['killed in a turn, which may be chance', { slot: 2 }, [0, 0], 2, false, 'it ended with SIGKILL'],
  [
    'a turn that did not end',
    { slot: 1, verdict: { why: 'turn', turnMs: 3_000, shared: false } },
    [0, 900 * MB],
    1,
    true,
    'one turn took more than 3000 ms',
  ],
  [
    'a turn that others had to wait for, which may be all right alone',
    { slot: 1, verdict: { why: 'turn', turnMs: 560, shared: true } },
    [0, 900 * MB],
    1,
    false,
    'one turn took more than 560 ms, for which all others had to wait',
  ],
  [
    'memory, and one keeps most of it, whoever has the turn',
    { slot: 1, verdict: { why: 'memory', bytes: 2_100 * MB, bytesMax: 2_048 * MB } },
    [10 * MB, 900 * MB],
    2,
    true,
    'its process held 2100 MiB of memory, and 2048 MiB are the limit',
  ],
  [
    'memory that no state accounts for: who has the turn may have it',
    { slot: 1, verdict: { why: 'memory', bytes: 2_100 * MB, bytesMax: 2_048 * MB } },
    [10 * MB, 20 * MB],
    1,
    false,
    'its process held 2100 MiB of memory, and 2048 MiB are the limit',
  ],
  [
    'a heap that was full before V8 gave up',
    { slot: 1, reason: 'it ended with SIGABRT', heapShare: 0.97 },
    [10 * MB, 900 * MB],
    2,
    false,
    'it ended with SIGABRT',
  ],
  [
    'a long turn for want of memory',
    { slot: 1, verdict: { why: 'turn', turnMs: 3_000, shared: false }, heapShare: 0.97 },
    [10 * MB, 900 * MB],
    2,
    true,
    'one turn took more than 3000 ms',
  ],
  [
    'the turn of one that has ended',
    { slot: 9 },
    [0, 0],
    undefined,
    false,
    'it ended with SIGKILL',
  ],
])('%s', (_, remains, state, slot, isSure, what) => {
  const blame = findBlame(jobs(...state), { ...KILLED, ...remains })
  expect([blame.job?.slot, blame.isSure, blame.what]).toEqual([slot, isSure, what])
})

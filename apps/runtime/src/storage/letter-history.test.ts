/**
 * Letters of jobs that go back, forward and sideways: after each beginning they are what a naive
 * reading of all that was told says they are.
 */

import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import type { LetterEvent } from '../letters/letter-events.ts'
import { type HeldOf, LetterLine, type SavedLine } from '../letters/letter-line.ts'
import { LetterStore } from './letter-store.ts'
import { openLetterTables } from './letter-tables.ts'

const LIMITS = { countMax: 1000, bytesMax: 10_000_000, keepMs: 1e6, keepDiscardedMs: 1e6 }
const ROOT = 'job1'

function refused(jobId: string, number: number, root = ROOT): LetterEvent {
  const letter = {
    ...{ nodeId: 'half', operator: 'filter', code: 'division-by-zero', raw: '{"n":0}' },
    ...{ reason: 'No.', line: null, offsetBytes: null, refusedAtMs: 1, channel: 0 },
  }
  const at = { root, number }
  return { kind: 'refused', jobId, id: `${jobId}.half.${number}`, letter, at }
}

function outcome(
  jobId: string,
  number: number,
  letterId: string,
  attempt: number,
  result: 'passed' | 'refused' = 'passed',
): LetterEvent {
  const cause = { code: 'division-by-zero', message: 'No.' }
  const more = result === 'refused' ? { cause } : {}
  return {
    ...{ kind: 'outcome', jobId, at: { root: ROOT, number } },
    outcome: { letterId, attempt, nodeId: 'half', result, atMs: 5, ...more },
  }
}

function begun(jobId: string, before: readonly HeldOf[], root = ROOT): LetterEvent {
  return { kind: 'begun', jobId, root, before }
}

function open() {
  const store = new LetterStore(openLetterTables(':memory:'), LIMITS)
  let place = 0
  const apply = (...events: readonly LetterEvent[]) => {
    place += events.length
    store.apply(events, place, () => 'p', 0)
  }
  const is = (id: string) => {
    const { state, givenBack, goneBack } = store.find('p', id) ?? {}
    return [state, ...(givenBack ? ['given back'] : []), ...(goneBack ? ['gone back'] : [])]
  }
  const send = (id: string, jobId: string, text?: string) =>
    store.send(id, jobId, text === undefined ? undefined : Buffer.from(text), undefined)
  return { store, apply, is, send }
}

test('what was accepted since the checkpoint waits again as it was corrected, and is sent once more', () => {
  const { store, apply, is, send } = open()
  apply(refused('job1', 0), refused('job1', 1))
  send('job1.half.0', 'job1', '{"n":7}')
  apply(outcome('job1', 2, 'job1.half.0', 1))
  apply(begun('job2', [{ jobId: 'job1', count: 2 }]))
  expect([is('job1.half.0'), is('job1.half.1')]).toEqual([['open', 'given back'], ['open']])
  expect(store.books('p')).toMatchObject({ open: 2, done: 0, seen: 2, discarded: 0 })
  const again = send('job1.half.0', 'job2')
  expect(again).toMatchObject({ attempt: 2, refusedIn: 'job1' })
  expect(Buffer.from(again?.bytes ?? []).toString()).toBe('{"n":7}')
  apply(outcome('job2', 0, 'job1.half.0', 2))
  expect(is('job1.half.0')).toEqual(['done'])
})

test('what going back would do is told before, and nothing of it is done', () => {
  const { store, apply, is, send } = open()
  apply(refused('job1', 0), refused('job1', 1))
  send('job1.half.0', 'job1', '{"n":7}')
  apply(outcome('job1', 2, 'job1.half.0', 1), refused('job1', 3))
  const all = () => ['job1.half.0', 'job1.half.1', 'job1.half.3'].map(is)
  const before = [all(), store.books('p'), store.groups('p')]
  const saved = { jobId: 'job1', root: ROOT, count: 2, before: [], accepted: [] }
  expect(store.wouldMove('p', saved)).toMatchObject([
    { from: 'open', to: 'discarded' },
    { from: 'done', to: 'open' },
  ])
  expect(store.wouldMove('p', { ...saved, count: 4 })).toEqual([])
  expect([all(), store.books('p'), store.groups('p')]).toEqual(before)
  apply(begun('job2', [{ jobId: 'job1', count: 2 }]))
  expect(all()).toEqual([['open', 'given back'], ['open'], ['discarded', 'gone back']])
})

test('what the checkpoint holds as accepted stays done', () => {
  const { apply, is, send } = open()
  apply(refused('job1', 0))
  send('job1.half.0', 'job1')
  apply(outcome('job1', 1, 'job1.half.0', 1), begun('job2', [{ jobId: 'job1', count: 2 }]))
  expect(is('job1.half.0')).toEqual(['done'])
})

test('what was refused since is put aside, is no more sent, and is taken back by name alone', () => {
  const { store, apply, is, send } = open()
  apply(refused('job1', 0), refused('job1', 1), begun('job2', [{ jobId: 'job1', count: 1 }]))
  expect(is('job1.half.1')).toEqual(['discarded', 'gone back'])
  expect(store.books('p')).toMatchObject({ open: 1, discarded: 1 })
  expect(store.groups('p')).toMatchObject([{ open: 1, discarded: 1 }])
  expect(send('job1.half.1', 'job2')).toBeUndefined()
  expect(store.restore('p', ['job1.half.1'], false)).toBe(0)
  expect(store.restore('another', ['job1.half.1'], true)).toBe(0)
  expect(is('job1.half.1')).toEqual(['discarded', 'gone back'])
  expect(store.restore('p', ['job1.half.1'], true)).toBe(1)
  // Of no history any more: the books of no job hold it, and no job takes it for one that comes.
  apply(begun('job3', [{ jobId: 'job1', count: 1 }]))
  expect(is('job1.half.1')).toEqual(['open'])
  const request = send('job1.half.1', 'job3')
  expect([request?.refusedIn, request?.refusedAt]).toEqual(['', undefined])
})

test('what a job was about to be sent in spite of that is left out by the job, and settled', () => {
  const { store, apply, is, send } = open()
  apply(refused('job1', 0), refused('job1', 1))
  const before = [{ jobId: 'job1', count: 1 }]
  const saved = { jobId: 'job1', root: ROOT, count: 1, before: [], accepted: [] }
  const line = new LetterLine('job2', saved)
  const requests = [send('job1.half.0', 'job2'), send('job1.half.1', 'job2')]
  const left = requests.map((one) => one !== undefined && line.leavesOut(one))
  expect(left).toEqual([false, true])
  apply(begun('job2', before))
  expect([is('job1.half.0'), is('job1.half.1')]).toEqual([['sent'], ['discarded', 'gone back']])
  expect(store.sentTo('job2').map(({ letterId }) => letterId)).toEqual(['job1.half.0'])
})

test('who goes back past the last refusal of a letter still holds the one before, told of it or not', () => {
  const { apply, send } = open()
  apply(refused('job1', 0), begun('job2', [{ jobId: 'job1', count: 1 }]))
  send('job1.half.0', 'job2')
  apply(outcome('job2', 0, 'job1.half.0', 1, 'refused'))
  // As somebody may ask before it is told what a job goes on from.
  const request = send('job1.half.0', 'job3')
  if (request === undefined) throw new Error('It is not open.')
  const from = { jobId: 'job1', root: ROOT, count: 1, before: [], accepted: [] }
  const on = { ...from, jobId: 'job2', before: [{ jobId: 'job1', count: 1 }] }
  expect(new LetterLine('job3', from).refusedIn(request)).toBe('job1')
  expect(new LetterLine('job3', on).refusedIn(request)).toBe('job2')
  expect(new LetterLine('anew', undefined).refusedIn(request)).toBeUndefined()
})

test('what a checkpoint has refused again and not told yet is known to whoever goes on from it', () => {
  const line = new LetterLine('job1', undefined)
  line.noteRefusedAgain('another.half.0')
  const saved = line.cut()
  const asked = { letterId: 'another.half.0', refusedIn: 'another' }
  const told = { ...asked, refusedAt: { jobId: 'another', root: 'another', number: 0 } }
  expect(new LetterLine('job2', saved).refusedIn(told)).toBe('job1')
  // Told by then.
  expect(new LetterLine('job2', line.cut()).refusedIn(told)).toBeUndefined()
  // Of before it was told where.
  expect(new LetterLine('job2', line.cut()).refusedIn(asked)).toBe('another')
})

test('letters of a pipeline that was begun anew are left as they are', () => {
  const { store, apply, is, send } = open()
  apply(refused('job1', 0), refused('job1', 1))
  send('job1.half.0', 'job1')
  apply(outcome('job1', 2, 'job1.half.0', 1), refused('anew', 0, 'anew'))
  apply(begun('job3', [], 'anew'))
  expect([is('job1.half.0'), is('job1.half.1')]).toEqual([['done'], ['open']])
  expect(is('anew.half.0')).toEqual(['discarded', 'gone back'])
  expect(store.books('p')).toMatchObject({ open: 1, done: 1, discarded: 1 })
})

test('what a checkpoint has accepted and not told yet is left out by whoever goes on from it', () => {
  const line = new LetterLine('job1', undefined)
  line.noteAccepted('job1.half.0')
  const saved = line.cut()
  expect(new LetterLine('job2', saved).leavesOut({ letterId: 'job1.half.0' })).toBe(true)
  expect(new LetterLine('job2', saved).leavesOut({ letterId: 'job1.half.1' })).toBe(false)
  // Told by then.
  expect(new LetterLine('job2', line.cut()).leavesOut({ letterId: 'job1.half.0' })).toBe(false)
})

interface Checkpoint {
  readonly line: SavedLine
  /**
   * Letters that the state knows to have been refused, with the job that did so last, and those
   * that it has accepted.
   */
  readonly refused: ReadonlyMap<string, string>
  readonly accepted: ReadonlySet<string>
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  'however jobs branch, letters are what their checkpoints hold (seed %i)',
  (seed) => {
    const random = seededRandom(seed)
    const { store, apply, is, send } = open()
    const all = new Set<string>()
    const checkpoints: Checkpoint[] = []
    let line = new LetterLine(ROOT, undefined)
    let [jobId, jobs] = [ROOT, 1]
    let [own, accepted] = [new Map<string, string>(), new Set<string>()]
    for (let step = 0; step < 80; step++) {
      const what = random.integer(0, 9)
      const waiting = [...own.keys()].filter((id) => !accepted.has(id))
      if (what < 4) {
        const { number } = line.next()
        apply(refused(jobId, number))
        own.set(`${jobId}.half.${number}`, jobId)
        all.add(`${jobId}.half.${number}`)
      } else if (what < 7 && waiting.length > 0) {
        const id = random.pick(waiting)
        const request = send(id, jobId)
        if (request === undefined) throw new Error(`${id} is not sent.`)
        expect(line.refusedIn(request)).toBe(own.get(id))
        const result = random.pick(['passed', 'passed', 'refused'] as const)
        apply(outcome(jobId, line.next().number, id, request.attempt, result))
        if (result === 'passed') accepted.add(id)
        else own.set(id, jobId)
      } else if (what < 9) {
        checkpoints.push({
          ...{ line: line.cut(), refused: new Map(own), accepted: new Set(accepted) },
        })
      } else if (checkpoints.length > 0) {
        const from = random.pick(checkpoints)
        jobId = `job${++jobs}`
        line = new LetterLine(jobId, from.line)
        own = new Map(from.refused)
        accepted = new Set(from.accepted)
        apply(begun(jobId, line.before))
      }
      for (const id of all) {
        const wanted = own.has(id) ? (accepted.has(id) ? 'done' : 'open') : 'discarded'
        expect(is(id)[0], `${id} after step ${step}`).toBe(wanted)
        expect(is(id).includes('gone back')).toBe(!own.has(id))
      }
      const done = accepted.size
      const counts = { open: own.size - done, sent: 0, done, discarded: all.size - own.size }
      if (all.size > 0) expect(store.books('p')).toMatchObject(counts)
    }
  },
)

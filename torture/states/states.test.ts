/** A bounded part of what `pnpm torture states` tries. */

import { describe, expect, test } from 'vitest'
import { enumerateStates } from './enumerate.ts'
import { SUBJECTS } from './states.ts'
import type { Subject } from './subject.ts'

const BOUNDS = { seed: 1, combinationsMax: 40, throws: 10, recoveryEvery: 11, damageEvery: 37 }

test.each([
  [SUBJECTS.checkpoints(1), { combinationsMax: 8, throws: 3, damageEvery: 61 }],
  [SUBJECTS.checkpoints(2), { combinationsMax: 8, throws: 3, damageEvery: 61 }],
  [SUBJECTS.log(1), { combinationsMax: 3, throws: 1, damageEvery: 301 }],
] as const)('after a crash, $name: what was acknowledged is there', async (subject, bounds) => {
  const report = await enumerateStates(subject, { ...BOUNDS, ...bounds })
  expect(report.faults).toEqual([])
  expect(report.crashStates).toBeGreaterThan(100)
  expect(report.crashStates + report.repeated).toBeGreaterThan(200)
  expect(report.damageStates).toBeGreaterThan(20)
  expect(report.refused).toBeGreaterThan(5)
})

/** A store that keeps one number, with and without what makes it last. */
describe('the enumerator finds a store that', () => {
  const store = (
    save: (text: string) => readonly ('write' | 'sync' | 'rename' | 'sync-folder' | 'in-place')[],
  ): Subject => ({
    name: 'number',
    empty: 'none',
    prepare: (disk) => disk.place('/data/lock', new Uint8Array(0)),
    work: async (disk, book) => {
      for (let value = 1; value <= 4; value++) {
        const text = String(value).repeat(700)
        book.starts(text)
        const steps = save(text)
        const path = steps.includes('in-place') ? '/data/value' : '/data/new'
        const file = await disk.open(path, 'create')
        await file.write(Buffer.from(text))
        if (steps.includes('sync')) await file.sync()
        if (path === '/data/new') await disk.rename('/data/new', '/data/value')
        if (steps.includes('sync-folder')) await disk.syncFolder('/data')
        book.acknowledged()
      }
    },
    recover: async (disk) => {
      await disk.syncFolder('/data')
      if ((await disk.kindOf('/data/value')) === 'nothing') return { state: 'none' }
      const file = await disk.open('/data/value', 'read')
      const into = new Uint8Array(await file.sizeBytes())
      await file.read(into, 0)
      return { state: Buffer.from(into).toString('latin1') }
    },
  })

  test.each([
    ['does not sync', ['write', 'rename', 'sync-folder']],
    ['does not sync the folder', ['write', 'sync', 'rename']],
    ['writes in place', ['in-place', 'write', 'sync', 'sync-folder']],
    ['notices no damage', ['write', 'sync', 'rename', 'sync-folder']],
  ] as const)('%s', async (title, steps) => {
    const { faults } = await enumerateStates(
      store(() => steps),
      BOUNDS,
    )
    expect(faults.length).toBeGreaterThan(0)
    const crash = faults.some((fault) => /power cut|killed/.test(fault))
    expect(crash).toBe(title !== 'notices no damage')
  })
})

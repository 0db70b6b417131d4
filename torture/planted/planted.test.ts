/** That the planted bugs still fit the sources, and that some of them are found. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { PLANTED_BUGS } from './bugs.ts'
import { plantedText, tryPlanted } from './plant.ts'
import { faultsIn } from './search.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Those whose text stands in the sources once. What is changed there may make one stale. */
const fitting = PLANTED_BUGS.filter((bug) => {
  try {
    return plantedText(bug, ROOT) !== ''
  } catch {
    return false
  }
})

test('at least 40 of them fit the sources', () => {
  expect(fitting.length).toBeGreaterThanOrEqual(40)
  expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length)
})

test('the docs say how many there are, and what has found each', () => {
  const [proof = '', torture = ''] = ['proof.md', 'torture.md'].map((name) =>
    readFileSync(path.join(ROOT, 'docs', name), 'utf8'),
  )
  expect(proof).toContain(`| ${PLANTED_BUGS.length} bugs, planted`)
  expect(torture).toContain(`lists ${PLANTED_BUGS.length} mistakes`)
  const rows = torture.split('\n')
  for (const { name, shownBy } of PLANTED_BUGS) {
    const row = rows.find((line) => line.startsWith(`| ${name} | `))
    expect([name, row?.split(' | ').at(-1)]).toEqual([name, `${shownBy} |`])
  }
})

/** `pnpm torture planted` tries all of them. */
test.each(['a checkpoint is not synced', 'output is not synced', 'state is not restored'])(
  'it is found that %s',
  async (name) => {
    const bug = fitting.find((one) => one.name === name)
    if (bug === undefined) throw new Error(`"${name}" does not fit the sources any more.`)
    expect((await tryPlanted(bug, ROOT, { seedsMax: 100 })).found).toBeDefined()
  },
)

/**
 * Or they would show nothing with them either. Those of crash states take seconds each. Of edits
 * seed 384 shows something without its bug, too (docs/torture.md).
 */
test.each(['jobs', 'moves', 'recordings', 'letters'] as const)(
  'the seeds of %s that show planted bugs show nothing without them',
  async (arena) => {
    const planted = PLANTED_BUGS.filter((bug) => bug.arena === arena)
    const faultsOf = faultsIn(arena)
    for (const seed of new Set(planted.map(({ shownBy }) => shownBy))) {
      expect([seed, await faultsOf(seed)]).toEqual([seed, []])
    }
  },
)

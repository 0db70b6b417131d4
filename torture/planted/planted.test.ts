/** That the planted bugs still fit the sources, and that some of them are found. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { PLANTED_BUGS } from './bugs.ts'
import { plantedText, tryPlanted } from './plant.ts'
import { faultsIn } from './search.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test('all of them fit the sources, and there are at least 40', () => {
  expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(40)
  expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length)
  for (const bug of PLANTED_BUGS) expect(plantedText(bug, ROOT)).not.toBe('')
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
    const bug = PLANTED_BUGS.find((one) => one.name === name)
    if (bug === undefined) throw new Error(`There is no "${name}".`)
    expect((await tryPlanted(bug, ROOT, { seedsMax: 100 })).found).toBeDefined()
  },
)

/** Or they would show nothing with them either. Those of crash states take seconds each. */
test.each(['jobs', 'moves', 'edits', 'recordings', 'letters'] as const)(
  'the seeds of %s that show planted bugs show nothing without them',
  async (arena) => {
    const planted = PLANTED_BUGS.filter((bug) => bug.arena === arena)
    const faultsOf = faultsIn(arena)
    for (const seed of new Set(planted.map(({ shownBy }) => shownBy))) {
      expect([seed, await faultsOf(seed)]).toEqual([seed, []])
    }
  },
)

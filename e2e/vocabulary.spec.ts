/** The words that a pipeline is written in: each is found, added, set up and explained. */

import type { Designer } from './designer.ts'
import { expect, test } from './fixtures.ts'

const WINDOWS_AND_TABLES = [
  'Sliding window',
  'Cumulate window',
  'Count window',
  'Deduplicate',
  'Unnest',
  'Group aggregate',
  'Top N',
]
const JOINS_AND_MORE = [
  'Suppress',
  'To table',
  'Interval join',
  'Temporal join',
  'Table join',
  'Pattern',
  'Nexmark',
]

test('windows and tables are found, added, set up and explained', async ({ designer }) => {
  await designer.openEmpty()
  for (const title of WINDOWS_AND_TABLES) await meet(designer, title)
})

test('joins, patterns and Nexmark are found, added, set up and explained', async ({ designer }) => {
  await designer.openEmpty()
  for (const title of JOINS_AND_MORE) await meet(designer, title)
})

async function meet(designer: Designer, title: string): Promise<void> {
  await designer.searchPalette(title)
  await designer.add(title)
  await expect(designer.inspector.locator('[data-field]').nth(2)).toBeVisible()
  const guide = await designer.openGuide()
  await expect(guide).toBeVisible()
  await expect(guide.getByRole('region', { name: /^Example: / }).first()).toBeVisible()
  await expect(guide.getByRole('table').first()).toBeVisible()
}

test('an example sets the node so that nothing is missing but its input', async ({ designer }) => {
  await designer.openEmpty()
  await designer.add('Cumulate window')
  await designer.expectProblem('Cumulate window', 'Size: fill it in, for instance')
  const guide = await designer.openGuide()
  await guide.getByRole('button', { name: 'Set the node so' }).first().click()
  await designer.expectProblem('Cumulate window', 'Input "in" is not connected.')
  await designer.expectNoProblemOf('fill it in')
  await designer.undo()
  await designer.expectProblem('Cumulate window', 'Size: fill it in, for instance')
})

test('an example opens as a pipeline that runs, and whose rows can be changed', async ({
  designer,
}) => {
  await designer.openEmpty()
  await designer.add('Interval join')
  const guide = await designer.openGuide()
  await guide.getByRole('button', { name: 'Open as a pipeline' }).first().click()
  await expect(designer.node('Rows, left')).toBeVisible()
  await designer.expectNoProblems()
  await designer.select('Rows, right')
  await designer.inspector.getByLabel('order, row 2').fill('c')
  await designer.inspector.getByLabel('right_at, row 2').fill('2026-01-01T00:03:00Z')
  await designer.run()
  await designer.expectState('Finished')
  // The newest first.
  const rows = await designer.results('Result')
  expect(rows.map((row) => row.filter((cell) => ['a', 'c'].includes(cell)))).toEqual([
    ['c', 'c'],
    ['a', 'a'],
  ])
})

test('a cell that is not what its column has become is marked, until it is typed anew', async ({
  designer,
  page,
}) => {
  await designer.openDocument({
    format: 'millrace/1',
    name: 'Numbers that became texts',
    nodes: {
      rows: {
        operator: 'rows-source',
        title: 'Rows',
        config: { schema: { uid: 'string' }, rows: [{ uid: 1 }, { uid: '2' }] },
      },
      seen: { operator: 'view-sink', title: 'Seen', config: {} },
    },
    edges: [{ from: 'rows', to: 'seen' }],
    layout: { rows: [0, 0], seen: [300, 0] },
  })
  await designer.select('Rows')
  const cell = designer.inspector.getByLabel('uid, row 1')
  await expect(cell).toHaveAttribute('aria-invalid', 'true')
  await expect(cell).toHaveAttribute('title', /^This is a number, and the column is of type string/)
  await expect(designer.inspector.getByLabel('uid, row 2')).toHaveAttribute('aria-invalid', 'false')
  await cell.focus()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('1')
  await expect(cell).toHaveAttribute('aria-invalid', 'false')
  await designer.run()
  await designer.expectState('Finished')
  expect(await designer.results('Seen')).toEqual([['2'], ['1']])
})

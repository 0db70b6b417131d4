/** From a file on the server to its results: the schema is read and not typed. */

import { Designer } from './designer.ts'
import { expect, test } from './fixtures.ts'

test('a file is read with the schema that its first records have', async ({ page, ownServer }) => {
  const lines = [
    { at: '2026-01-01T00:00:00Z', page: 'home', ms: 12 },
    { at: '2026-01-01T00:00:30Z', page: 'cart', ms: 250 },
    { at: '2026-01-01T00:01:10Z', page: 'home', ms: 301 },
  ]
  ownServer.writeFile('visits.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const designer = new Designer(page, ownServer.url)
  await designer.openEmpty()
  await designer.add('File source')
  await designer.setField('Path', 'visits.jsonl')
  await page.getByRole('button', { name: 'Read the schema from the file' }).click()
  await expect(designer.field('Name').first()).toHaveValue('at')
  await designer.add('View')
  await designer.tidyUp()
  await designer.connect('File source', 'View')
  await designer.expectNoProblems()
  await designer.run()
  await designer.expectState('Finished')
  const results = await designer.results('View')
  expect(results.flat().join(' ')).toContain('cart')
  expect(results).toHaveLength(3)
})

test('a file that is not there is said beside its path', async ({ faults, page, ownServer }) => {
  // The refusal is what this tries; browsers log each answer of 400.
  faults.expect(/status of 400/)
  const designer = new Designer(page, ownServer.url)
  await designer.openEmpty()
  await designer.add('File source')
  await designer.setField('Path', 'nowhere.jsonl')
  await page.getByRole('button', { name: 'Read the schema from the file' }).click()
  await expect(
    designer.inspector.getByRole('status').filter({ hasText: 'nowhere.jsonl' }),
  ).toBeVisible()
})

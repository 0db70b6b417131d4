/** Nexmark's queries in the designer: listed as one group, opened, and run to their end. */

import { expect, test } from './fixtures.ts'

test('the queries are one group of the gallery, in their order', async ({ designer, page }) => {
  await designer.openList()
  const queries = page.getByRole('list', { name: 'Nexmark' })
  await expect(queries).toBeHidden()
  await page.locator('summary').filter({ hasText: 'Nexmark' }).click()
  await expect(queries.getByRole('button')).toHaveCount(23)
  await expect(queries.getByRole('button').nth(2)).toContainText('Nexmark q2: selection')
  await expect(queries.getByRole('button').nth(10)).toContainText('Nexmark q10: log to file')
})

test('a query opens without a problem and runs to its end', async ({ designer }) => {
  await designer.openExampleOf('Nexmark', 'Nexmark q5: hot items')
  await designer.expectNoProblems()
  await designer.run()
  await designer.expectState('Finished')
})

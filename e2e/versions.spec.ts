/** The list of versions: what changed in each, which ran, and the way back to an older one. */

import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

test('the versions say what changed in them and which ran, and one is taken back', async ({
  page,
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Versioned'))
  await designer.run()
  await designer.expectState('Running')
  await designer.stop()
  await designer.select('Slow')
  await designer.setExpression('Where', 'ms > 200')
  await designer.expectSaved('version 2')
  await designer.select('Per page')
  await designer.setField('Size', '2s')
  await designer.expectSaved('version 3')

  await page.getByRole('button', { name: /^Saved, version/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Versions' })
  const row = (version: number) =>
    dialog
      .getByRole('listitem')
      .filter({ has: page.getByText(`Version ${version}`, { exact: true }) })
  await expect(row(3)).toContainText('Per page: Size 1s → 2s')
  await expect(row(3)).toContainText('Latest')
  await expect(row(1)).toContainText('Begins with 4 nodes')
  await expect(row(1)).toContainText('Ran at')
  await row(2).getByRole('button', { name: 'Slow: Where ms > 100 → ms > 200' }).click()
  const changed = dialog.getByRole('list', { name: 'What changed in version 2' })
  await expect(changed.locator('del')).toHaveText('ms > 100')
  await expect(changed.locator('ins')).toHaveText('ms > 200')

  await dialog.getByRole('button', { name: 'That ran' }).click()
  await expect(row(3)).toBeHidden()
  await row(1).getByRole('button', { name: 'Take this version' }).click()
  await designer.expectSaved('version 4')
  await designer.select('Slow')
  await designer.expectExpression('Where', 'ms > 100')
})

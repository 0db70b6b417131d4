/** Somebody waits for a record: the job stands behind it, and goes on when it is told to. */

import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'
import { holdBack } from './held-parts.ts'

test('a breakpoint that is set before the start stops the job at the first record it waits for', async ({
  designer,
  page,
}) => {
  await designer.openDocument(pagesPerSecond('Awaited'))
  await designer.select('Slow')
  await page.keyboard.press('F9')
  await designer.drawer
    .getByRole('textbox', { name: 'Only at records where this condition is true' })
    .fill('ms > 100')
  await page.getByRole('textbox', { name: 'How many of these records pass first' }).fill('2')
  await designer.run()
  await designer.expectState('At a breakpoint')
  const stands = designer.drawer.getByRole('status').filter({ hasText: 'stands behind' })
  await expect(stands).toContainText('ms')
  await expect(
    designer.canvas.getByRole('button', { name: /stands behind a record/ }),
  ).toBeVisible()
  await designer.openDrawer('Ledger')
  await designer.select('Slow')
  await expect(designer.drawer.getByRole('row').filter({ hasText: 'passed' })).toContainText('3')
  await page.getByRole('button', { name: 'Resume', exact: true }).first().click()
  await expect(designer.drawer.getByRole('row').filter({ hasText: 'passed' })).toContainText('4')
  await page.getByRole('button', { name: '1 breakpoint' }).click()
  await page.getByRole('menuitem', { name: 'Remove all' }).click()
  await designer.resume()
  await designer.expectState('Running')
  await expect(page.getByRole('button', { name: '1 breakpoint' })).toBeHidden()
  await designer.stop()
})

test('a breakpoint stays that is set before the controls of the job have come', async ({
  designer,
  page,
}) => {
  const letGo = await holdBack(page, 'run-controls')
  await designer.openDocument(pagesPerSecond('Awaited early'))
  await designer.select('Slow')
  await page.keyboard.press('F9')
  await expect(designer.drawer.getByRole('group', { name: 'Breakpoint' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeHidden()
  letGo()
  await expect(page.getByRole('button', { name: '1 breakpoint' })).toBeVisible()
  await expect(designer.drawer.getByRole('group', { name: 'Breakpoint' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('button', { name: '1 breakpoint' })).toBeVisible()
})

test('breakpoints are there after a reload, and what is refused says why', async ({
  designer,
  page,
}) => {
  await designer.openDocument(pagesPerSecond('Awaited again'))
  await designer.run()
  await designer.tapEdge('Visits', 'Slow')
  const where = designer.drawer.getByRole('textbox', {
    name: 'Only at records where this condition is true',
  })
  await designer.drawer.getByRole('button', { name: 'Break', exact: true }).click()
  await designer.expectState('At a breakpoint')
  await where.fill('millis > 100')
  await where.press('Enter')
  await expect(designer.drawer.getByRole('alert')).toContainText('millis')
  await where.fill('ms < 0')
  await where.press('Enter')
  await expect(designer.drawer.getByRole('alert')).toBeHidden()
  await page.reload()
  await designer.expectState('At a breakpoint')
  await expect(
    designer.canvas.getByRole('button', { name: /stands behind a record/ }),
  ).toBeVisible()
  await designer.resume()
  await designer.expectState('Running')
  await designer.canvas.getByRole('button', { name: 'Breakpoint: records where ms < 0' }).click()
  await expect(where).toHaveValue('ms < 0')
  await designer.drawer.getByRole('button', { name: 'Break', exact: true }).click()
  await expect(where).toBeHidden()
  await designer.stop()
})

/** A pipeline is deleted, by somebody who was told what goes with it. */

import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

test('a pipeline that runs is stopped, deleted from the menu, and nothing of it stays', async ({
  page,
  designer,
  faults,
}) => {
  faults.expect(/404 \(Not Found\)/)
  const id = await designer.openDocument(pagesPerSecond('Deleted from the menu'))
  const kept = () => page.evaluate<string>('JSON.stringify(localStorage)')
  await designer.select('Slow')
  await page.keyboard.press('F9')
  await expect.poll(kept).toContain(`breakpoints.${id}`)
  await designer.run()
  await designer.expectState('At a breakpoint')
  await page.getByRole('button', { name: 'Menu', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Delete the pipeline' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete "Deleted from the menu"' })
  const remove = dialog.getByRole('button', { name: 'Delete the pipeline' })
  await expect(dialog).toContainText('1 version')
  await expect(dialog).toContainText('has to be stopped first')
  await expect(remove).toBeDisabled()
  await dialog.getByRole('button', { name: 'Stop it' }).click()
  await remove.click()
  await expect(page).toHaveURL(`${designer.url}/pipelines`)
  await expect(page.locator(`a[href="/pipelines/${id}"]`)).toHaveCount(0)
  expect(await kept()).not.toContain(id)

  // Whoever comes by an old link is told, and is not at the end of a blind alley.
  await page.goto(`${designer.url}/pipelines/${id}`)
  await expect(page.getByRole('alert')).toContainText(`There is no pipeline "${id}".`)
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: 'Topics' })
    .click()
  await expect(page.getByRole('heading', { name: 'Topics', exact: true })).toBeVisible()
})

test('a pipeline is deleted from the list, or kept', async ({ page, designer }) => {
  const id = await designer.openDocument(pagesPerSecond('Deleted from the list'))
  await page.goto(`${designer.url}/pipelines`)
  const row = page.locator(`a[href="/pipelines/${id}"]`)
  await expect(row).toBeVisible()
  await page.getByRole('button', { name: 'Delete Deleted from the list' }).click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  await expect(row).toBeVisible()
  await page.getByRole('button', { name: 'Delete Deleted from the list' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete "Deleted from the list"' })
  await dialog.getByRole('button', { name: 'Delete the pipeline' }).click()
  await expect(row).toHaveCount(0)
  await expect(dialog).toHaveCount(0)
})

test('several pipelines are chosen and deleted at once, but for the one that runs', async ({
  page,
  designer,
}) => {
  const names = ['Many 1', 'Many 2', 'Many 3', 'Many that run']
  const ids: string[] = []
  for (const name of names) ids.push(await designer.openDocument(pagesPerSecond(name)))
  await designer.run()
  await designer.expectState('Running')
  await page.goto(`${designer.url}/pipelines`)
  const rowOf = (name: string) => page.locator(`a[href="/pipelines/${ids[names.indexOf(name)]}"]`)
  const boxOf = (name: string) => page.getByRole('checkbox', { name: `Choose ${name}` })
  await expect(rowOf('Many that run')).toContainText('running')

  // The newest stand first: a stretch, with one left out again.
  await boxOf('Many that run').click()
  await boxOf('Many 1').click({ modifiers: ['Shift'] })
  await expect(page.getByRole('status').filter({ hasText: '4 pipelines chosen' })).toBeVisible()
  await boxOf('Many 2').click()
  await page.getByRole('button', { name: 'Delete 3…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete 2 pipelines' })
  await expect(dialog).toContainText('"Many 3" and "Many 1"')
  await expect(dialog).toContainText('One runs at this moment and stays: "Many that run".')
  await dialog.getByRole('button', { name: 'Keep them' }).click()
  await expect(rowOf('Many 1')).toBeVisible()
  await page.getByRole('button', { name: 'Delete 3…' }).click()
  await dialog.getByRole('button', { name: 'Delete 2 pipelines' }).click()
  await expect(rowOf('Many 1')).toHaveCount(0)
  await expect(rowOf('Many 3')).toHaveCount(0)
  await expect(rowOf('Many 2')).toBeVisible()
  await expect(boxOf('Many that run')).toBeChecked()
  await expect(page.getByRole('dialog')).toHaveCount(0)

  // By the keyboard, all that are shown and none again.
  await rowOf('Many 2').focus()
  await page.keyboard.press('ControlOrMeta+A')
  await expect(boxOf('Many 2')).toBeChecked()
  await page.keyboard.press('Escape')
  await expect(boxOf('Many that run')).not.toBeChecked()
})

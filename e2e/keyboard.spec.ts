/** The whole way without a pointer. */

import { Designer } from './designer.ts'
import { expect, test } from './fixtures.ts'

test('a pipeline is added, connected, set up and run by keyboard only', async ({
  page,
  server,
}) => {
  const designer = new Designer(page, server.url)
  await designer.openList()
  await page.getByRole('button', { name: 'New pipeline' }).focus()
  await page.keyboard.press('Enter')
  await expect(designer.canvas).toContainText('Begin with a source')

  await designer.addByKeys('generator')
  await designer.addByKeys('view')
  await designer.selectByKeys('Generator')
  await page.keyboard.press('c')
  const dialog = page.getByRole('dialog', { name: 'Connect Generator' })
  await expect(dialog.getByRole('combobox', { name: 'Port' })).toBeFocused()
  await expect(dialog.getByRole('combobox', { name: 'to' })).toHaveText('View, in')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()

  await designer.selectByKeys('Generator')
  await page.keyboard.press('Enter')
  await expect(designer.inspector.locator(':focus')).toBeVisible()
  await designer.tabTo(designer.inspector.getByRole('button', { name: 'Column', exact: true }))
  await page.keyboard.press('Enter')
  await designer.tabTo(designer.field('Kind of Value of id'))
  await page.keyboard.type('Seq')
  await designer.expectSaved()
  await page.keyboard.press('ControlOrMeta+Enter')
  await designer.expectState('Running')
  await designer.expectFlow('View', 'in')
  await page.keyboard.press('ControlOrMeta+.')
  await designer.expectState('Stopped')
})

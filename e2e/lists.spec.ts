/** Long lists: found by a word, a part at a time, and walked by keys. */

import type { Page } from '@playwright/test'
import { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

async function makePipelines(page: Page, url: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const data = { document: pagesPerSecond(name) }
    const answer = await page.request.post(`${url}/api/v1/pipelines`, { data })
    expect(answer.ok(), await answer.text()).toBe(true)
  }
}

test('one of many pipelines is found by a word and opened by keys, and further ones are shown', async ({
  page,
  ownServer,
}) => {
  const names = Array.from({ length: 120 }, (_, index) => `Orders of shop ${index + 1}`)
  await makePipelines(page, ownServer.url, names)
  const designer = new Designer(page, ownServer.url)
  await designer.openList()
  const rows = page.getByRole('link', { name: /^Orders of shop/ })
  await expect(rows).toHaveCount(100)
  await page.getByRole('button', { name: 'Show 20 more of 120' }).press('Enter')
  await expect(rows).toHaveCount(120)
  // Who asked for more goes on there. The newest stand first.
  await expect(page.getByRole('link', { name: /^Orders of shop 20\D/ })).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(page.getByRole('link', { name: /^Orders of shop 21\D/ })).toBeFocused()

  const field = page.getByRole('searchbox', { name: 'Find a pipeline' })
  await field.fill('117 shop')
  await expect(rows).toHaveCount(1)
  await expect(page.getByText('1 of 120 pipelines')).toBeVisible()
  await field.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Orders of shop 117' }).first()).toBeAttached()
  await designer.run()
  await designer.openList()
  await page.getByRole('combobox', { name: 'State' }).selectOption('running')
  await expect(rows).toHaveText([/^Orders of shop 117\D.*running/])
  await field.fill('shop 3')
  await expect(page.getByText('There is no such pipeline with "shop 3" in its name.')).toBeVisible()
})

test('a name in which characters turn the text around is shown as it is written', async ({
  page,
  designer,
}) => {
  const name = 'Payments \u202egnp.exe'
  await designer.openDocument(pagesPerSecond(name))
  const shown = 'Payments \\u202egnp.exe'
  await expect(page).toHaveTitle(`${shown} · Millrace`)
  await designer.openDrawer('Problems')
  await expect(designer.drawer).toContainText('The name of the pipeline has U+202E, which is not')
  await designer.openList()
  await expect(page.getByRole('link', { name: shown })).toBeVisible()
  await page.getByRole('button', { name: `Delete ${shown}` }).click()
  await expect(page.getByRole('dialog')).toContainText(shown)
  await page.keyboard.press('Escape')
})

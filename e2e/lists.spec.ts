/** Long lists: found by a word, a part at a time, and walked by keys. */

import type { Page } from '@playwright/test'
import { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

async function makePipelines(page: Page, url: string, names: readonly string[]): Promise<void> {
  const make = async (name: string): Promise<void> => {
    const data = { document: { format: 'millrace/1', name, nodes: {}, edges: [] } }
    const answer = await page.request.post(`${url}/api/v1/pipelines`, { data })
    expect(answer.ok(), await answer.text()).toBe(true)
  }
  await Promise.all(names.map(make))
}

test('one of many pipelines is found by a word and opened by keys, and further ones are shown', async ({
  page,
  ownServer,
}) => {
  const names = Array.from({ length: 104 }, (_, index) => `Orders of shop ${index + 1}`)
  await makePipelines(page, ownServer.url, names)
  const designer = new Designer(page, ownServer.url)
  await designer.openList()
  const rows = page.getByRole('link', { name: /^Orders of shop/ })
  await expect(rows).toHaveCount(100)
  // The example that was there first is among them.
  await page.getByRole('button', { name: 'Show 5 more of 105' }).press('Enter')
  await expect(rows).toHaveCount(104)
  // Who asked for more goes on at the first of them.
  await expect(rows.nth(100)).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(rows.nth(99)).toBeFocused()

  const field = page.getByRole('searchbox', { name: 'Find a pipeline' })
  await field.fill('87 shop')
  await expect(rows).toHaveCount(1)
  await expect(page.getByText('1 of 105 pipelines')).toBeVisible()
  await field.press('ArrowDown')
  await expect(rows).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveTitle('Orders of shop 87 · Millrace')

  await designer.openList()
  const state = page.getByRole('combobox', { name: 'State' })
  await state.selectOption('running')
  await expect(rows).toHaveCount(0)
  await expect(page.getByText('1 of 105 pipelines')).toBeVisible()
  await state.selectOption('not started')
  await expect(page.getByText('104 of 105 pipelines')).toBeVisible()
  await field.fill('earthquakes')
  await expect(page.getByText('There is no such pipeline with "earthquakes"')).toBeVisible()
})

test('a name in which characters turn the text around is shown as it is written', async ({
  page,
  designer,
}) => {
  const name = 'Payments \u202egnp.exe'
  await designer.openDocument(pagesPerSecond(name))
  const shown = 'Payments \\u202egnp.exe'
  await expect(page).toHaveTitle(`${shown} · Millrace`)
  const field = page.getByRole('textbox', { name: 'Name of the pipeline' })
  await expect(field).toHaveValue(shown)
  // Whoever edits it has it as it is.
  await field.focus()
  await expect(field).toHaveValue(name)
  await field.blur()
  await designer.openDrawer('Problems')
  await expect(designer.drawer).toContainText('The name of the pipeline has U+202E, which is not')
  await designer.openList()
  await expect(page.getByRole('link', { name: shown })).toBeVisible()
  await page.getByRole('button', { name: `Delete ${shown}` }).click()
  await expect(page.getByRole('dialog')).toContainText(shown)
  await page.keyboard.press('Escape')
})

test('a new name that is given up with Escape, or is none, leaves the old one', async ({
  page,
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Named so'))
  const field = page.getByRole('textbox', { name: 'Name of the pipeline' })
  await field.fill('Named otherwise')
  await field.press('Escape')
  await expect(field).toHaveValue('Named so')
  await designer.rename('  ')
  await expect(field).toHaveValue('Named so')
  const said = page.getByRole('heading', { name: 'A pipeline needs a name. The old one stays.' })
  await expect(said).toBeVisible()
  await designer.rename('Named anew')
  await expect(field).toHaveValue('Named anew')
  await expect(page).toHaveTitle('Named anew · Millrace')
})

/** Of one character in the face of the page, which has tabular figures. */
const WIDTH_OF = `(character) => {
  const part = document.createElement('span')
  part.textContent = character
  document.body.append(part)
  const { width } = part.getBoundingClientRect()
  part.remove()
  return width
}`

test('figures are of one width, and a hyphen is not as wide as they', async ({
  designer,
  page,
}) => {
  await designer.openList()
  await page.evaluate('document.fonts.ready.then(() => true)')
  const widthOf = (character: string) =>
    page.evaluate<number>(`(${WIDTH_OF})(${JSON.stringify(character)})`)
  const figure = await widthOf('8')
  expect(await widthOf('1')).toBeCloseTo(figure, 1)
  await expect.poll(() => widthOf('-')).toBeLessThan(figure * 0.8)
})

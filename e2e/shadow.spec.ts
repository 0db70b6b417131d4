/** What came into a job is recorded and replayed into what is drawn: what would differ is shown. */

import type { Locator, Page } from '@playwright/test'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

/** Begins a replay into what is drawn, and waits for its result. */
async function replayDrawn(page: Page, drawer: Locator): Promise<Locator> {
  await drawer
    .getByRole('button', { name: /^Replay into what is drawn/ })
    .first()
    .click()
  const verdict = page.locator('.verdict')
  await expect(verdict).toBeVisible({ timeout: 30_000 })
  return verdict
}

async function back(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Back to the pipeline' }).click()
}

test('a recording gives the same in the same version, and says what differs in another', async ({
  page,
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Recorded'))
  await designer.openDrawer('Recordings')
  await expect(designer.drawer).toContainText('Nothing is recorded yet')
  await designer.run()
  await page.getByRole('button', { name: 'Record', exact: true }).click()
  const button = page.getByRole('button', { name: 'Recording', exact: true })
  await expect(button).toHaveAttribute('aria-pressed', 'true')
  const replay = designer.drawer.getByRole('button', { name: /^Replay into what is drawn/ })
  await expect(replay).toHaveAttribute('title', /still being recorded/)
  const words = designer.drawer.getByText(/records so far/)
  const records = async () => Number((await words.textContent())?.match(/^\d+/)?.[0])
  await expect.poll(records).toBeGreaterThan(250)
  await button.click()
  await expect(designer.drawer.getByRole('cell', { name: 'stopped' })).toBeVisible()

  // Between two panels, too, what can be done with it is in view.
  await page.setViewportSize({ width: 1100, height: 900 })
  for (const name of [/^Replay into what is drawn/, /^Delete/]) {
    await expect(designer.drawer.getByRole('button', { name })).toBeInViewport({ ratio: 1 })
  }
  await page.setViewportSize({ width: 1440, height: 900 })

  const same = await replayDrawn(page, designer.drawer)
  await expect(same).toContainText('Identical')
  await expect(same).toContainText('in the same order')
  await expect(page.getByText('byte for byte')).toBeVisible()
  await expect(page.getByText('Every row is the same')).toBeVisible()

  await back(page)
  await designer.select('Slow')
  await designer.setExpression('Where', 'ms > 200')
  await designer.openDrawer('Recordings')
  const filtered = await replayDrawn(page, designer.drawer)
  await expect(filtered).toContainText(/\d+ rows differ/)
  const edited = page.getByRole('list', { name: 'What is edited' })
  await expect(edited.locator('del')).toHaveText('ms > 100')
  await expect(edited.locator('ins')).toHaveText('ms > 200')
  const rows = page.locator('.difference-table tbody tr')
  await expect(rows.filter({ hasText: 'Changed' }).first()).toBeVisible()
  const cell = rows.locator('.cell-changed').first()
  const [then, now] = await Promise.all(
    ['del', 'ins'].map(async (tag) => {
      return Number((await cell.locator(tag).textContent())?.match(/\d+/)?.[0])
    }),
  )
  // Fewer visits are slower than 200 ms than are slower than 100 ms.
  expect(now).toBeLessThan(then ?? 0)
  await page.getByRole('button', { name: 'Records near it' }).first().click()
  await expect(page.locator('.difference-near')).toContainText('visits')

  await back(page)
  await designer.select('Per page')
  await designer.setField('Size', '2s')
  await designer.openDrawer('Recordings')
  await replayDrawn(page, designer.drawer)
  await expect(rows.filter({ hasText: 'Only recorded' }).first()).toBeVisible()
  await expect(page.getByText(/began without the state/)).toBeVisible()
  const list = page.getByRole('navigation', { name: 'Replays of this recording' })
  await expect(list.getByRole('link')).toHaveCount(3)
  await list.getByRole('link', { name: /nothing differs/ }).click()
  await expect(page.locator('.verdict')).toContainText('Identical')

  await page.getByRole('link', { name: 'Recordings', exact: true }).click()
  await expect(page.getByRole('link', { name: 'Recorded', exact: true })).toBeVisible()
})

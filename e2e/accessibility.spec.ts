/** The main screens in both themes, looked at by axe. */

import type { Page } from '@playwright/test'
import { loginsWithPattern, pagesPerSecond, visitsPerPage } from './documents.ts'
import { expect, test } from './fixtures.ts'
import { TopicPages } from './topic-pages.ts'
import { seriousViolations } from './violations.ts'

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme })

    test('the list of pipelines has no serious violation', async ({ designer, page }) => {
      await designer.openList()
      await expect(
        page.getByRole('list', { name: 'Examples' }).getByRole('button'),
      ).not.toHaveCount(0)
      expect(await seriousViolations(page)).toEqual([])
    })

    test('the empty canvas has no serious violation', async ({ designer, page }) => {
      await designer.openEmpty()
      expect(await seriousViolations(page)).toEqual([])
    })

    test('the stages of a pattern have none', async ({ designer, page }) => {
      const pattern = [
        { name: 'a', where: "event = 'failed'", oneOrMore: true, until: "event = 'left'" },
        { name: 'b', not: true },
        { group: [{ name: 'c', where: 'ipp = a.ip', optional: true }], times: { min: 3, max: 2 } },
      ]
      const columns = { ip: 'a.ip' }
      const afterMatch = { skip: 'skip-to-last', stage: 'x' }
      await designer.openDocument(loginsWithPattern({ pattern, afterMatch, columns }))
      await designer.select('Break-ins')
      await expect(designer.stage('c')).toBeVisible()
      await expect(designer.inspector).toContainText('At least 3 is more than at most 2.')
      expect(await seriousViolations(page)).toEqual([])
    })

    test('a running pipeline has none, with its records, and with a form open', async ({
      designer,
      page,
    }) => {
      await designer.openDocument(pagesPerSecond(`Seen in ${colorScheme}`))
      await designer.run()
      await designer.tapEdge('Visits', 'Slow')
      await designer.expectRecords(['page', 'ms'])
      await designer.pause()
      expect(await seriousViolations(page)).toEqual([])
      await designer.select('Per page')
      await designer.openDrawer('Event time')
      await expect(designer.drawer.getByRole('img')).toBeVisible()
      expect(await seriousViolations(page)).toEqual([])
      await designer.stop()
    })

    test('checkpoints have none, nor have the questions before a deploy', async ({
      designer,
      page,
    }) => {
      await designer.openDocument(visitsPerPage(`Kept in ${colorScheme}`))
      await designer.run()
      await designer.openDrawer('Checkpoints')
      const checkpoints = designer.drawer.getByRole('table', { name: 'Checkpoints' })
      await expect(checkpoints.getByRole('row')).not.toHaveCount(1)
      expect(await seriousViolations(page)).toEqual([])
      await designer.select('Per page')
      await designer.setField('State time to live', '1h')
      await page.getByRole('button', { name: 'Deploy the edit' }).click()
      await expect(designer.node('Per page').locator('.impact-tag')).toHaveText('migrated')
      expect(await seriousViolations(page)).toEqual([])
      await page.keyboard.press('Escape')
      await expect(designer.node('Per page').locator('.impact-tag')).toHaveCount(0)

      await refuseBackfill(page)
      expect(await seriousViolations(page)).toEqual([])
      await page.keyboard.press('Escape')
      await designer.stop()
    })

    test('topics have none, in their list and one by one', async ({ page, server }) => {
      const topics = new TopicPages(page, server.url)
      await topics.make(`seen-${colorScheme}`, { partitions: 2 })
      await topics.openList()
      expect(await seriousViolations(page)).toEqual([])
      await topics.open(`seen-${colorScheme}`)
      expect(await seriousViolations(page)).toEqual([])
    })
  })
}

/** What cannot be done is said, and not what would become of it. */
async function refuseBackfill(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Other ways to deploy' }).click()
  await page.getByRole('menuitem', { name: /^Backfill, then switch over/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Backfill, then switch over' })
  await expect(dialog.getByRole('alert')).toContainText('reads no topic')
  await expect(dialog.getByRole('list')).toHaveCount(0)
  await expect(dialog.getByRole('button', { name: 'Start the backfill' })).toHaveCount(0)
}

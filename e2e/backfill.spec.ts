/** An edited version reads old records beside the running job, and takes its place. */

import { expect, test } from './fixtures.ts'
import { TopicPages } from './topic-pages.ts'

const TOPIC = 'backfilled-visits'

/** Of each page, so many visits are slower than `slowMs`. */
function slowVisits(topic: string): object {
  const schema = { page: 'string', ms: 'integer' }
  return {
    ...{ format: 'millrace/1', name: 'Slow visits', settings: { checkpointInterval: '1s' } },
    nodes: {
      visits: { operator: 'topic-source', title: 'Visits', config: { topic, schema } },
      slow: { operator: 'filter', title: 'Slow', config: { where: 'ms > 100' } },
      pages: {
        operator: 'group-aggregate',
        title: 'Per page',
        config: { groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } },
      },
      view: { operator: 'view-sink', title: 'View', config: {} },
    },
    edges: [
      { from: 'visits', to: 'slow' },
      { from: 'slow', to: 'pages' },
      { from: 'pages', to: 'view' },
    ],
    layout: { visits: [0, 0], slow: [260, 0], pages: [520, 0], view: [780, 0] },
  }
}

test('an edit reads old records first, and then takes the place of what runs', async ({
  page,
  designer,
}) => {
  await new TopicPages(page, designer.url).make(TOPIC, {})
  const records = `${designer.url}/api/v1/topics/${TOPIC}/records`
  for (const ms of [50, 150, 250, 350, 450]) {
    for (const name of ['home', 'cart']) {
      const data = { key: null, value: { text: JSON.stringify({ page: name, ms }) } }
      const answer = await page.request.post(records, { data })
      expect(answer.ok(), await answer.text()).toBe(true)
    }
  }
  await designer.openDocument(slowVisits(TOPIC))
  await designer.run()
  await designer.expectState('Running')
  const counts = async () => (await designer.results('View')).map((row) => row.join(' ')).sort()
  await expect.poll(counts, { timeout: 60_000 }).toEqual(['cart 4', 'home 4'])

  await designer.select('Slow')
  await designer.setExpression('Where', 'ms > 300')
  await page.getByRole('button', { name: 'Other ways to deploy' }).click()
  await page.getByRole('menuitem', { name: /^Backfill, then switch over/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Backfill, then switch over' })
  const nodes = dialog.getByRole('list', { name: 'What becomes of each node' })
  await expect(nodes.getByRole('listitem')).toHaveCount(4)
  await expect(nodes.getByRole('listitem').filter({ hasText: 'Visits' })).toContainText(
    'goes on as it is',
  )
  await expect(nodes.getByRole('listitem').filter({ hasText: 'View' })).toContainText(
    'made anew from old records',
  )
  await dialog.getByRole('checkbox', { name: 'Switch by itself' }).uncheck()
  await dialog.getByRole('button', { name: 'Start the backfill' }).click()
  const now = dialog.getByRole('button', { name: 'Switch now' })
  await expect(now).toBeEnabled({ timeout: 60_000 })
  await expect(dialog).toContainText('It has caught up')
  await expect(page.locator('.backfill-pill')).toHaveText('Backfill: caught up')
  // The bar has room for it.
  const width = page.viewportSize()?.width
  await expect(page.locator('html')).toHaveJSProperty('scrollWidth', width)
  // The job goes on as it was meanwhile.
  await dialog.getByRole('button', { name: 'Close' }).click()
  expect(await counts()).toEqual(['cart 4', 'home 4'])

  await page.locator('.backfill-pill').click()
  await now.click()
  await designer.expectNotice('Version 2 runs now.')
  await designer.expectState('Running')
  await expect(page.getByRole('button', { name: 'Deploy the edit' })).toBeHidden()
  await expect.poll(counts, { timeout: 60_000 }).toEqual(['cart 2', 'home 2'])
  await designer.openDrawer('Logs')
  await expect(designer.drawer).toContainText('has taken the place of the one before')
})

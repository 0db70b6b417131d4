/** Pipelines larger than a screen: seen from far, and with more columns than anybody reads. */

import { pagesPerSecond, pipelineWithProblems } from './documents.ts'
import { expect, test } from './fixtures.ts'

test('from far titles are read, and from further away what a node does and whether it is wrong', async ({
  designer,
  page,
}) => {
  const layout = { visits: [0, 0], slow: [700, 0], 'per-page': [1400, 0], results: [2100, 0] }
  await designer.openDocument({ ...pipelineWithProblems(), layout })
  const node = designer.node('Slow pages')
  const title = node.getByText('Slow pages', { exact: true })
  const glyph = node.locator('.glyph svg')
  await page.keyboard.press('1')
  await expect(glyph).toBeHidden()
  await expect(title).toBeVisible()
  // One line of it, in pixels of the screen.
  await expect.poll(async () => (await title.boundingBox())?.height).toBeGreaterThan(9)

  const further = async () => {
    await page.keyboard.press('-')
    await expect(title).toBeHidden({ timeout: 1_000 })
  }
  await expect(further).toPass()
  await expect(glyph).toBeVisible()
  // As wide on the screen as it is from near, and three times as wide where something is wrong.
  const frame = (of: string) => designer.node(of).locator('.node')
  await expect(frame('Slow pages')).toHaveCSS('outline-width', '6px')
  await expect(frame('Visits')).toHaveCSS('outline-width', '2px')
  await page.keyboard.press('0')
  await expect(title).toBeVisible()
  await expect(node.getByText('mss > 100')).toBeVisible()
})

test('the card of an edge tells of some columns, and is gone once the edge is pressed', async ({
  designer,
  page,
}) => {
  const { nodes, ...rest } = pagesPerSecond('Many columns')
  const { config } = nodes.visits
  const extra = Array.from({ length: 20 }, (_, index) => [`column_${index}`, config.columns.ms])
  const columns = { ...config.columns, ...Object.fromEntries(extra) }
  const visits = { ...nodes.visits, config: { ...config, columns } }
  const results = { ...nodes.results, title: 'زيارات الصفحات حسب الدقيقة' }
  await designer.openDocument({ ...rest, nodes: { ...nodes, visits, results } })
  // What is cut off is the end of a title, also of one that goes from right to left.
  await expect(designer.canvas.getByText(results.title)).toHaveCSS('direction', 'rtl')
  await designer.run()
  const edge = designer.edge('Visits', 'Slow')
  await edge.hover()
  const card = page.getByRole('tooltip')
  await expect(card.getByRole('row')).toHaveCount(10)
  await expect(card).toContainText('and 12 more columns')
  await edge.click()
  await expect(card).toBeHidden()
  await designer.expectRecords(['event time', 'page'])
  await expect(designer.inspector).toContainText('column_19')
  await designer.stop()
})

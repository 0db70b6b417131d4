/** What a sink holds, as rows and as a chart. */

import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

test('results of a window are a table beside a chart with a line for each group', async ({
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Charted'))
  await designer.run()
  await designer.select('Results')
  await designer.openDrawer('Records')
  await designer.expectRecords(['page', 'window_start', 'window_end', 'visits'])
  const chart = designer.drawer.getByRole('region', { name: 'Chart' })
  await expect(chart.locator('canvas')).toBeVisible()
  // The first second may hold fewer pages.
  await expect.poll(() => designer.chartLines()).toEqual(['cart', 'home', 'search'])
  await expect(chart).toContainText(/window_end, \d{4}-\d\d-\d\d(?: to [\d-]+)? UTC/)

  const home = chart.getByRole('button', { name: /^home/ })
  await expect(home).toHaveAttribute('aria-pressed', 'true')
  await home.click()
  await expect(home).toHaveAttribute('aria-pressed', 'false')
  // The first second may hold fewer pages.
  await expect.poll(() => designer.chartLines()).toEqual(['cart', 'home', 'search'])
  await home.click()
  await expect(home).toHaveAttribute('aria-pressed', 'true')
  await chart.getByLabel('a line for each').selectOption('number')
  expect(await designer.chartLines()).toEqual(['visits'])
  await designer.drawer.getByRole('button', { name: 'Table' }).click()
  await expect(designer.drawer.getByRole('table')).toBeHidden()
  await designer.drawer.getByRole('button', { name: 'Chart' }).click()
  await expect(designer.drawer.getByRole('table')).toBeVisible()
  await expect(chart).toBeHidden()
  await designer.stop()
})

const MARKUP = '<b onclick="window.hacked=1">bold</b>'

/** As text, for an object with such a name would have another prototype instead. */
function oddColumns(): object {
  const text = JSON.stringify({
    format: 'millrace/1',
    name: 'Odd columns',
    nodes: {
      odd: {
        operator: 'generator-source',
        title: 'Odd',
        config: {
          columns: {
            PROTO: { type: 'constant', value: 4711 },
            constructor: { type: 'constant', value: MARKUP },
            long: { type: 'constant', value: 'x'.repeat(3_000) },
          },
          rate: 20,
        },
      },
      seen: { operator: 'inspect-sink', title: 'Seen', config: {} },
    },
    edges: [{ from: 'odd', to: 'seen' }],
    layout: { odd: [0, 0], seen: [300, 0] },
  })
  return JSON.parse(text.replace('PROTO', '__proto__')) as object
}

test('columns of odd names, markup and long values are shown as what they are', async ({
  designer,
  page,
}) => {
  await designer.openDocument(oddColumns())
  await designer.run()
  const expectOddRows = async () => {
    await designer.expectRecords(['__proto__', 'constructor', 'long'])
    const row = designer.drawer.getByRole('table').getByRole('row').nth(1)
    await expect(row).toContainText('4711')
    await expect(row).toContainText(MARKUP)
    await expect(row).toContainText(/x{200}…/)
  }
  await designer.tapEdge('Odd', 'Seen')
  await expectOddRows()
  await designer.select('Seen')
  await expectOddRows()
  expect(await page.evaluate('window.hacked')).toBeUndefined()
  await designer.stop()
})

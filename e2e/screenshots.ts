/** The pictures of the README: the earthquakes example while its windows fill and fire. */

import { fileURLToPath } from 'node:url'
import { Designer } from './designer.ts'
import { expect, test } from './fixtures.ts'

const IMAGES = fileURLToPath(new URL('../docs/images', import.meta.url))

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme })

    test('the designer with the event time of a window', async ({ page, ownServer }) => {
      const designer = new Designer(page, ownServer.url)
      await page.goto(ownServer.url)
      await designer.expectState('Running')
      await designer.setPace('100 records per second')
      await designer.select('Per region and day')
      await designer.openDrawer('Event time')
      // The names of what it shows come with its first picture.
      await expect(designer.drawer.getByRole('img')).toBeVisible()
      await page.keyboard.press('1')
      // A key has been pressed, so the browser would mark what has the focus.
      await page.getByRole('tab', { name: 'Event time' }).blur()
      // By then some days have fired, and reports have come too late for them.
      await expect
        .poll(() => designer.watermark('Per region and day'), { timeout: 60_000 })
        .toMatch(/^2018-02-03/)
      await page.screenshot({
        path: `${IMAGES}/designer-${colorScheme}.png`,
        animations: 'disabled',
      })
    })
  })
}

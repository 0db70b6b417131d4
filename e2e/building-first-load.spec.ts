/** What a browser that was never here loads before it shows a pipeline. */

import { gzipSync } from 'node:zlib'
import { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

/** The budget is 400 kB; the page holds the config of every operator. */
const BYTES_MAX = 380_000

/** In the page, from its start: the moment in which nodes are shown. */
const WATCH = `(() => {
  const look = () => {
    const node = document.querySelector('.react-flow__node')
    if (node !== null && getComputedStyle(node).visibility === 'visible') {
      window.shownAtMs = performance.now()
    } else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})()`

/** The addresses of what had arrived by then. The mark is set in the frame after, at the latest. */
const ARRIVED = `new Promise((resolve) => requestAnimationFrame(() => resolve())).then(() =>
  performance.getEntriesByType('resource')
  .filter(({ responseEnd }) => responseEnd <= window.shownAtMs)
  .map(({ name }) => name))`

test('the first canvas needs less than 380 kB, gzipped', async ({ browser, designer, server }) => {
  const id = await designer.openDocument(pagesPerSecond('First load'))
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.addInitScript({ content: WATCH })
  await page.goto(`${server.url}/pipelines/${id}`)
  await expect(new Designer(page, server.url).node('Per page')).toBeVisible()
  const arrived = await page.evaluate<readonly string[]>(ARRIVED)
  const own = arrived.filter((url) => !/\/(?:api|socket\.io)\//.test(url))
  // Scripts and styles at the least, and the document itself.
  expect(own.length).toBeGreaterThan(3)
  let bytes = 0
  for (const url of [page.url(), ...own]) {
    const body = await (await page.request.get(url)).body()
    // Fonts are packed as they are.
    bytes += url.endsWith('.woff2') ? body.length : gzipSync(body).length
  }
  await context.close()
  expect(bytes).toBeLessThan(BYTES_MAX)
})

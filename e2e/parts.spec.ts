/** The page loads what it needs when it needs it; none of that may be missing for good. */

import type { Route } from '@playwright/test'
import { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, SERVER_GONE, test } from './fixtures.ts'
import { holdBack } from './held-parts.ts'

const NOT_THERE = /ERR_FAILED|404 \(Not Found\)|status of 503/

test('the run controls work though the style of one of them does not come, and it comes later', async ({
  designer,
  page,
  faults,
}) => {
  faults.expect(NOT_THERE)
  const blocked = /\/assets\/record-button-.*\.css$/
  await page.route(blocked, (route) => route.abort())
  await designer.openDocument(pagesPerSecond('A part is missing'))
  await designer.run()
  const notice = page.getByText('A part of this page does not come')
  await expect(notice).toBeVisible()
  await expect(page.getByRole('button', { name: 'Reload the page' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeEnabled()

  await page.unroute(blocked)
  await expect(notice).toHaveCount(0)
  const dot = page.getByRole('button', { name: 'Record', exact: true }).locator('i')
  await expect(dot).toHaveCSS('border-radius', '50%')
  await designer.stop()
})

test('no control moves from under the pointer when one beside it comes late', async ({
  designer,
  page,
}) => {
  const letCome = await holdBack(page, 'record-button')
  await designer.openDocument(pagesPerSecond('A part comes late'))
  await designer.run()
  const record = page.getByRole('button', { name: 'Record', exact: true })
  const pause = page.getByRole('button', { name: 'Pause', exact: true })
  await expect(record).toBeDisabled()
  const before = await pause.boundingBox()
  letCome()
  await expect(record).toBeEnabled()
  expect(await pause.boundingBox()).toEqual(before)
  await designer.stop()
})

for (const [how, fail] of [
  ['does not answer', (route: Route) => route.abort()],
  ['is only starting', (route: Route) => route.fulfill({ status: 503 })],
] as const) {
  test(`what is opened while the server ${how} comes when it does`, async ({
    designer,
    page,
    faults,
  }) => {
    faults.expect(NOT_THERE)
    await designer.openDocument(pagesPerSecond('Opened while away'))
    await page.route('**/livez', fail)
    await page.reload()
    const notice = page.getByText('A part of this page has not come yet')
    await expect(notice).toBeVisible()
    await page.unroute('**/livez')
    await page.getByRole('button', { name: 'Other ways to start' }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expect(notice).toHaveCount(0)
  })
}

test('who goes to a page while the server is away stays where they are until it comes', async ({
  designer,
  page,
  faults,
}) => {
  faults.expect(NOT_THERE)
  await designer.openDocument(pagesPerSecond('Gone away'))
  await page.route('**/livez', (route) => route.abort())
  await page.reload()
  await expect(designer.node('Per page')).toBeVisible()
  const list = page.getByRole('link', { name: 'Millrace, all pipelines' })
  const notice = page.getByText('The page you go to has not come yet')
  await list.click()
  await expect(notice).toBeVisible()
  await expect(designer.node('Per page')).toBeVisible()
  await page.getByRole('button', { name: 'Stay here' }).click()
  await expect(notice).toHaveCount(0)
  await list.click()
  await expect(notice).toBeVisible()
  await page.unroute('**/livez')
  await expect(page.getByRole('heading', { name: 'Examples' })).toBeVisible()
  await expect(notice).toHaveCount(0)
})

test('who goes back to a page that has never come reads so, and gets it with the server', async ({
  designer,
  page,
  faults,
}) => {
  faults.expect(NOT_THERE)
  const id = await designer.openDocument(pagesPerSecond('Gone back'))
  await designer.openList()
  await page.locator(`a[href="/pipelines/${id}"]`).click()
  await expect(designer.node('Per page')).toBeVisible()
  await page.route('**/livez', (route) => route.abort())
  await page.reload()
  await expect(designer.node('Per page')).toBeVisible()
  await page.goBack()
  const said = page.getByRole('heading', { name: 'The list of pipelines has not come yet' })
  await expect(said).toBeVisible()
  // Once is enough.
  await expect(page.getByText('has not come yet')).toHaveCount(1)
  await page.goForward()
  await expect(designer.node('Per page')).toBeVisible()
  await page.goBack()
  const asked = page.waitForRequest('**/livez')
  await page.getByRole('button', { name: 'Try again now' }).click()
  await asked
  await page.unroute('**/livez')
  await expect(page.getByRole('heading', { name: 'Examples' })).toBeVisible()
  await expect(said).toHaveCount(0)
})

test('a page that has been idle opens its dialogs without the server', async ({
  ownServer,
  page,
  faults,
}) => {
  faults.expect(SERVER_GONE)
  const designer = new Designer(page, ownServer.url)
  const loaded = page.waitForResponse(/\/assets\/start-dialog-.*\.js$/)
  await designer.openDocument(pagesPerSecond('Server gone'))
  await loaded
  await ownServer.kill()
  await page.getByRole('button', { name: 'Other ways to start' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
})

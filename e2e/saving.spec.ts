/** Edits stay, whoever else saves and whatever goes away. */

import { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, SERVER_GONE, test } from './fixtures.ts'

test('a page that is loaded anew shows the job that runs', async ({ designer, page }) => {
  await designer.openDocument(pagesPerSecond('Reloaded'))
  await designer.run()
  await designer.expectState('Running')
  await designer.expectFlow('Slow', 'in')
  await page.reload()
  await designer.expectState('Running')
  await designer.expectFlow('Slow', 'in')
  await designer.stop()
})

test('of two tabs that save, neither overwrites the other silently', async ({
  designer,
  context,
  faults,
}) => {
  // What this tries: a tab that reaches nobody, then a save that is refused. Browsers log both.
  faults.expect(/ERR_FAILED|status of 409/)
  const id = await designer.openDocument(pagesPerSecond('Two tabs'))
  const other = new Designer(await context.newPage(), designer.url)
  await other.page.goto(`${designer.url}/pipelines/${id}`)
  await designer.expectSaved()
  await other.expectSaved()

  await designer.goOffline()
  await designer.select('Slow')
  await designer.setExpression('Where', 'ms > 1')
  await other.select('Slow')
  await other.setExpression('Where', 'ms > 2')
  await other.expectSaved('version 2')
  await designer.goOnline()

  const differing = designer.page.getByRole('list', { name: 'What differs' })
  await expect(differing).toContainText('ms > 2')
  await expect(differing).toContainText('ms > 1')
  await designer.keepMine(2)
  await designer.expectSaved('version 3')
  await designer.expectExpression('Where', 'ms > 1')
  // The other tab has nothing unsaved, and shows what is saved now, in the form that is open.
  await other.expectSaved('version 3')
  await expect(other.page.getByRole('region', { name: /^Version 3 was saved/ })).toBeVisible()
  await other.expectExpression('Where', 'ms > 1')
  await other.takeVersion(2)
  await other.expectSaved('version 4')
  await designer.expectSaved('version 4')
  await designer.select('Slow')
  await designer.expectExpression('Where', 'ms > 2')
})

test('what another tab has deleted is saved as a new pipeline, or let go', async ({
  designer,
  page,
  faults,
}) => {
  faults.expect(/status of 404/)
  const id = await designer.openDocument(pagesPerSecond('Deleted elsewhere'))
  await designer.rename('Renamed here')
  await designer.expectSaved('version 2')
  const remove = async (pipelineId: string): Promise<void> => {
    const answer = await page.request.delete(`${designer.url}/api/v1/pipelines/${pipelineId}`)
    expect(answer.ok(), await answer.text()).toBe(true)
  }
  const dialog = page.getByRole('dialog', { name: 'This pipeline is not on the server any more' })
  await remove(id)
  await dialog.getByRole('button', { name: 'Look again' }).click()
  await expect(dialog).toContainText('The server still does not have it.')
  await dialog.getByRole('button', { name: 'Save as a new pipeline' }).click()
  await expect(dialog).toBeHidden()
  await designer.expectSaved('version 1')
  await expect(designer.node('Per page')).toBeVisible()
  const second = page.url().slice(page.url().lastIndexOf('/') + 1)
  expect(second).not.toBe(id)

  // Who closes the page instead finds it again at the same address.
  await remove(second)
  await expect(dialog).toBeVisible()
  await page.reload()
  await expect(page.getByText('This browser keeps "Renamed here"')).toBeVisible()
  await page.getByRole('button', { name: 'Save it as a new pipeline' }).click()
  await designer.expectSaved('version 1')

  await remove(page.url().slice(page.url().lastIndexOf('/') + 1))
  await dialog.getByRole('button', { name: 'Let it go' }).click()
  await expect(page.getByRole('heading', { name: 'Examples' })).toBeVisible()
  await page.goto(`${designer.url}/pipelines/${second}`)
  await expect(page.getByText('This pipeline cannot be opened')).toBeVisible()
  await expect(page.getByText('This browser keeps')).toHaveCount(0)
})

test('while the server is gone edits are kept, and saved when it is back', async ({
  ownServer,
  page,
  faults,
}) => {
  faults.expect(SERVER_GONE)
  const designer = new Designer(page, ownServer.url)
  await designer.openDocument(pagesPerSecond('Server gone'))
  await designer.select('Slow')
  // It is a part of the page that the server has to give first.
  await designer.expressionEditor('Where')
  await ownServer.kill()
  await designer.setExpression('Where', 'ms > 7')
  await expect(page.getByRole('button', { name: 'Unsaved: server away' })).toBeVisible()
  await expect(page.getByText('your edits are kept')).toBeVisible()

  await ownServer.startAgain()
  await designer.expectSaved('version 2')
  await expect(page.getByText('your edits are kept')).toBeHidden()
  await page.reload()
  await designer.select('Slow')
  await designer.expectExpression('Where', 'ms > 7')
})

test('an engine host that is killed is started again, and the page says so without a reload', async ({
  ownServer,
  page,
}) => {
  const designer = new Designer(page, ownServer.url)
  await designer.openDocument(pagesPerSecond('Host killed'))
  await designer.run()
  await designer.expectFlow('Slow', 'in')
  ownServer.killEngineHosts()
  await designer.expectState('1× restarted')
  await designer.expectState('Running')
  await designer.expectFlow('Slow', 'in')
  await designer.stop()
})

test('a setting that cannot be read is saved like the rest, and only refuses a start', async ({
  designer,
  page,
}) => {
  await designer.openDocument(pagesPerSecond('Potatoes'))
  const limit = designer.inspector.getByRole('textbox', { name: 'State limit' })
  await limit.fill('64 potatoes')
  await expect(designer.inspector).toContainText('"64 potatoes" is not a size')
  await designer.rename('Potatoes, kept')
  await expect(page.getByRole('button', { name: 'Saved, version 2' })).toBeVisible()
  await page.reload()
  await expect(limit).toHaveValue('64 potatoes')
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  const refused = page.getByRole('heading', { name: 'Not started.' })
  await expect(refused).toBeVisible()
  // It is said of this pipeline alone.
  await designer.openEmpty()
  await expect(refused).toHaveCount(0)
})

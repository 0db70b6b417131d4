/** Editing: problems where they arise, undo to where one was, and the way out and in again. */

import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

test('a broken expression is a problem in form, node and list, until it is undone', async ({
  page,
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Broken'))
  await designer.select('Slow')
  await designer.setExpression('Where', 'mss > 100')
  const said = 'There is no column "mss"'
  await expect(designer.inspector).toContainText(said)
  await expect(designer.node('Slow')).toHaveAccessibleName(/1 problem/)
  await designer.expectProblem('Slow', said)

  await designer.undo()
  await designer.expectNoProblems()
  await designer.expectExpression('Where', 'ms > 100')
  await designer.redo()
  await designer.expectProblem('Slow', said)

  // Typed over as by hand: the browser would keep the looks of what was marked as wrong.
  const where = designer.inspector.getByRole('textbox', { name: 'Where', exact: true })
  await where.press('ControlOrMeta+a')
  await page.keyboard.type('ms > 200')
  await designer.expectExpression('Where', 'ms > 200')
  await designer.expectNoProblems()
})

test('what was done is undone after another page was looked at', async ({ page, designer }) => {
  await designer.openDocument(pagesPerSecond('Left'))
  await designer.select('Slow')
  await designer.setExpression('Where', 'ms > 250')
  await page.getByRole('link', { name: 'Millrace, all pipelines' }).click()
  await expect(page).toHaveURL(/\/pipelines$/)
  await page.goBack()
  await designer.select('Slow')
  await designer.expectExpression('Where', 'ms > 250')
  await designer.undo()
  await designer.expectExpression('Where', 'ms > 100')
  await designer.redo()
  await designer.expectExpression('Where', 'ms > 250')
})

test('an edge to a node that is not there is removed at its problem, and comes back by undo', async ({
  designer,
}) => {
  const document = pagesPerSecond('Loose end')
  const edges = [...document.edges, { from: 'nobody', to: 'slow' }]
  await designer.openDocument({ ...document, edges })
  await designer.openDrawer('Problems')
  const remove = designer.drawer.getByRole('button', { name: 'Remove the edge', exact: true })
  await remove.click()
  await expect(designer.drawer).toContainText('No problems.')
  await designer.page.keyboard.press('ControlOrMeta+z')
  await expect(remove).toBeVisible()
})

test('a problem in the list leads to its node and field', async ({ designer }) => {
  const document = pagesPerSecond('Led to')
  document.nodes['per-page'].config.size = '0s'
  await designer.openDocument(document)
  await designer.openProblem('Per page')
  await expect(designer.field('Size')).toBeFocused()
  await expect(designer.field('Size')).toHaveAccessibleDescription(/Size/)
})

test('an unfinished pipeline is not started, and the page says what is missing', async ({
  designer,
}) => {
  await designer.openEmpty()
  await designer.add('Filter')
  await designer.run()
  const notice = await designer.expectNotice('Not started.')
  await expect(notice).toContainText('There are 2 problems to be mended first.')
  await expect(notice).toContainText('“Filter”: Where: fill it in, for instance ms > 100.')
  await designer.expectState('Not running')
  await designer.expectProblem('Filter', 'not connected')
})

/** Gestures that build a pipeline: each does what it says, and is undone as one step. */

import { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

const INTO_WINDOW = { from: 'Slow', to: 'Per page' }

/** With a second sink, below the others and not connected. */
function withSpareSink(name: string) {
  const document = pagesPerSecond(name)
  const spare = { operator: 'view-sink', title: 'Spare', config: {} }
  return {
    ...document,
    nodes: { ...document.nodes, spare },
    layout: { ...document.layout, spare: [600, 160] },
  }
}

test('an end that is dropped on empty canvas detaches its edge', async ({ designer }) => {
  await designer.openDocument(pagesPerSecond('Detached'))
  await designer.detach(INTO_WINDOW)
  await expect(designer.line('Slow', 'Per page')).toHaveCount(0)
  await designer.expectProblem('Per page', 'not connected')
  await designer.undo()
  await expect(designer.line('Slow', 'Per page')).toBeAttached()
  await designer.expectNoProblems()
})

test('an end that is dropped on another input moves its edge there', async ({ designer }) => {
  await designer.openDocument(withSpareSink('Moved'))
  await designer.moveEnd(INTO_WINDOW, 'Spare')
  await expect(designer.line('Slow', 'Spare')).toBeAttached()
  await expect(designer.line('Slow', 'Per page')).toHaveCount(0)
  await designer.undo()
  await expect(designer.line('Slow', 'Per page')).toBeAttached()
  await expect(designer.line('Slow', 'Spare')).toHaveCount(0)
})

test('an end that is dropped on an input that is taken stays where it was', async ({
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Taken'))
  await designer.moveEnd(INTO_WINDOW, 'Results')
  const notice = await designer.expectNotice('These ports are not joined.')
  await expect(notice).toContainText('Results')
  await expect(designer.line('Slow', 'Per page')).toBeAttached()
})

test('an edge that is dropped on empty canvas offers what fits, and both are one step', async ({
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Offered'))
  await designer.dropEdge('Slow', 'out', 'Filter')
  await expect(designer.line('Slow', 'Filter')).toBeAttached()
  await designer.undo()
  await expect(designer.node('Filter')).toHaveCount(0)
  await expect(designer.line('Slow', 'Filter')).toHaveCount(0)
})

test('an operator that is dropped on an edge stands in it', async ({ designer }) => {
  await designer.openDocument(pagesPerSecond('Put in'))
  await designer.dropInto('Filter', INTO_WINDOW)
  await expect(designer.line('Slow', 'Filter')).toBeAttached()
  await expect(designer.line('Filter', 'Per page')).toBeAttached()
  await expect(designer.line('Slow', 'Per page')).toHaveCount(0)
  await designer.undo()
  await expect(designer.node('Filter')).toHaveCount(0)
  await expect(designer.line('Slow', 'Per page')).toBeAttached()
})

test('Ctrl+F finds a node, selects it and brings it into view', async ({ designer, page }) => {
  const document = pagesPerSecond('Found')
  document.layout.results = [9000, 9000]
  await designer.openDocument(document)
  await page.keyboard.press('0')
  await page.keyboard.press('ControlOrMeta+f')
  const dialog = page.getByRole('dialog', { name: 'Find an action or a node' })
  await expect(dialog.getByRole('combobox')).toBeFocused()
  await page.keyboard.type('Results')
  await page.keyboard.press('Enter')
  await expect(designer.node('Results')).toBeFocused()
  await expect(designer.node('Results')).toBeInViewport({ ratio: 1 })
  const title = designer.inspector.getByRole('textbox', { name: 'Title of the node' })
  await expect(title).toHaveValue('Results')
})

test('nodes are copied into another tab with the edges between them', async ({
  context,
  designer,
  page,
  server,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await designer.openDocument(pagesPerSecond('Copied from'))
  await designer.select('Slow')
  await designer.node('Per page').click({ modifiers: ['ControlOrMeta'] })
  await page.keyboard.press('ControlOrMeta+c')

  const other = new Designer(await context.newPage(), server.url)
  await other.openEmpty()
  await other.page.keyboard.press('ControlOrMeta+v')
  await expect(other.line('Slow', 'Per page')).toBeAttached()
  await other.undo()
  await expect(other.canvas).toContainText('Begin with a source')
})

test('what is duplicated stands beside, and is undone as one step', async ({ designer, page }) => {
  await designer.openDocument(pagesPerSecond('Twice'))
  await designer.select('Slow')
  await page.keyboard.press('ControlOrMeta+d')
  await expect(designer.node('Slow')).toHaveCount(2)
  await designer.undo()
  await expect(designer.node('Slow')).toHaveCount(1)
})

test('a document that is dropped anywhere on the page is imported, as one step', async ({
  designer,
  page,
}) => {
  await designer.openEmpty()
  const palette = page.getByRole('navigation', { name: 'Palette' })
  await designer.dropFile(palette, 'pages.json', JSON.stringify(pagesPerSecond('Dropped')))
  await designer.expectNotice('Imported "pages.json" with 4 nodes.')
  await expect(designer.node('Per page')).toBeVisible()
  await designer.undo()
  await expect(designer.canvas).toContainText('Begin with a source')
})

test('a dropped file of another program is refused whole', async ({ designer }) => {
  await designer.openDocument(pagesPerSecond('Kept'))
  await designer.dropFile(designer.canvas, 'flow.json', JSON.stringify([{ id: '1', wires: [] }]))
  await designer.expectNotice('"flow.json" is not imported. Nothing has changed.')
  await expect(designer.node('Per page')).toBeVisible()
  await designer.expectNoProblems()
})

test('a row that was added has the focus, and one that is removed gives it on', async ({
  designer,
  page,
}) => {
  await designer.openDocument(pagesPerSecond('Rows'))
  await designer.select('Per page')
  await designer.addEntry('Aggregates', 'Aggregate')
  const names = designer.inspector.getByRole('textbox', { name: 'Name' })
  await expect(names.last()).toBeFocused()
  await page.keyboard.type('slowest')
  await expect(names.last()).toHaveValue('slowest')
  await designer.inspector.getByRole('button', { name: 'Remove slowest' }).click()
  await expect(designer.inspector.getByRole('button', { name: 'Remove visits' })).toBeFocused()
})

/** The whole way without a pointer. */

import { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'
import { holdBack } from './held-parts.ts'

test('a pipeline is added, connected, set up and run by keyboard only', async ({
  page,
  server,
}) => {
  const designer = new Designer(page, server.url)
  await designer.openList()
  await page.getByRole('button', { name: 'New pipeline' }).focus()
  await page.keyboard.press('Enter')
  await expect(designer.canvas).toContainText('Begin with a source')

  await designer.addByKeys('generator')
  await designer.addByKeys('view')
  await designer.selectByKeys('Generator')
  await page.keyboard.press('c')
  const dialog = page.getByRole('dialog', { name: 'Connect Generator' })
  await expect(dialog.getByRole('combobox', { name: 'Port' })).toBeFocused()
  await expect(dialog.getByRole('combobox', { name: 'to' })).toHaveText('View, in')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()

  await designer.selectByKeys('Generator')
  await page.keyboard.press('Enter')
  await expect(designer.inspector.locator(':focus')).toBeVisible()
  await designer.tabTo(designer.inspector.getByRole('button', { name: 'Column', exact: true }))
  await page.keyboard.press('Enter')
  await designer.tabTo(designer.field('Kind of Value of id'))
  await page.keyboard.type('Seq')
  await designer.expectSaved()
  await page.keyboard.press('ControlOrMeta+Enter')
  await designer.expectState('Running')
  await designer.expectFlow('View', 'in')
  // From a button on the canvas Tab goes on, and adds nothing.
  await designer.edge('Generator', 'View').focus()
  await page.keyboard.press('Tab')
  await expect(designer.edge('Generator', 'View')).not.toBeFocused()
  await expect(page.getByRole('combobox', { name: 'Add an operator' })).toBeHidden()
  await page.keyboard.press('ControlOrMeta+.')
  await designer.expectState('Stopped')
  // The button goes with its press, and the focus stays where it was.
  await page.getByRole('button', { name: 'Start again' }).press('Enter')
  await designer.expectState('Running')
  await expect(page.getByRole('group', { name: 'Job' })).toBeFocused()
  await page.keyboard.press('ControlOrMeta+.')
  await designer.expectState('Stopped')
})

test('a node that was just added is connected from its input, where nothing takes its output', async ({
  designer,
  page,
}) => {
  await designer.openEmpty()
  await designer.addByKeys('generator')
  await designer.addByKeys('filter')
  await expect(designer.node('Filter')).toBeFocused()
  await page.keyboard.press('c')
  const dialog = page.getByRole('dialog', { name: 'Connect Filter' })
  const from = dialog.getByRole('combobox', { name: 'from' })
  await expect(from.locator('option:checked')).toHaveText('Generator, out')
  await page.keyboard.press('Enter')
  await expect(designer.line('Generator', 'Filter')).toBeAttached()
})

test('what is typed before a dialog has come does nothing to the pipeline', async ({
  page,
  designer,
}) => {
  const letGo = await holdBack(page, 'commands-dialog')
  await designer.openEmpty()
  await page.keyboard.press('Escape')
  await page.keyboard.press('ControlOrMeta+k')
  // By themselves a note and the outline.
  await page.keyboard.type('no')
  letGo()
  const dialog = page.getByRole('dialog', { name: 'Find an action or a node' })
  await expect(dialog.getByRole('combobox')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(designer.canvas).toContainText('Begin with a source')
  const operators = page.getByRole('button', { name: 'Operators', exact: true })
  await expect(operators).toHaveAttribute('aria-pressed', 'true')
})

for (const [what, keys, more] of [
  ['goes on', 'End', ' > 7'],
  ['is replaced where it is selected', 'ControlOrMeta+a', 'ms > 7'],
] as const) {
  test(`an expression is typed before its editor has come, and ${what} in the editor`, async ({
    page,
    designer,
  }) => {
    const letGo = await holdBack(page, 'expression-editor')
    await designer.openDocument(pagesPerSecond('Typed early'))
    await designer.select('Slow')
    const where = designer.inspector.getByRole('textbox', { name: 'Where', exact: true })
    await where.focus()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('ms')
    await expect(where).toHaveValue('ms')
    await page.keyboard.press(keys)
    letGo()
    await expect(where).toHaveAttribute('contenteditable', 'true')
    await expect(where).toBeFocused()
    await page.keyboard.type(more)
    await designer.expectExpression('Where', 'ms > 7')
  })
}

test('nodes that are added by key stand side by side, joined, and the new one has the focus', async ({
  page,
  designer,
}) => {
  await designer.openEmpty()
  await designer.addByKeys('generator')
  await expect(designer.node('Generator')).toBeFocused()
  // Straight on from the new node, as one does who knows what is wanted.
  await page.keyboard.press('Tab')
  await expect(page.getByRole('combobox', { name: 'Add an operator' })).toBeFocused()
  await page.keyboard.type('filter')
  await page.keyboard.press('Enter')
  await expect(designer.node('Filter')).toBeFocused()
  const [first, second] = await Promise.all(
    ['Generator', 'Filter'].map((title) => designer.node(title).boundingBox()),
  )
  if (first == null || second == null) throw new Error('Both nodes are drawn.')
  const isBeside = first.x + first.width <= second.x || second.x + second.width <= first.x
  const isBelow = first.y + first.height <= second.y || second.y + second.height <= first.y
  expect(isBeside || isBelow).toBe(true)

  // It takes what leaves the one before, and goes with its edge as one step.
  await expect(designer.line('Generator', 'Filter')).toBeAttached()
  const said = page.getByRole('status').getByText('Filter added, and connected to Generator.')
  await expect(said).toBeAttached()
  await page.keyboard.press('ControlOrMeta+z')
  await expect(designer.line('Generator', 'Filter')).toHaveCount(0)
  await expect(designer.node('Filter')).toHaveCount(0)
  await expect(designer.node('Generator')).toBeVisible()
})

test('who deletes what had the focus, or goes to the canvas from elsewhere, is on it', async ({
  page,
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Left by keys'))
  await designer.selectByKeys('Slow')
  await page.keyboard.press('Delete')
  await expect(designer.node('Slow')).toHaveCount(0)
  await expect(designer.canvas).toBeFocused()
  await page.keyboard.press('ControlOrMeta+z')
  await expect(designer.node('Slow')).toBeVisible()

  await designer.findByKeys('Show the dead letters')
  await expect(page.getByRole('region', { name: 'Dead letters' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(designer.canvas).toBeFocused()

  await designer.findByKeys('Open the topics')
  await expect(page.getByRole('main')).toBeFocused()
  await page.getByRole('link', { name: 'Pipelines', exact: true }).press('Enter')
  await page.getByRole('link', { name: 'Left by keys' }).press('Enter')
  await expect(designer.canvas).toBeFocused()
})

test('the keyboard gets to every part and out of each again', async ({ page, designer }) => {
  await designer.openEmpty()
  const list = page.getByRole('combobox', { name: 'Add an operator' })
  await page.keyboard.press('Tab')
  await expect(list).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(list).toBeHidden()
  await expect(page.getByRole('tablist', { name: 'Drawer' }).locator(':focus')).toBeVisible()

  await designer.addByKeys('filter')
  await expect(designer.node('Filter')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(designer.inspector.locator(':focus')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(designer.node('Filter')).toBeFocused()

  for (const [key, tab] of [
    ['t', 'Event time'],
    ['ControlOrMeta+Shift+M', 'Problems'],
  ] as const) {
    await page.keyboard.press(key)
    await expect(page.getByRole('tab', { name: new RegExp(`^${tab}`) })).toBeFocused()
  }
  await page.keyboard.press('ControlOrMeta+j')
  await expect(designer.drawer).toBeHidden()
  await expect(designer.node('Filter')).toBeFocused()
  await page.keyboard.press('i')
  await expect(designer.inspector.locator(':focus')).toBeVisible()
})

test('the palette of commands finds parts of the page and other pages', async ({
  page,
  designer,
}) => {
  await designer.openEmpty()
  await page.keyboard.press('ControlOrMeta+k')
  const dialog = page.getByRole('dialog', { name: 'Find an action or a node' })
  const field = dialog.getByRole('combobox')
  for (const { typed, found } of [
    { typed: 'checkp', found: 'Show the checkpoints' },
    { typed: 'topic', found: 'Open the topics' },
    { typed: 'canvas', found: 'Go to the canvas' },
    { typed: 'inspector', found: 'Go to the inspector' },
    { typed: 'dead', found: 'Show the dead letters' },
  ]) {
    await field.fill(typed)
    await expect(dialog.getByRole('option', { name: found })).toBeVisible()
  }
})

test('a word is looked up, and the focus comes back to where it was', async ({
  page,
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Looked up'))
  await designer.selectByKeys('Per page')
  await page.keyboard.press('ControlOrMeta+k')
  await expect(page.getByRole('dialog').getByRole('combobox')).toBeFocused()
  await page.keyboard.type('words mean')
  await page.keyboard.press('Enter')
  const glossary = page.getByRole('dialog', { name: 'What the words mean' })
  await expect(glossary.getByRole('searchbox', { name: 'Find a word' })).toBeFocused()
  await page.keyboard.type('watermark')
  await expect(glossary.getByRole('term').first()).toHaveText('Watermark')
  await expect(glossary.getByRole('status')).toHaveText(/^\d+ words$/)
  await page.keyboard.press('Escape')
  await expect(glossary).toBeHidden()
  await expect(designer.node('Per page')).toBeFocused()

  await page.getByRole('button', { name: 'Menu', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'What the words mean' }).press('Enter')
  await expect(glossary.getByRole('searchbox')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Menu', exact: true })).toBeFocused()
})

test('F1 explains the field with the focus, and elsewhere the words of the page', async ({
  page,
  designer,
}) => {
  const glossary = page.getByRole('dialog', { name: 'What the words mean' })
  const letCome = await holdBack(page, 'glossary-dialog')
  await designer.openDocument(pagesPerSecond('Explained'))
  await designer.selectByKeys('Slow')
  await page.keyboard.press('F1')
  // Whoever types before its code has come finds in it what was typed.
  await page.keyboard.type('watex')
  await page.keyboard.press('Backspace')
  letCome()
  await expect(glossary.getByRole('searchbox', { name: 'Find a word' })).toHaveValue('wate')
  await expect(glossary.getByRole('term').first()).toHaveText('Watermark')
  await page.keyboard.type('rmark')
  await expect(glossary.getByRole('searchbox')).toHaveValue('watermark')
  await page.keyboard.press('Escape')
  await expect(designer.node('Slow')).toBeFocused()

  await page.keyboard.press('Enter')
  await page.keyboard.press('F1')
  await expect(page.getByText('What must be TRUE for a record to pass.')).toBeVisible()
  await expect(glossary).toBeHidden()
})

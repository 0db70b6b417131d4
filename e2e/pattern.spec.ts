/** The stages of a pattern: written from nothing until it finds something, and moved about. */

import { Designer } from './designer.ts'
import { LOGINS, loginsWithPattern } from './documents.ts'
import { expect, test } from './fixtures.ts'

test('a pattern is written from nothing, and finds what it says', async ({ page, ownServer }) => {
  ownServer.writeFile('logins.jsonl', LOGINS)
  const designer = new Designer(page, ownServer.url)
  await designer.openDocument(loginsWithPattern())
  await designer.select('Break-ins')
  await designer.pickColumn('Partition by', 'user')
  await designer.inspector.getByRole('button', { name: /^Several in a row, then another/ }).click()
  await expect(designer.stage('a').getByRole('textbox', { name: 'Name' })).toBeFocused()
  await designer.renameStage('a', 'failed')
  await designer.renameStage('b', 'in')
  await designer.setExpression('Condition of failed', "event = 'failed'")

  const condition = designer.inspector.getByRole('textbox', { name: 'Condition of in' })
  await condition.click()
  await page.keyboard.type("event = 'ok' AND ip = fail")
  const offered = page.getByRole('listbox').getByRole('option')
  await expect(offered.filter({ hasText: 'failed.ip' })).toBeVisible()
  await page.keyboard.type('ed.ip')
  await page.keyboard.press('Escape')
  await designer.choose('After a match', 'No overlap')
  await designer.addEntry('Columns', 'Expression')
  const columns = designer.inspector.getByRole('group', { name: 'Columns', exact: true })
  await columns.getByRole('textbox', { name: 'Name' }).fill('tries')
  await designer.setExpression('Value of tries', 'COUNT(failed.*)')

  // What speaks of a stage follows its name.
  await designer.renameStage('failed', 'try')
  await designer.expectExpression('Condition of in', "event = 'ok' AND ip = try.ip")
  await designer.expectExpression('Value of tries', 'COUNT(try.*)')
  await designer.expectNoProblems()
  await designer.run()
  await designer.expectState('Finished')
  const rows = await designer.results('Found')
  expect(rows).toHaveLength(1)
  expect(rows[0]?.at(-1)).toBe('3')
})

const STAGES = [
  { name: 'a', where: "event = 'failed'" },
  { name: 'b', where: "event = 'ok' AND ip = a.ip", contiguity: 'next' },
  { group: [{ name: 'c', where: "event = 'failed'" }], times: 2 },
]

const CONFIG = { pattern: STAGES, afterMatch: 'no-skip', columns: { ip: 'b.ip' } }

test('stages are moved, copied, grouped and removed by keyboard, each as one step', async ({
  designer,
  page,
}) => {
  await designer.openDocument(loginsWithPattern(CONFIG))
  await designer.select('Break-ins')
  const grip = (name: string) =>
    designer.stage(name).getByRole('button', { name: `Move: Stage ${name}` })
  await designer.expectStages(['a', 'b', 'c'])

  await grip('a').focus()
  await page.keyboard.press('ArrowDown')
  await designer.expectStages(['b', 'a', 'c'])
  await expect(grip('a')).toBeFocused()
  await designer.undo()
  await designer.expectStages(['a', 'b', 'c'])

  await grip('c').focus()
  await page.keyboard.press('ArrowLeft')
  await expect(grip('c')).toBeFocused()
  await designer.expectProblem('Break-ins', 'A group needs at least one stage.')
  await grip('c').focus()
  await page.keyboard.press('ArrowRight')
  await designer.expectNoProblemOf('A group needs at least one stage.')

  await designer.stageMenu('b', 'Duplicate')
  await designer.expectStages(['a', 'b', 'd', 'c'])
  await designer.expectExpression('Condition of d', "event = 'ok' AND ip = a.ip")
  await designer.stageMenu('d', 'Remove')
  await designer.expectStages(['a', 'b', 'c'])

  await designer.linkStage('b', 'not followed by')
  await expect(designer.stage('b')).toContainText('not')
  await designer.undo()
  await expect(designer.stage('b')).not.toContainText('not')
})

test('a stage is dragged by its grip into a group', async ({ designer }) => {
  await designer.openDocument(loginsWithPattern(CONFIG))
  await designer.select('Break-ins')
  const grip = designer.stage('a').getByRole('button', { name: 'Move: Stage a' })
  const under = await designer.stage('c').boundingBox()
  await grip.dragTo(designer.stage('c'), {
    targetPosition: { x: 40, y: (under?.height ?? 0) - 4 },
  })
  await designer.expectStages(['b', 'c', 'a'])
  const group = designer.inspector.getByRole('group', { name: 'Group', exact: true })
  await expect(group.getByRole('group', { name: 'Stage a' })).toBeVisible()
})

test('a name that is taken stays a draft, and a problem leads to its stage', async ({
  designer,
  page,
}) => {
  const [first, second] = STAGES
  const pattern = [first, { ...second, where: 'ipp = a.ip' }]
  await designer.openDocument(loginsWithPattern({ ...CONFIG, pattern }))
  await designer.select('Break-ins')
  const name = designer.stage('b').getByRole('textbox', { name: 'Name' })
  await name.fill('a')
  await expect(designer.stage('b')).toContainText('Another stage is named "a".')
  await name.blur()
  await expect(name).toHaveValue('b')
  await page.keyboard.press('Escape')
  await designer.select('Logins')
  await designer.openProblem('Break-ins')
  await expect(designer.inspector.getByRole('textbox', { name: 'Condition of b' })).toBeFocused()
})

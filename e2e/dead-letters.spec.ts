/** A record that is refused: found, corrected on the page, sent in again, and counted once. */

import type { Page } from '@playwright/test'
import { paymentsInEuros } from './documents.ts'
import { expect, test } from './fixtures.ts'
import { LetterPages } from './letter-pages.ts'
import { seriousViolations } from './violations.ts'

interface Row {
  readonly payer: string
  readonly euros: number
}

const RATE = 1.25

function payment(payer: string, amount: unknown, rate = RATE): object {
  return { at: '2026-11-21T12:00:00Z', payer, amount, rate }
}

/** What the sink of the running job holds. */
async function results(page: Page, url: string, pipelineId: string): Promise<readonly Row[]> {
  const again = { maxRetries: 2 }
  const jobs = await (await page.request.get(`${url}/api/v1/jobs`, again)).json()
  const own = (jobs as { jobId: string; pipelineId: string; endedAtMs: number | null }[]).find(
    (job) => job.pipelineId === pipelineId && job.endedAtMs === null,
  )
  const answer = await page.request.get(`${url}/api/v1/jobs/${own?.jobId}/views/results`, again)
  if (!answer.ok()) return []
  return ((await answer.json()) as { rows: Row[] }).rows
}

test('a poison record is found from its node, corrected, sent in, and counted once', async ({
  page,
  designer,
  server,
}) => {
  const letters = new LetterPages(page, server.url)
  await letters.makeTopic('poison')
  const id = await designer.openDocument(paymentsInEuros('poison', 'Poison'))
  await designer.run()
  await letters.produce('poison', [
    ...[payment('ada', 10), payment('bob', '12,50 EUR'), payment('cem', 20)],
    ...[payment('dee', 5, 0), payment('eva', 6, 0)],
  ])
  const rowsOf = async (payer: string) => {
    const rows = await results(page, server.url, id)
    return rows.filter((row) => row.payer === payer).map(({ euros }) => euros)
  }
  await expect.poll(() => rowsOf('cem')).toEqual([16])

  // The counter on the node leads to what that node refused.
  await expect(page.getByRole('link', { name: '3 dead letters' })).toBeVisible()
  await page.getByRole('link', { name: '1 error', exact: true }).click()
  await expect(letters.causes).toContainText('1 cause')
  await expect(letters.letter).toContainText('Column "amount": "12,50 EUR" is not of type double.')
  await expect(letters.letter.locator('mark')).toHaveText('"12,50 EUR"')
  await letters.letter.getByRole('button', { name: 'Bytes' }).click()
  await expect(letters.letter.locator('mark').first()).toContainText('22 31 32 2c')

  // Still wrong: refused again, with what is wrong now.
  await letters.button('Correct it').click()
  const amount = letters.letter.getByLabel('amount', { exact: true })
  await expect(amount).toBeFocused()
  await amount.fill('twelve')
  await letters.button('Send it in').click()
  await expect(letters.letter).toContainText('Refused again')
  await expect(letters.letter).toContainText('"twelve" is not of type double.')
  await expect(letters.figure('Open')).toHaveText('3')

  await expect(letters.letter).toContainText('"amount" is declared as double')

  // Corrected by keys alone: what is typed is written as the type of the column.
  await letters.button('Correct it').click()
  await expect(letters.letter.getByLabel('Kind of amount')).toHaveValue('declared')
  await amount.fill('12.5')
  await amount.press('Control+Enter')
  await expect(letters.letter).toContainText('"Payments" took it in and passed it on.')
  // The list stays at its cause, though another one has more open letters now.
  await expect(page).toHaveURL(/[?&]group=\d+/)
  // Nothing of this cause is left to go on to; whoever works by keys is still in the letter.
  await expect(letters.letter).toBeFocused()
  await expect(letters.figure('Open')).toHaveText('2')
  await expect(letters.figure('Accepted')).toHaveText('1')
  await expect(page.getByRole('link', { name: '2 dead letters' })).toBeVisible()
  await expect.poll(() => rowsOf('bob')).toEqual([10])

  // It counts once: five records came, and none of them is an error of the source any more.
  await page.keyboard.press('Escape')
  await expect(letters.region).toBeHidden()
  await expect(page.getByRole('link', { name: '1 error', exact: true })).toHaveCount(0)
  await expect(page.getByRole('link', { name: '2 errors', exact: true })).toBeVisible()
  await designer.stop()
})

test('a field that a record lacks is filled in where the others stand', async ({
  page,
  designer,
  server,
}) => {
  const letters = new LetterPages(page, server.url)
  await letters.makeTopic('lacking')
  const { nodes, ...document } = paymentsInEuros('lacking', 'Lacking')
  const timed = { ...nodes.payments.config, eventTime: 'at' }
  const id = await designer.openDocument({
    ...document,
    nodes: { ...nodes, payments: { ...nodes.payments, config: timed } },
  })
  await designer.run()
  await letters.produce('lacking', [payment('ada', 10), { payer: 'bob', amount: 20, rate: RATE }])
  await page.getByRole('link', { name: '1 dead letter' }).click()
  await letters.button('Correct it').click()
  const at = letters.letter.getByLabel('at', { exact: true })
  await expect(at).toBeFocused()
  await expect(at).toHaveAttribute('placeholder', 'missing')
  await at.pressSequentially('2026-11-21T12:00:01Z')
  await letters.button('Send it in').click()
  const bobs = async () => {
    const rows = await results(page, server.url, id)
    return rows.filter(({ payer }) => payer === 'bob').map(({ euros }) => euros)
  }
  await expect.poll(bobs).toEqual([16])
})

test('causes beside the log are read to their end', async ({ page, designer, server }) => {
  await page.setViewportSize({ width: 1366, height: 768 })
  const letters = new LetterPages(page, server.url)
  await letters.makeTopic('beside')
  await designer.openDocument(paymentsInEuros('beside', 'Beside'))
  await designer.run()
  await letters.produce('beside', [payment('ada', '12,50 EUR'), payment('bob', 5, 0)])
  await designer.openDrawer('Logs')
  const cells = designer.drawer.getByRole('region', { name: 'Dead letters' }).getByRole('cell')
  await expect(cells).toHaveCount(8)
  const cut = await cells.evaluateAll((all) =>
    all.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent),
  )
  expect(cut).toEqual([])
  await designer.stop()
})

test('many letters are discarded, taken back, replayed and exported', async ({
  page,
  designer,
  server,
}) => {
  const letters = new LetterPages(page, server.url)
  await letters.makeTopic('zeros')
  await designer.openDocument(paymentsInEuros('zeros', 'Zeros'))
  await designer.run()
  await letters.produce('zeros', [payment('dee', 5, 0), payment('eva', 6, 0)])
  await page.getByRole('link', { name: '2 dead letters' }).click()
  await letters.letters
    .getByRole('checkbox', { name: /^Mark the letter/ })
    .first()
    .check()
  await letters.button('Discard 1 marked').click()
  await page.getByRole('button', { name: 'Discard 1 letter' }).click()
  await expect(letters.figure('Discarded')).toHaveText('1')
  await page.getByRole('button', { name: 'Take back', exact: true }).click()
  await expect(letters.figure('Discarded')).toHaveText('0')
  await letters.button('Replay all 2').click()
  await expect(letters.letters.getByText('refused 2×')).toHaveCount(2)

  const download = page.waitForEvent('download')
  await letters.button('Export').click()
  expect((await download).suggestedFilename()).toBe('zeros-dead-letters.ndjson')

  // What is found is what is meant.
  const search = letters.region.getByRole('searchbox', { name: 'Find in the records' })
  await search.fill('EVA')
  await expect(letters.button('Replay 1 shown')).toBeVisible()
  await expect(letters.letter).toContainText('eva')
  await search.fill('nobody')
  await expect(letters.letters).toContainText('No record here contains “nobody”.')
  await expect(letters.button('Discard 0 shown')).toBeDisabled()
  await search.press('Escape')
  await expect(search).toHaveValue('')
  await expect(letters.button('Replay all 2')).toBeVisible()

  // Once the job has ended, the page says what can be done, and does it.
  await designer.stop()
  await expect(letters.region).toContainText('The pipeline does not run.')
  await expect(letters.button('Replay all 2')).toBeDisabled()
  await letters.button('Start the pipeline').click()
  await expect(letters.button('Replay all 2')).toBeEnabled()
  await expect(letters.region).not.toContainText('The pipeline does not run.')
  await page.keyboard.press('Escape')
  await expect(letters.region).toBeHidden()
  await designer.expectState('Running')
  await designer.stop()
})

test('a record is found among the letters of all causes, which lead to its own', async ({
  page,
  designer,
  server,
}) => {
  const letters = new LetterPages(page, server.url)
  await letters.makeTopic('causes')
  await designer.openDocument(paymentsInEuros('causes', 'Causes'))
  await designer.run()
  await letters.produce('causes', [
    ...[payment('bob', '12 EUR'), payment('eva', 6, 0), payment('dee', '9 EUR')],
    ...[payment('eva', 'six'), '{'],
  ])
  await page.getByRole('link', { name: '5 dead letters' }).click()
  await expect(letters.causes).toContainText('3 causes')
  await letters.causes.getByRole('button', { name: /division-by-zero/ }).click()
  const search = letters.region.getByRole('searchbox', { name: 'Find in the records' })
  await search.fill('bob')
  await expect(letters.letters).toContainText('No record here contains “bob”.')
  await letters.button('Search all causes').click()
  await expect(letters.letter).toContainText('Column "amount": "12 EUR"')
  const all = letters.causes.getByRole('button', { name: 'Letters of all causes' })
  await expect(all).toHaveAttribute('aria-current', 'true')

  // What is shown is what is meant, whatever it was refused for.
  await search.fill('eva')
  await expect(letters.button('Replay 2 shown')).toBeVisible()
  for (const cause of ['Payments wrong-type', 'In euros division-by-zero'])
    await expect(letters.letters.getByRole('cell', { name: cause })).toHaveCount(1)
  await page.reload()
  await expect(search).toHaveValue('eva')
  await letters.button('Discard 2 shown').click()
  await page.getByRole('button', { name: 'Discard 2 letters' }).click()
  await expect(letters.figure('Discarded')).toHaveText('2')
  await search.fill('')
  await expect(letters.button('Replay all 3')).toBeVisible()

  await letters.letters.getByRole('row').filter({ hasText: '12 EUR' }).getByRole('button').click()
  await expect(letters.letter).toContainText('Column "amount": "12 EUR"')
  await letters.button('Show all letters of this cause').click()
  await expect(letters.button('Replay all 2')).toBeVisible()
  await expect(letters.letter).toContainText('Column "amount": "12 EUR"')
  await designer.stop()
})

test('thousands of letters are gone through a page at a time, by keys', async ({
  page,
  designer,
  server,
}) => {
  const letters = new LetterPages(page, server.url)
  await letters.makeTopic('many')
  const document = paymentsInEuros('many', 'Many')
  const source = {
    operator: 'generator-source',
    title: 'Made up',
    config: { columns: { n: { type: 'sequence' } }, count: 2500, rate: 100_000 },
  }
  const zero = { operator: 'filter', title: 'Zero', config: { where: '1 / (n - n) > 0' } }
  await designer.openDocument({
    ...document,
    nodes: { source, zero, results: document.nodes.results },
    edges: [
      { from: 'source', to: 'zero' },
      { from: 'zero', to: 'results' },
    ],
    layout: {},
  })
  await designer.run()
  await designer.expectState('Finished')
  await page.getByRole('link', { name: '2,500 dead letters' }).click()
  await expect(letters.letters).toContainText('1 to 100 of 2,500')
  // The count is told before the list is read again, and then other rows are the newest.
  await expect(letters.letters).toContainText('{"n":2499}')
  await letters.letters
    .getByRole('button', { name: /^Letter of/ })
    .first()
    .focus()
  await page.keyboard.press('PageDown')
  await expect(letters.letters).toContainText('101 to 200 of 2,500')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(letters.letter).toContainText('Division by zero.')
  await page.keyboard.press('PageUp')
  await expect(letters.letters).toContainText('1 to 100 of 2,500')
  await page.keyboard.press('Escape')
  await expect(letters.region).toBeHidden()
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme })

    test('the page of dead letters has no serious violation', async ({
      page,
      designer,
      server,
    }) => {
      const letters = new LetterPages(page, server.url)
      const topic = `letters-in-${colorScheme}`
      await letters.makeTopic(topic)
      await designer.openDocument(paymentsInEuros(topic, `Letters in ${colorScheme}`))
      await designer.run()
      const broken = new Uint8Array([0x7b, 0xff, 0x7d])
      await letters.produce(topic, [payment('bob', '12 EUR'), payment('dee', 5, 0), broken])
      await page.getByRole('link', { name: '3 dead letters' }).click()
      await expect(letters.letter).toContainText('Refused by')
      await designer.stop()
      await letters.causes.getByRole('button', { name: /wrong-type/ }).click()
      await letters.button('Correct it').click()
      await expect(letters.letter.getByLabel('amount', { exact: true })).toBeVisible()
      await letters.letter.getByRole('button', { name: 'Bytes' }).click()
      await expect(letters.letter.locator('mark').first()).toBeVisible()
      expect(await seriousViolations(page)).toEqual([])
    })
  })
}

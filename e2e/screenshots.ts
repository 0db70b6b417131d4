/**
 * The pictures of README.md and docs/designer.md, in light and dark: what a user meets from the
 * empty canvas to a refused file.
 */

import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { Designer } from './designer.ts'
import {
  ordersThroughTopics,
  pagesPerSecond,
  paymentsInEuros,
  pipelineWithProblems,
  visitsPerPage,
} from './documents.ts'
import { expect, test } from './fixtures.ts'
import { LetterPages } from './letter-pages.ts'
import { breakIns, daysThatFireAgain, refusedPayments, spentPerCity } from './shown-documents.ts'
import { TopicPages } from './topic-pages.ts'

const IMAGES = process.env.IMAGES ?? fileURLToPath(new URL('../docs/images', import.meta.url))
/** By then a day has fired, and reports have come too late for it. */
const A_DAY_LATER = /^2018-02-0[2-9]/
/** By then the picture, which begins when it is opened, holds days that have fired. */
const DAYS_LATER = /^2018-02-0[5-9]/

type Scheme = 'light' | 'dark'

for (const scheme of ['light', 'dark'] as const) {
  test.describe(`in ${scheme}`, () => {
    test.use({ colorScheme: scheme })
    takeRunning(scheme)
    takeVocabulary(scheme)
    takeDrawn(scheme)
    takeTopics(scheme)
    takeCheckpoints(scheme)
    takeDeadLetters(scheme)
    takeShadow(scheme)
  })
}

function takeRunning(scheme: Scheme): void {
  test('the example that runs after the first start', async ({ page, ownServer }) => {
    test.setTimeout(180_000)
    const designer = new Designer(page, ownServer.url)
    await page.goto(ownServer.url)
    await designer.expectState('Running')
    await designer.setPace('100 records per second')
    await expect
      .poll(() => designer.watermark('Per region and day'), { timeout: 60_000 })
      .toMatch(A_DAY_LATER)
    await keep(page, 'running', scheme)

    await designer.tapEdge('USGS reports', 'Per region and day')
    await designer.expectRecords(['event time', 'region', 'magnitude'])
    await keep(page, 'records', scheme)

    await designer.select('Per region and day')
    await designer.openDrawer('Event time')
    // The names of what it shows come with its first picture.
    await expect(designer.drawer.getByRole('img')).toBeVisible()
    await page.keyboard.press('1')
    await expect
      .poll(() => designer.watermark('Per region and day'), { timeout: 60_000 })
      .toMatch(DAYS_LATER)
    await keep(page, 'designer', scheme)

    await page.setViewportSize({ width: 900, height: 1000 })
    await page.keyboard.press('[')
    await page.keyboard.press(']')
    await page.keyboard.press('1')
    await expect(designer.drawer.getByRole('img')).toBeVisible()
    await keep(page, 'narrow', scheme)
  })

  test('the ledger of a window', async ({ page, ownServer }) => {
    const designer = new Designer(page, ownServer.url)
    await page.goto(ownServer.url)
    await designer.expectState('Running')
    await designer.setPace('100 records per second')
    await expect
      .poll(() => designer.watermark('Per region and day'), { timeout: 60_000 })
      .toMatch(DAYS_LATER)
    await designer.select('Per region and day')
    await designer.openDrawer('Ledger')
    await expect(designer.drawer).toContainText('late')
    await page.keyboard.press('1')
    await keep(page, 'ledger', scheme)
  })
}

function takeVocabulary(scheme: Scheme): void {
  test('the stages of a pattern', async ({ designer, page }) => {
    await designer.openDocument(breakIns())
    await designer.run()
    await designer.expectFlow('Found', 'in')
    await designer.select('Break-ins')
    await expect(designer.stage('entered')).toBeVisible()
    await page.keyboard.press('1')
    await keep(page, 'stages', scheme)
    await designer.stop()
  })

  test('a join of tables', async ({ designer, page }) => {
    await designer.openDocument(spentPerCity())
    await designer.run()
    await designer.results('Customers now')
    await designer.select('Spent, with the city')
    await designer.expectRecords(['customer', 'city', 'spent'])
    // What expressions are written in comes later than the form.
    await expect(designer.inspector).toContainText('left.customer')
    await page.keyboard.press('1')
    await keep(page, 'table-join', scheme)
    await designer.stop()
  })

  test('a window that fires again for late records', async ({ page, ownServer }) => {
    const designer = new Designer(page, ownServer.url)
    await designer.openDocument(daysThatFireAgain())
    await designer.select('Per region and day')
    await designer.openDrawer('Event time')
    await designer.run()
    await expect(designer.drawer.getByRole('img')).toBeVisible()
    await page.keyboard.press('1')
    await expect
      .poll(() => designer.watermark('Per region and day'), { timeout: 60_000 })
      .toMatch(DAYS_LATER)
    await keep(page, 'late-firings', scheme)
  })
}

function takeDrawn(scheme: Scheme): void {
  test('the canvas before anything is drawn', async ({ designer, page }) => {
    await designer.openEmpty()
    await keep(page, 'empty', scheme)
  })

  test('a pipeline with problems', async ({ designer, page }) => {
    await designer.openDocument(pipelineWithProblems())
    await designer.openDrawer('Problems')
    await designer.select('Slow pages')
    await page.keyboard.press('1')
    const problems = designer.drawer.getByRole('list', { name: 'Problems' })
    await expect(problems.getByRole('button')).toHaveCount(3)
    await expect(designer.inspector.locator('.cm-lintRange-error')).toHaveText('mss')
    await keep(page, 'problems', scheme)
  })

  test('a file that is not imported', async ({ designer, page }) => {
    await designer.copyExample('Earthquakes')
    // By then the page listens to its keys.
    await designer.expectState('Not running')
    const foreign = { name: 'My workflow', nodes: [], connections: {} }
    await designer.import('workflow.json', JSON.stringify(foreign))
    await designer.expectNotice(/^"workflow.json" is not imported/)
    await keep(page, 'import-refused', scheme)
  })
}

function takeTopics(scheme: Scheme): void {
  test('a topic that two jobs share', async ({ page, ownServer }) => {
    const topics = new TopicPages(page, ownServer.url)
    await topics.make('orders', { partitions: 4, retentionMs: 604_800_000 })
    for (const document of ordersThroughTopics()) await startPipeline(page, ownServer.url, document)
    await topics.open('orders')
    await page.getByRole('button', { name: 'Live' }).click()
    await expect.poll(() => topics.records.count()).toBeGreaterThanOrEqual(100)
    await page.getByLabel('Begin at').selectOption('earliest')
    await expect(page.getByRole('button', { name: 'Older' })).toBeDisabled()
    await topics.records.nth(4).getByRole('button').click()
    await expect(page.getByRole('region', { name: 'Value' })).toBeVisible()
    await expect(page.getByText('up to date').first()).toBeVisible()
    await keep(page, 'topic', scheme)
  })
}

function takeCheckpoints(scheme: Scheme): void {
  test('checkpoints of a job, and what an edit would lose of it', async ({ designer, page }) => {
    await designer.openDocument(visitsPerPage('Visits per page'))
    await designer.run()
    await designer.openDrawer('Checkpoints')
    const checkpoints = designer.drawer.getByRole('table', { name: 'Checkpoints' })
    await expect(checkpoints.getByRole('row')).toHaveCount(5, { timeout: 30_000 })
    await designer.drawer.getByLabel('Title of the savepoint').fill('Before the change')
    await designer.drawer.getByRole('button', { name: 'Make a savepoint' }).click()
    await expect(designer.drawer).toContainText('Before the change')
    await page.getByRole('button', { name: 'Close the notice' }).click()
    await page.keyboard.press('1')
    await keep(page, 'checkpoints', scheme)

    await designer.select('Per page')
    await designer.setField('State time to live', '1h')
    await designer.select('Visits')
    await designer.setField('Seed', '8')
    await page.getByRole('button', { name: 'Deploy the edit' }).click()
    await expect(page.getByRole('dialog', { name: 'One node would lose its state' })).toBeVisible()
    await keep(page, 'impact', scheme)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await designer.stop()
  })
}

/** So many that some have no slow visit in a second. */
function manyPagesPerSecond(): object {
  const { nodes, ...rest } = pagesPerSecond('Slow pages per second')
  const { columns, ...source } = nodes.visits.config
  const page = { ...columns.page, values: ['home', 'cart', 'search', 'help', 'login', 'terms'] }
  const config = { ...source, columns: { ...columns, page }, seed: 11 }
  return { ...rest, nodes: { ...nodes, visits: { ...nodes.visits, config } } }
}

function takeDeadLetters(scheme: Scheme): void {
  test('a dead letter fixed and replayed', async ({ page, ownServer }) => {
    const designer = new Designer(page, ownServer.url)
    const letters = new LetterPages(page, ownServer.url)
    await letters.makeTopic('payments')
    await designer.openDocument(paymentsInEuros('payments'))
    await designer.run()
    await letters.produce('payments', refusedPayments())
    await page.getByRole('link', { name: /32 dead letters/ }).click()
    await letters.causes.getByRole('button', { name: /division-by-zero/ }).click()
    await letters.letters
      .getByRole('button', { name: /^Letter of/ })
      .last()
      .click()
    await letters.letter.getByRole('button', { name: 'Discard' }).click()
    await letters.causes.getByRole('button', { name: /wrong-type/ }).click()
    for (const letter of [7, 4, 2]) {
      await letters.letters
        .getByRole('button', { name: /^Letter of/ })
        .nth(letter)
        .click()
      await letters.button('Correct it').click()
      const amount = letters.letter.getByLabel('amount', { exact: true })
      const digits = (await amount.inputValue()).replace(/[^\d,]/g, '').replace(',', '.')
      await letters.letter.getByLabel('Kind of amount').selectOption('number')
      await amount.fill(digits)
      await letters.button('Send it in').click()
      await expect(letters.letter).toContainText('took it in and passed it on')
    }
    await expect(letters.figure('Accepted')).toHaveText('3')
    await expect(letters.letters).toContainText('Open 21')
    await page.getByRole('button', { name: 'Close the notice' }).click()
    await keep(page, 'dead-letters', scheme)
    await designer.stop()
  })
}

/** Without the mark of the focus, which a browser shows as soon as a key was pressed. */
async function keep(page: Page, name: string, scheme: Scheme): Promise<void> {
  await page.evaluate('document.activeElement?.blur()')
  await page.mouse.move(0, 0)
  // What is loaded after the canvas.
  await expect(page.getByRole('button', { name: /^Menu|^Switch/ }).first()).toBeVisible()
  await page.evaluate('document.fonts.ready.then(() => true)')
  await page.screenshot({
    path: `${IMAGES}/${name}-${scheme}.png`,
    animations: 'disabled',
  })
}

async function startPipeline(page: Page, url: string, document: object): Promise<void> {
  const made = await page.request.post(`${url}/api/v1/pipelines`, { data: { document } })
  const { id } = (await made.json()) as { readonly id: string }
  const started = await page.request.post(`${url}/api/v1/jobs`, { data: { pipelineId: id } })
  expect(started.ok(), await started.text()).toBe(true)
}

function takeShadow(scheme: Scheme): void {
  test('what a recording gives in another version', async ({ page, ownServer }) => {
    test.setTimeout(120_000)
    const designer = new Designer(page, ownServer.url)
    await designer.openDocument(manyPagesPerSecond())
    await designer.run()
    await designer.openDrawer('Recordings')
    await page.getByRole('button', { name: 'Record', exact: true }).click()
    const words = designer.drawer.getByText(/records so far/)
    const records = async () => Number((await words.textContent())?.match(/^\d+/)?.[0])
    await expect.poll(records, { timeout: 30_000 }).toBeGreaterThan(300)
    await page.getByRole('button', { name: 'Recording', exact: true }).click()
    await expect(designer.drawer.getByRole('cell', { name: 'stopped' })).toBeVisible()
    await designer.select('Slow')
    await designer.setExpression('Where', 'ms > 210')
    await keep(page, 'recordings', scheme)
    await designer.drawer.getByRole('button', { name: /^Replay into what is drawn/ }).click()
    await expect(page.locator('.verdict')).toContainText('differ', { timeout: 30_000 })
    await page.getByRole('button', { name: 'Records near it' }).nth(1).click()
    await keep(page, 'shadow', scheme)
    await page.setViewportSize({ width: 420, height: 900 })
    await keep(page, 'shadow-narrow', scheme)
  })
}

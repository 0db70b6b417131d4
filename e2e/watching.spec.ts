/** Whoever looks at a job sees what is so: in each tab, after a reload, when something dies. */

import { Designer } from './designer.ts'
import { countedVisits, pagesPerSecond } from './documents.ts'
import { expect, SERVER_GONE, test } from './fixtures.ts'

test('a step lets exactly one record through', async ({ designer }) => {
  await designer.openDocument(pagesPerSecond('Stepped'))
  await designer.run()
  await designer.tapEdge('Visits', 'Slow')
  await designer.expectRecords(['event time', 'page', 'ms'])
  await designer.pause()
  const before = await designer.settledRecords()
  await designer.step()
  await expect(designer.drawer).toContainText(`${before + 1} seen`)
  expect(await designer.settledRecords()).toBe(before + 1)
  await designer.stop()
})

test('what passed before anybody looked is shown, where a job stands and when it has ended', async ({
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Looked at later'))
  await designer.run()
  await designer.expectFlow('Per page', 'in')
  await designer.pause()
  await designer.tapEdge('Slow', 'Per page')
  await designer.expectRecords(['event time', 'page', 'ms'])
  await designer.stop()
  await designer.tapEdge('Visits', 'Slow')
  await designer.expectRecords(['event time', 'page', 'ms'])
  const out = await designer.node('Visits').locator('[data-way="out"] .face-number').textContent()
  expect(await designer.settledRecords()).toBe(Number(out))
})

test('the windows of a job that was over at once are told, and seen when it runs slowly', async ({
  designer,
  page,
}) => {
  await designer.openDocument(countedVisits('Over at once'))
  await designer.run()
  await designer.expectState('Finished')
  await designer.select('Per page')
  await designer.openDrawer('Event time')
  const windows = designer.drawer.getByRole('table', { name: 'Windows' }).getByRole('row')
  // One for each of ten seconds, below the head.
  await expect(windows).toHaveCount(11)
  await expect(windows.last()).toContainText('fired at')
  await designer.drawer
    .getByRole('button', { name: 'See the windows fill, at 10 records per second' })
    .click()
  await designer.expectState('Running')
  await expect(designer.drawer.getByRole('img', { name: /\. 1 window open/ })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Pace' })).toHaveText('Pace: 10/s')
  await designer.stop()
})

test('records that are held back while the table is paused are counted, and come after it', async ({
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Held still'))
  await designer.run()
  await designer.tapEdge('Visits', 'Slow')
  await designer.expectRecords(['page'])
  // Of those that passed before the look only the newest were kept.
  const unsent = async () => {
    return /([\d,]+) not sent/.exec((await designer.drawer.textContent()) ?? '')?.[1] ?? '0'
  }
  const before = await unsent()
  await designer.drawer.getByRole('button', { name: 'Pause' }).click()
  await expect(designer.drawer).toContainText(/[1-9]\d behind/)
  await designer.drawer.getByRole('button', { name: 'Resume' }).click()
  await expect(designer.drawer).not.toContainText('behind')
  // Every number is there: nothing was left out meanwhile.
  await expect.poll(unsent).toBe(before)
  await expect(designer.drawer).not.toContainText('not shown')
  await designer.stop()
})

test('a page that is loaded anew shows what has happened to the job', async ({
  designer,
  page,
}) => {
  await designer.openDocument(pagesPerSecond('Logged'))
  await designer.run()
  await designer.expectState('Running')
  await designer.pause()
  await designer.resume()
  await page.reload()
  await designer.expectState('Running')
  await designer.openDrawer('Logs')
  const log = designer.drawer.getByRole('list', { name: 'What happened to the job' })
  await expect(log.getByRole('listitem')).toHaveCount(3)
  await expect(log.getByRole('listitem').last()).toContainText('Version 1 was started.')
  await designer.stop()
  await expect(log.getByRole('listitem').first()).toContainText('stopped')

  // What became of it can be read when the next one runs.
  await designer.run()
  await designer.expectState('Running')
  await expect(log.getByRole('listitem').last()).toContainText('Version 1 was started anew')
  const runs = designer.drawer.getByRole('combobox', { name: 'Run whose log is shown' })
  await runs.selectOption({ index: 1 })
  await expect(log.getByRole('listitem').first()).toContainText('stopped')
  await runs.selectOption('The latest run')
  await expect(log).not.toContainText('stopped')
  await designer.stop()
})

test('an opened drawer covers no node, and gives the canvas back as it was', async ({
  designer,
  page,
}) => {
  await designer.openDocument(pagesPerSecond('Seen'))
  const node = designer.node('Visits')
  // Waits until the view has come to rest.
  await node.click({ trial: true })
  const before = await node.boundingBox()
  await designer.openDrawer('Ledger')
  await expect(async () => {
    const drawer = await designer.drawer.boundingBox()
    for (const one of await page.locator('.react-flow__node').all()) {
      const box = await one.boundingBox()
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(drawer?.y ?? 0)
    }
  }).toPass()
  await page.getByRole('tab', { name: /^Ledger/ }).click()
  await expect.poll(() => node.boundingBox()).toEqual(before)
})

test('what a node keeps is seen key by key, and one key is found', async ({ designer, page }) => {
  await designer.openDocument(pagesPerSecond('Kept'))
  await designer.openDrawer('State')
  await expect(designer.drawer).toContainText('Select a node')
  await designer.select('Per page')
  await expect(designer.drawer).toContainText('Nothing runs')
  await designer.run()
  const kept = designer.drawer.getByRole('table', { name: 'What Per page keeps' })
  for (const key of ['home', 'cart', 'search']) await expect(kept).toContainText(key)
  await expect(kept.getByRole('columnheader', { name: 'visits', exact: true })).toBeVisible()
  await expect(designer.drawer).toContainText(/\d+ entries, about [\d.]+ K?B/)
  await designer.drawer.getByRole('searchbox', { name: 'Find a key' }).fill('CAR')
  await expect(kept).not.toContainText('home')
  await expect(kept).toContainText('cart')
  await designer.drawer.getByRole('searchbox', { name: 'Find a key' }).fill('nobody')
  await expect(designer.drawer).toContainText('No key has "nobody" in it')
  await designer.select('Slow')
  await expect(designer.drawer).toContainText('“Slow” keeps nothing just now')
  await designer.stop()
  await page.keyboard.press('Escape')
})

test('what one tab does with a job the other one shows', async ({ designer, context }) => {
  const id = await designer.openDocument(pagesPerSecond('Watched twice'))
  const other = new Designer(await context.newPage(), designer.url)
  await other.page.goto(`${designer.url}/pipelines/${id}`)
  await designer.run()
  await other.expectState('Running')
  await other.expectFlow('Slow', 'in')
  await other.pause()
  await designer.expectState('Paused')
  await designer.resume()
  await other.expectState('Running')
  await other.tapEdge('Visits', 'Slow')
  await other.expectRecords(['page'])
  await designer.stop()
  await other.expectState('Stopped')
})

test('while the server is gone the page says so, and it recovers without a reload', async ({
  ownServer,
  page,
  faults,
}) => {
  // While it starts, it answers that it is not there yet.
  faults.expect(SERVER_GONE)
  const designer = new Designer(page, ownServer.url)
  await designer.openDocument(pagesPerSecond('Gone and back'))
  await designer.run()
  await designer.expectFlow('Slow', 'in')
  await ownServer.kill()
  await designer.expectState('Last known: running')
  await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeDisabled()
  await designer.expectStrip('Server gone')

  await ownServer.startAgain()
  await designer.expectState('Running')
  // That its server was started again is no failure of the job: its log says so, and nothing else.
  await expect(page.locator('.job-strip')).toHaveCount(0)
  await designer.expectFlow('Slow', 'in')
  await designer.openDrawer('Logs')
  await expect(designer.drawer).toContainText('The server was started again')
  await designer.stop()
})

test('a job whose engine is killed says that it starts over, and why', async ({
  ownServer,
  page,
}) => {
  const designer = new Designer(page, ownServer.url)
  await designer.openDocument(pagesPerSecond('Engine killed'))
  await designer.run()
  await designer.tapEdge('Visits', 'Slow')
  await designer.expectRecords(['page'])
  ownServer.killEngineHosts()
  await designer.expectStrip('Restarted once; it ')
  await designer.expectState('Running')
  // The table goes on by itself, in the engine that runs the job now.
  await designer.expectRecords(['page'])
  await designer.openDrawer('Logs')
  await expect(designer.drawer).toContainText('it ended with SIGKILL')
  await designer.stop()
})

test.describe('in a narrow window', () => {
  test.use({ viewport: { width: 620, height: 800 } })

  test('a job can be run, watched and stopped', async ({ designer, page }) => {
    await designer.openDocument(pagesPerSecond('Narrow'))
    await designer.run()
    await designer.expectFlow('Slow', 'in')
    for (const name of ['Pause', 'Stop', 'Menu']) {
      await expect(page.getByRole('button', { name, exact: true }).first()).toBeInViewport({
        ratio: 1,
      })
    }
    await designer.node('Visits').click()
    await designer.openDrawer('Records')
    await designer.expectRecords(['page'])
    await designer.stop()
  })
})

/** Fails at its second row. */
function failing(): object {
  const rows = { schema: { a: 'integer' }, rows: [{ a: 1 }, { a: 0 }] }
  return {
    format: 'millrace/1',
    name: 'Fails',
    nodes: {
      rows: { operator: 'rows-source', title: 'Rows', config: rows },
      divide: {
        operator: 'select',
        title: 'Divide',
        config: { columns: { b: 'a / a' }, onError: 'fail' },
      },
      view: { operator: 'view-sink', title: 'View', config: {} },
    },
    edges: [
      { from: 'rows', to: 'divide' },
      { from: 'divide', to: 'view' },
    ],
  }
}

test('the node that made a job fail is marked until the next start', async ({ designer, page }) => {
  await page.setViewportSize({ width: 960, height: 900 })
  await designer.openDocument(failing())
  await designer.run()
  await designer.expectState('Failed')
  await designer.expectStrip('Division by zero.')
  // What is said of it does not lie over the form in which it is mended.
  const strip = await page.locator('.job-strip').boundingBox()
  const form = await designer.inspector.boundingBox()
  expect((strip?.x ?? 0) + (strip?.width ?? 0)).toBeLessThanOrEqual(form?.x ?? 0)
  const mark = designer.node('Divide').getByText('failed', { exact: true })
  await expect(mark).toHaveAttribute('title', /^Division by zero\./)
  await expect(designer.canvas.getByText('failed', { exact: true })).toHaveCount(1)
  await designer.select('Divide')
  await designer.setExpression('Value of b', 'a / NULLIF(a, 0)')
  await designer.run()
  await designer.expectState('Finished')
  await expect(mark).toHaveCount(0)
})

for (const [width, height] of [
  [1440, 900],
  [960, 900],
  [400, 800],
] as const) {
  test(`at ${width} px a refused start lies neither on the strip of the job nor on the problems`, async ({
    designer,
    page,
  }) => {
    await designer.openDocument(failing())
    await designer.run()
    await designer.expectState('Failed')
    await designer.expectStrip('Division by zero.')
    await designer.select('Divide')
    await designer.setExpression('Value of b', 'nothing / a')
    await page.setViewportSize({ width, height })
    const start = page.getByRole('button', { name: 'Start again', exact: true })
    await start.click()
    const notice = await designer.expectNotice('Not started.')
    const problem = page.getByRole('list', { name: 'Problems' }).getByRole('button').first()
    // Tried without a click: it passes only where nothing lies over it.
    await problem.click({ trial: true })
    await start.click({ trial: true })
    const places = [
      page.locator('.job-strip'),
      notice,
      page.getByRole('region', { name: 'Drawer' }),
    ]
    // In one look, after what has come has moved what is below it.
    await expect
      .poll(async () => {
        const [strip, said, drawer] = await Promise.all(places.map((one) => one.boundingBox()))
        if (!strip || !said || !drawer) return 'not all of them are drawn'
        if (strip.y + strip.height > said.y) return 'the notice lies on the strip'
        if (said.y + said.height > drawer.y) return 'the notice lies on the drawer'
        if (said.x < 0 || said.x + said.width > width) return 'the notice is cut off'
        return 'nothing lies on anything'
      })
      .toBe('nothing lies on anything')
    await page.getByRole('button', { name: 'Close the notice' }).press('Enter')
    // The focus stays in the part of the page where it was.
    await expect(page.locator('.notice-stack')).toBeFocused()
  })
}

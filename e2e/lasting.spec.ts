/** What outlives crashes, stops and edits: counts, and the state behind them. */

import type { Locator, Page } from '@playwright/test'
import { Designer } from './designer.ts'
import { visitsPerPage } from './documents.ts'
import { expect, test } from './fixtures.ts'
import { holdStart } from './held-parts.ts'

interface View {
  readonly rows: readonly { readonly page: string; readonly visits: number }[]
}

/** What the sink holds; undefined while the job is being started again. */
async function countsOf(page: Page, url: string, pipelineId: string) {
  const jobs = await (await page.request.get(`${url}/api/v1/jobs`)).json()
  const own = (jobs as { jobId: string; pipelineId: string; startedAtMs: number }[])
    .filter((job) => job.pipelineId === pipelineId)
    .sort((a, b) => b.startedAtMs - a.startedAtMs)
  const answer = await page.request.get(`${url}/api/v1/jobs/${own[0]?.jobId}/views/results`)
  if (!answer.ok()) return undefined
  const { rows } = (await answer.json()) as View
  return new Map(rows.map(({ page: name, visits }) => [name, visits]))
}

async function visitsOf(page: Page, url: string, pipelineId: string): Promise<number> {
  const counts = await countsOf(page, url, pipelineId)
  return counts === undefined ? -1 : [...counts.values()].reduce((sum, one) => sum + one, 0)
}

interface RunningJob {
  readonly checkpoints: { readonly last: object | null } | null
  readonly jobId: string
  readonly pipelineId: string
  readonly version: number
  readonly endedAtMs: number | null
}

test('a job whose engine is killed twice counts every record once', async ({ page, ownServer }) => {
  const designer = new Designer(page, ownServer.url)
  const bounded = { count: 900, pace: 'event-time' }
  const id = await designer.openDocument(visitsPerPage('Counts on', bounded))
  await designer.run()
  const visits = () => visitsOf(page, ownServer.url, id)
  await expect.poll(visits).toBeGreaterThan(150)
  await expect(
    page.getByRole('button', { name: /^Checkpoint (?:\d+ s ago|just now), / }),
  ).toBeVisible()
  ownServer.killEngineHosts()
  await designer.expectState(/1× restarted/)
  await expect.poll(visits).toBeGreaterThan(400)
  ownServer.killEngineHosts()
  await designer.expectState(/2× restarted/)
  // A host that has been killed may take ten seconds to be there again on a machine that is busy.
  await expect.poll(visits, { timeout: 60_000 }).toBe(900)
  await designer.expectState('Finished')
  expect(await visits()).toBe(900)
  await designer.openDrawer('Ledger')
  await designer.select('Per page')
  await expect(designer.drawer).toContainText('900')
  await designer.openDrawer('Logs')
  await expect(designer.drawer).toContainText(/went on from checkpoint|goes on from checkpoint/i)
})

test('an edit is deployed with what was counted, after it was said what is kept and lost', async ({
  page,
  designer,
  server,
}) => {
  const id = await designer.openDocument(visitsPerPage('Deployed'))
  await designer.run()
  const visits = () => visitsOf(page, server.url, id)
  await expect.poll(visits).toBeGreaterThan(60)
  await expect(page.getByRole('button', { name: /^Checkpoint / })).toBeVisible()
  await designer.select('Slow')
  await designer.setExpression('Where', 'ms >= 1')
  const before = await visits()
  const deploy = page.getByRole('button', { name: 'Deploy the edit' })
  // In its place stands that it is being deployed, and then the way to what was stopped for it.
  const deployed = async () => {
    await expect(page.getByRole('button', { name: /^Deploy|^Continue/ })).toHaveCount(0)
    await designer.expectState('Running')
    await expect(page.getByText('goes on from it')).toHaveCount(0)
  }
  const marked = designer.canvas.locator('.node-edit')
  await expect(designer.node('Slow').locator('.node-edit')).toHaveText('edited')
  await expect(marked).toHaveCount(1)
  await deploy.click()
  const kept = page.getByRole('dialog', { name: 'All state is kept' })
  await expect(nodesOf(kept, 'Per page')).toContainText('kept')
  await expect(nodesOf(kept, 'Visits')).toContainText('kept')
  const edited = kept.getByRole('list', { name: 'Edited since version 1' })
  await expect(edited.locator('ins')).toHaveText('ms >= 1')
  const letStart = await holdStart(page)
  await kept.getByRole('button', { name: 'Keep all state' }).click()
  await expect(page.locator('.run-state')).toContainText('Stopped')
  await expect(page.getByRole('button', { name: 'Deploying' })).toBeDisabled()
  await expect(page.getByRole('button', { name: /^Continue|^Start/ })).toHaveCount(0)
  letStart()
  await deployed()
  await expect(marked).toHaveCount(0)
  await expect.poll(visits).toBeGreaterThan(before)

  await designer.select('Per page')
  await designer.setField('State time to live', '1h')
  await deploy.click()
  const migrated = page.getByRole('dialog', {
    name: 'All state is kept, that of one node migrated',
  })
  await expect(nodesOf(migrated, 'Per page')).toContainText(
    'What is kept is forgotten 1h after this start, unless it is written again.',
  )
  await expect(designer.node('Per page').locator('.impact-tag')).toHaveText('migrated')
  await expect(designer.node('Results').locator('.impact-tag')).toHaveText('kept')
  const beforeMigration = await visits()
  await migrated.getByRole('button', { name: 'Keep all state' }).click()
  await deployed()
  await expect.poll(visits).toBeGreaterThan(beforeMigration)

  await designer.pickColumn('Group by', 'ms')
  await deploy.click()
  const lost = page.getByRole('dialog', { name: '2 nodes would lose state' })
  await expect(nodesOf(lost, 'Per page')).toContainText(
    'What it has kept means something else now, since this changed: "Group by".',
  )
  await expect(designer.node('Per page').locator('.impact-tag')).toHaveText('lost')
  await lost.getByRole('button', { name: 'Cancel' }).click()
  await designer.expectState('Running')
  await expect(deploy).toBeVisible()
  const beforeLoss = await visits()
  await deploy.click()
  await lost.getByRole('button', { name: 'Keep what fits' }).click()
  await deployed()
  // Counted anew, from where the source stands.
  await expect.poll(visits).toBeGreaterThan(0)
  expect(await visits()).toBeLessThan(beforeLoss)
  await designer.stop()
})

/** In the question about an edit. */
function nodesOf(dialog: Locator, title: string): Locator {
  return dialog
    .getByRole('list', { name: 'What becomes of each node' })
    .getByRole('listitem')
    .filter({ hasText: title })
}

test('an edit with a mistake is not deployed, and what is wrong is named', async ({
  page,
  designer,
}) => {
  await designer.openDocument(visitsPerPage('Mistaken'))
  await designer.run()
  await designer.expectState('Running')
  await designer.select('Slow')
  await designer.setExpression('Where', 'mss >= 1')
  await page.getByRole('button', { name: 'Deploy the edit' }).click()
  const refused = await designer.expectNotice('Not deployed.')
  await expect(refused).toContainText('“Slow”: Where: There is no column "mss"')
  await designer.undo()
  await expect(refused).toBeHidden()
  await designer.stop()
})

test('savepoints are made, restored and deleted, and a stopped job goes on', async ({
  page,
  designer,
  server,
}) => {
  const id = await designer.openDocument(visitsPerPage('Savepoints'))
  await designer.expectState('Not running')
  await designer.openDrawer('Checkpoints')
  await expect(designer.drawer).toContainText('The pipeline has not run yet.')
  await designer.run()
  const visits = () => visitsOf(page, server.url, id)
  await expect.poll(visits).toBeGreaterThan(60)
  await designer.drawer.getByLabel('Title of the savepoint').fill('Before noon')
  await designer.drawer.getByRole('button', { name: 'Make a savepoint' }).click()
  const savepoints = designer.drawer.getByRole('table', { name: 'Savepoints' })
  await expect(savepoints).toContainText('Before noon')

  await page.getByRole('button', { name: 'Other ways to stop' }).click()
  await page.getByRole('menuitem', { name: 'Stop, to go on from here later' }).click()
  await designer.expectState('Stopped')
  const stopped = await visits()
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await designer.expectState('Running')
  await expect.poll(visits).toBeGreaterThan(stopped)

  await savepoints.getByRole('button', { name: 'Restore Before noon' }).click()
  const dialog = page.getByRole('dialog', { name: 'All state is kept' })
  await expect(dialog).toContainText('goes on from the savepoint "Before noon" of')
  // Nothing is edited, so nothing is said of edits.
  await expect(dialog).not.toContainText('Edited since')
  await dialog.getByRole('button', { name: 'Keep all state' }).click()
  await designer.expectState('Running')

  // What is drawn would lose state, so the version that has kept it comes back first.
  await designer.select('Per page')
  await designer.pickColumn('Group by', 'ms')
  await expect(page.getByRole('button', { name: 'Deploy the edit' })).toBeVisible()
  const runs = async () => {
    const answer = await page.request.get(`${server.url}/api/v1/jobs`, { maxRetries: 2 })
    const jobs = (await answer.json()) as readonly RunningJob[]
    return jobs.find((job) => job.pipelineId === id && job.endedAtMs === null)
  }
  const before = await runs()
  await savepoints.getByRole('button', { name: 'Restore Before noon' }).click()
  const asItWas = dialog.getByRole('radio', { name: /^With version 1, as it was/ })
  await expect(asItWas).toBeChecked()
  await dialog.getByRole('button', { name: 'Keep all state' }).click()
  await expect
    .poll(async () => {
      const job = await runs()
      return job?.version === 1 && job.jobId !== before?.jobId
    })
    .toBe(true)
  await designer.expectState('Running')
  await expect(page.getByRole('button', { name: 'Deploy the edit' })).toBeVisible()
  // Until then the job needs the savepoint.
  await expect.poll(async () => (await runs())?.checkpoints?.last ?? null).not.toBeNull()
  await savepoints.getByRole('button', { name: 'Delete Before noon' }).click()
  await savepoints.getByRole('button', { name: 'Press again to delete Before noon' }).click()
  await expect(savepoints).toBeHidden()
  await designer.stop()
})

test('jobs that share an engine host count every record once, though it is killed twice', async ({
  page,
  ownServer,
}) => {
  const bounded = { count: 1_200, pace: 'event-time' }
  const others = await Promise.all(
    ['First', 'Second'].map(async (name) => {
      const document = visitsPerPage(name, bounded)
      const saved = await page.request.post(`${ownServer.url}/api/v1/pipelines`, {
        data: { document },
      })
      const { id } = (await saved.json()) as { id: string }
      await page.request.post(`${ownServer.url}/api/v1/jobs`, { data: { pipelineId: id } })
      return id
    }),
  )
  const designer = new Designer(page, ownServer.url)
  const shown = await designer.openDocument(visitsPerPage('Shown', bounded))
  await designer.run()
  const ids = [...others, shown]
  const least = async () => {
    return Math.min(...(await Promise.all(ids.map((id) => visitsOf(page, ownServer.url, id)))))
  }
  for (const [kills, beforeKill] of [150, 500].entries()) {
    await expect.poll(least, { timeout: 60_000 }).toBeGreaterThan(beforeKill)
    ownServer.killEngineHosts()
    await designer.expectState(new RegExp(`${kills + 1}× restarted`))
  }
  await expect.poll(least, { timeout: 60_000 }).toBe(1_200)
  await designer.expectState('Finished')
  for (const id of ids) expect(await visitsOf(page, ownServer.url, id)).toBe(1_200)
})

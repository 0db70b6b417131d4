/** The picture of event time: windows that overlap, and windows that follow their records. */

import type { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'
import type { MillraceProcess } from './millrace-process.ts'

/** The visits of three pages in windows of another kind. */
function windowed(name: string, operator: string, config: object): object {
  const { nodes, ...document } = pagesPerSecond(name)
  const node = { operator, title: 'Windows', config }
  return { ...document, nodes: { ...nodes, 'per-page': node } }
}

const VISITS = { groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } }

interface Shown {
  readonly startMs: number
  readonly endMs: number
  readonly records: number
  readonly state: string
}

async function shownWindows(designer: Designer): Promise<readonly Shown[]> {
  const rows = await designer.windowRows()
  return rows.map(([start = '', end = '', records = '', , state = '']) => ({
    startMs: timeOf(start),
    endMs: timeOf(end),
    records: Number(records.replace(/,/g, '')),
    state,
  }))
}

/** `2026-01-31 14:20:00.000 UTC`. */
function timeOf(text: string): number {
  return Date.parse(`${text.replace(' UTC', '').replace(' ', 'T')}Z`)
}

async function openPicture(designer: Designer, document: object): Promise<void> {
  await designer.openDocument(document)
  await designer.run()
  await designer.select('Windows')
  await designer.openDrawer('Event time')
  const picture = designer.drawer.getByRole('img', { name: /^Event time of Windows\. Watermark: / })
  await expect(picture).toBeVisible()
  await expect(picture).toHaveAccessibleName(/Watermark: \d{4}-.*[1-9]\d* windows? open\.$/)
  await designer.drawer.getByRole('button', { name: 'Table' }).click()
  await expect(designer.drawer.getByRole('cell', { name: /^fired at/ }).nth(2)).toBeVisible()
}

test('hopping windows overlap: each begins one slide after the one before', async ({
  designer,
}) => {
  const config = { size: '3s', slide: '1s', ...VISITS }
  await openPicture(designer, windowed('Hopping', 'hopping-window', config))
  const shown = await shownWindows(designer)
  for (const { startMs, endMs, records } of shown) {
    expect([endMs - startMs, startMs % 1_000]).toEqual([3_000, 0])
    expect(records).toBeGreaterThan(0)
  }
  const starts = shown.map(({ startMs }) => startMs)
  expect(starts).toEqual(starts.map((_, index) => (starts[0] ?? 0) - index * 1_000))
  // As many as overlap one moment have not fired yet.
  expect(shown.filter(({ state }) => state === 'open').length).toBeGreaterThanOrEqual(3)
  await designer.stop()
})

test('session windows end a gap after their last record, wherever that is', async ({
  designer,
}) => {
  // Visits of a page come about every 90 ms, with pauses now and then.
  const config = { gap: '150ms', ...VISITS }
  await openPicture(designer, windowed('Sessions', 'session-window', config))
  const shown = await shownWindows(designer)
  for (const { startMs, endMs, records } of shown) {
    expect(endMs - startMs).toBeGreaterThanOrEqual(150)
    expect(records).toBeGreaterThan(0)
  }
  expect(new Set(shown.map(({ startMs, endMs }) => endMs - startMs)).size).toBeGreaterThan(1)
  await designer.stop()
})

test('who looks at something else and comes back after the end finds the windows', async ({
  designer,
}) => {
  const config = { size: '1s', ...VISITS }
  await openPicture(designer, windowed('Left and back', 'tumbling-window', config))
  await designer.openDrawer('Logs')
  await designer.stop()
  await designer.openDrawer('Event time')
  await designer.drawer.getByRole('button', { name: 'Table' }).click()
  await expect(designer.drawer.getByRole('cell', { name: /^fired at/ }).nth(2)).toBeVisible()
})

/** Orders that are sent over HTTP, ten seconds to a window. */
function sentOrders(path: string, watermark: object): object {
  const schema = { at: 'timestamp', customer: 'string' }
  return {
    format: 'millrace/1',
    name: `Orders of ${path}`,
    nodes: {
      orders: {
        operator: 'http-source',
        title: 'Orders',
        config: { path, schema, eventTime: 'at', watermark },
      },
      windows: {
        operator: 'tumbling-window',
        title: 'Windows',
        config: { size: '10s', groupBy: ['customer'], aggregates: { orders: 'COUNT(*)' } },
      },
      results: { operator: 'view-sink', title: 'Results', config: {} },
    },
    edges: [
      { from: 'orders', to: 'windows' },
      { from: 'windows', to: 'results' },
    ],
    layout: { orders: [0, 0], windows: [300, 0], results: [600, 0] },
  }
}

async function sendOrder(server: MillraceProcess, path: string, at: string): Promise<void> {
  const answer = await fetch(`${server.url}/hooks/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ at, customer: 'ann' }),
  })
  expect(answer.status).toBe(202)
}

async function watchOrders(designer: Designer, path: string, watermark: object): Promise<void> {
  await designer.openDocument(sentOrders(path, watermark))
  await designer.run()
  await designer.expectState('Running')
  await designer.select('Windows')
  await designer.openDrawer('Event time')
}

test('a window behind a silent source says what it waits for, why, and what fires it', async ({
  designer,
  server,
}) => {
  test.slow()
  const path = 'silent-orders'
  await watchOrders(designer, path, { maxOutOfOrderness: '2s' })
  await sendOrder(server, path, '2026-03-01T12:00:03Z')
  const told = designer.drawer.getByText(/^The watermark has stood at /)
  await expect(told).toContainText(
    'stood at 2026-03-01 12:00:00.999 UTC for ',
    // It is told once the watermark has stood for a while.
    { timeout: 60_000 },
  )
  await expect(told).toContainText('"Orders" is silent: its last record came ')
  await expect(told).toContainText(
    'The next window fires at 12:00:10.000 UTC. ' +
      'Send a record of 12:00:12.000 UTC or later to "Orders"',
  )
  await designer.drawer.getByRole('button', { name: 'Table' }).click()
  await expect(designer.drawer.getByRole('cell', { name: '9 s of event time' })).toBeVisible()
  // What it asks for does fire it.
  await sendOrder(server, path, '2026-03-01T12:00:12Z')
  await expect(designer.drawer.getByRole('cell', { name: /^fired at / })).toBeVisible()
  // And what comes for that window now is told with how late it is.
  await sendOrder(server, path, '2026-03-01T12:00:04Z')
  const late = designer.drawer.getByRole('table', { name: 'Late records' })
  await expect(late.getByRole('cell', { name: '6 s behind the watermark' })).toBeVisible()
  await expect(late.getByRole('cell', { name: '2026-03-01 12:00:09.999 UTC' })).toBeVisible()
  await designer.stop()
})

test('a source that is idle alone is told, since its windows wait for ever', async ({
  designer,
  server,
}) => {
  test.slow()
  const path = 'idle-orders'
  await watchOrders(designer, path, { idleTimeout: '1s' })
  await sendOrder(server, path, '2026-03-01T12:00:03Z')
  const told = designer.drawer.getByText(/^The watermark has stood at /)
  await expect(told).toContainText('"Orders" is idle (idle timeout 1 s): ', { timeout: 60_000 })
  await expect(told).toContainText('An idle timeout helps only where another input goes on.')
  await designer.stop()
})

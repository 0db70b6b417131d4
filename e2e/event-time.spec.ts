/** The picture of event time: windows that overlap, and windows that follow their records. */

import type { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

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
  await expect(picture).toHaveAccessibleName(/Watermark: \d{4}-.*[1-9]\d* windows open\.$/)
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

/** Where the sources of a job begin, as somebody asks for it in the page. */

import type { Designer } from './designer.ts'
import { expect, test } from './fixtures.ts'
import { TopicPages } from './topic-pages.ts'

const RECORDS = 6

function reads(topic: string): object {
  return {
    ...{ format: 'millrace/1', name: `Reads ${topic}` },
    nodes: {
      from: {
        operator: 'topic-source',
        title: 'From',
        config: { topic, schema: { item: 'string' }, start: 'latest' },
      },
      seen: { operator: 'inspect-sink', title: 'Seen', config: {} },
    },
    edges: [{ from: 'from', to: 'seen' }],
    layout: { from: [0, 0], seen: [300, 0] },
  }
}

/** One record a second from 2026-01-01T00:00:00Z on: item-0 to item-5. */
async function fill({ page }: Designer, topics: TopicPages, topic: string): Promise<void> {
  await topics.make(topic, { partitions: 1 })
  for (let index = 0; index < RECORDS; index++) {
    const value = { text: JSON.stringify({ item: `item-${index}` }) }
    const data = {
      key: null,
      value,
      timestampMs: Date.parse('2026-01-01T00:00:00Z') + index * 1_000,
    }
    const url = `${topics.url}/api/v1/topics/${topic}/records`
    const answer = await page.request.post(url, { data })
    expect(answer.ok(), await answer.text()).toBe(true)
  }
}

async function expectSeen(designer: Designer, items: readonly string[]): Promise<void> {
  await designer.select('Seen')
  await designer.openDrawer('Records')
  const cells = designer.drawer.getByRole('table').getByRole('cell')
  // The newest first.
  await expect(cells).toHaveText([...items].reverse())
}

test('a job starts at a time, and what is no time is said in the dialog', async ({
  designer,
  page,
  server,
}) => {
  await fill(designer, new TopicPages(page, server.url), 'start-at-time')
  await designer.openDocument(reads('start-at-time'))
  await page.getByRole('button', { name: 'Other ways to start' }).click()
  const dialog = page.getByRole('dialog', { name: 'Start from' })
  await dialog.getByRole('radio', { name: /^A time/ }).check()
  await dialog.getByRole('textbox').fill('tomorrow')
  await dialog.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(dialog.getByRole('alert')).toHaveText(
    '"tomorrow" is no time. Write it as 2026-01-01T00:00:00Z.',
  )
  await dialog.getByRole('textbox').fill('2026-01-01T00:00:04Z')
  await dialog.getByRole('button', { name: 'Start', exact: true }).click()
  await designer.expectState('Running')
  await expectSeen(designer, ['item-4', 'item-5'])
  await designer.stop()
})

test('by keyboard only, a job starts at an offset', async ({ designer, page, server }) => {
  await fill(designer, new TopicPages(page, server.url), 'start-at-offset')
  await designer.openDocument(reads('start-at-offset'))
  await page.getByRole('textbox', { name: 'Name of the pipeline' }).focus()
  await designer.tabTo(page.getByRole('button', { name: 'Other ways to start' }))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Start from' })
  await designer.tabTo(dialog.getByRole('radio', { name: /^As usual/ }))
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowDown')
  await expect(dialog.getByRole('radio', { name: /^Offsets/ })).toBeChecked()
  await designer.tabTo(dialog.getByRole('textbox'))
  await page.keyboard.type('start-at-offset:0=3')
  await designer.tabTo(dialog.getByRole('button', { name: 'Start', exact: true }))
  await page.keyboard.press('Enter')
  await designer.expectState('Running')
  await expectSeen(designer, ['item-3', 'item-4', 'item-5'])
  await designer.stop()
})

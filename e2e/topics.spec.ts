/** Topics: made, written, looked into, read by a job, and deleted. */

import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { TopicPages } from './topic-pages.ts'

/** Reads `topic` into `into`, as fast as it comes. */
function copyTopic(name: string, topic: string, into: string): object {
  return {
    ...{ format: 'millrace/1', name },
    nodes: {
      from: {
        operator: 'topic-source',
        title: 'From',
        config: { topic, schema: { item: 'string', price: 'double' } },
      },
      into: { operator: 'topic-sink', title: 'Into', config: { topic: into } },
    },
    edges: [{ from: 'from', to: 'into' }],
    layout: { from: [0, 0], into: [300, 0] },
  }
}

async function writeOrders(page: Page, url: string, topic: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const value = { text: JSON.stringify({ item: `item-${index}`, price: index }) }
    const data = { key: { text: `k${index % 7}` }, value, timestampMs: 1_700_000_000_000 + index }
    const answer = await page.request.post(`${url}/api/v1/topics/${topic}/records`, { data })
    expect(answer.ok(), await answer.text()).toBe(true)
  }
}

test('a topic is made with its settings, and what is refused is said at its field', async ({
  page,
  server,
  faults,
}) => {
  faults.expect(/400 \(Bad Request\)/)
  const topics = new TopicPages(page, server.url)
  await topics.openList()
  await page.getByRole('button', { name: 'New topic' }).click()
  const dialog = page.getByRole('dialog', { name: 'New topic' })
  const name = dialog.getByLabel('Name')
  await expect(name).toHaveAccessibleDescription(/^Letters, digits, dots, hyphens/)
  await name.fill('made by')
  await expect(name).toHaveAccessibleDescription(/^A topic cannot be called "made by"/)
  await name.fill('made.by-hand')
  await expect(name).toHaveAccessibleDescription(/^Letters, digits, dots, hyphens/)
  await dialog.getByLabel('Partitions').fill('300')
  await dialog.getByLabel('Keep for').fill('7 days')
  await dialog.getByLabel('Keep for').press('Tab')
  await expect(dialog.getByLabel('Keep for')).toHaveAccessibleDescription(/"7 days" has a space/)
  await dialog.getByLabel('Keep for').fill('7d')
  await dialog.getByRole('button', { name: 'Create the topic' }).click()
  await expect(dialog.getByLabel('Partitions')).toHaveAccessibleDescription(/from 1 to 256/)
  await dialog.getByLabel('Partitions').fill('3')
  await dialog.getByLabel('Partitions').press('Enter')
  await expect(page.getByRole('heading', { name: 'made.by-hand' })).toBeVisible()
  await expect(page.getByText('3 partitions · kept 7d')).toBeVisible()
  // A name with a dot is a place in the page too.
  await page.reload()
  await expect(page.getByText('Nothing is in made.by-hand')).toBeVisible()
  await topics.openList()
  await expect(topics.row('made.by-hand')).toContainText('3 partitions, kept 7d')
})

test('a record is written by hand, once, and read as JSON, text and bytes', async ({
  page,
  server,
}) => {
  const topics = new TopicPages(page, server.url)
  await topics.make('by-hand', { partitions: 2 })
  await topics.open('by-hand')
  await page.getByRole('button', { name: 'Write a record' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Write to by-hand' })
  await dialog.getByLabel('Key', { exact: true }).fill('ada')
  await dialog.getByLabel('Value', { exact: true }).fill('{"item":')
  await dialog.getByRole('button', { name: 'Write the record' }).click()
  await expect(dialog.getByLabel('Value', { exact: true })).toHaveAccessibleDescription(
    /^This is no JSON:/,
  )
  await dialog.getByLabel('Value', { exact: true }).fill('{"item":"tea","price":3}')
  await dialog.getByRole('button', { name: 'Add a header' }).click()
  await dialog.getByLabel('Name of header 1').fill('source')
  await dialog.getByLabel('Value of header 1').fill('by hand')
  await dialog.getByLabel('Partition').selectOption('1')
  await dialog.getByLabel('Idempotency key').fill('order-1')
  await dialog.getByRole('button', { name: 'Write the record' }).click()
  await expect(dialog.getByRole('status')).toHaveText('Written: partition 1, offset 0.')
  await dialog.getByRole('button', { name: 'Write the record' }).click()
  await expect(dialog.getByRole('status')).toHaveText(
    'It was there already: partition 1, offset 0.',
  )
  await dialog.getByRole('button', { name: 'Close' }).last().click()

  await expect(topics.records).toHaveCount(1)
  await topics.record(1, 0).click()
  const details = page.getByRole('region', { name: 'Partition 1, offset 0' })
  const value = details.getByRole('region', { name: 'Value' })
  await expect(value.locator('pre')).toHaveText('{\n  "item": "tea",\n  "price": 3\n}')
  await value.getByRole('button', { name: 'Text' }).click()
  await expect(value.locator('pre')).toHaveText('{"item":"tea","price":3}')
  await value.getByRole('button', { name: 'Bytes' }).click()
  await expect(value.locator('pre')).toContainText('000000  7b 22 69 74 65 6d')
  await expect(details.getByRole('region', { name: 'Headers' })).toContainText('by hand')
  await page.keyboard.press('Escape')
  await expect(details).toBeHidden()
})

test('records are paged through by keys, and begin at an offset or a time', async ({
  page,
  server,
}) => {
  const topics = new TopicPages(page, server.url)
  await topics.make('paged', { partitions: 2 })
  await writeOrders(page, server.url, 'paged', 230)
  await topics.open('paged')
  await expect(topics.records).toHaveCount(100)
  await expect(page.getByText('100 shown')).toBeVisible()
  await topics.record(0, undefined).last().focus()
  await page.keyboard.press('PageUp')
  await expect(topics.records.first()).toContainText('item-30')
  await page.keyboard.press('PageUp')
  await expect(topics.records).toHaveCount(30)
  await expect(page.getByRole('button', { name: 'Older' })).toBeDisabled()
  await topics.records.first().getByRole('button').focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'Value' })).toContainText('item-0')
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('region', { name: 'Value' })).toContainText('item-1')

  await page.getByLabel('Begin at').selectOption('time')
  await page.getByLabel('Time in UTC').fill('2023-11-14T22:13:20.220Z')
  await page.getByLabel('Time in UTC').press('Enter')
  await expect(topics.records).toHaveCount(10)
  await expect(topics.records.first()).toContainText('item-220')
  await page.getByLabel('Partition', { exact: true }).selectOption('1')
  await page.getByLabel('Begin at').selectOption('offset')
  await page.getByLabel('Offset', { exact: true }).fill('5')
  await page.getByLabel('Offset', { exact: true }).press('Enter')
  await expect(topics.record(1, 5)).toBeVisible()
  await expect(topics.records.first()).toContainText('5')
})

test('live, records show as they come, and a job that reads them says how far it is', async ({
  page,
  designer,
  server,
}) => {
  const topics = new TopicPages(page, server.url)
  await topics.make('tailed', { partitions: 1 })
  await topics.open('tailed')
  await page.getByRole('button', { name: 'Live' }).click()
  await expect(page.getByText('Waiting for records')).toBeVisible()
  await writeOrders(page, server.url, 'tailed', 5)
  await expect(topics.records).toHaveCount(5)
  await writeOrders(page, server.url, 'tailed', 3)
  await expect(topics.records).toHaveCount(8)

  await designer.openDocument(copyTopic('Copies', 'tailed', 'copied'))
  await designer.run()
  await designer.expectState('Running')
  await designer.select('From')
  await expect(designer.inspector).toContainText('1 partition, 8 offsets.')
  await designer.inspector.getByRole('link', { name: 'Open the topic' }).click()
  const users = page.getByRole('region', { name: 'Written and read by' })
  await expect(users).toContainText('reads with From')
  await expect(users).toContainText('up to date')
  await topics.openList()
  await expect(topics.row('tailed')).toContainText('to Copies')
  await expect(topics.row('copied')).toContainText('from Copies')
})

test('a topic that was empty shows its first records as they come', async ({ page, server }) => {
  const topics = new TopicPages(page, server.url)
  await topics.make('begun', { partitions: 2 })
  await topics.open('begun')
  await expect(page.getByText('Nothing is in begun')).toBeVisible()
  await writeOrders(page, server.url, 'begun', 3)
  await expect(topics.records).toHaveCount(3)
  await expect(page.getByText('Nothing is in begun')).toBeHidden()
})

test('the inspector offers the topics that are there, and makes one that is not', async ({
  page,
  designer,
  server,
}) => {
  await new TopicPages(page, server.url).make('offered', { partitions: 1 })
  await designer.openDocument(copyTopic('Chooses', 'not-there-yet', 'offered'))
  await designer.select('From')
  await expect(designer.inspector).toContainText('There is no topic "not-there-yet"')
  const options = designer.inspector.locator('datalist option[value="offered"]')
  await expect(options).toHaveCount(1)
  await designer.inspector.getByRole('button', { name: 'Create it' }).click()
  const dialog = page.getByRole('dialog', { name: 'New topic' })
  await expect(dialog.getByLabel('Name')).toHaveValue('not-there-yet')
  await dialog.getByRole('button', { name: 'Create the topic' }).click()
  await expect(designer.inspector).toContainText('1 partition, empty.')
  await designer.setField('Topic', 'another')
  await expect(designer.inspector).toContainText('There is no topic "another"')
})

test('a topic that a job makes is told as there once the job runs', async ({
  page,
  designer,
  server,
}) => {
  await new TopicPages(page, server.url).make('copied-from', { partitions: 1 })
  await designer.openDocument(copyTopic('Makes', 'copied-from', 'made-by-the-job'))
  await designer.select('Into')
  await expect(designer.inspector).toContainText('"made-by-the-job" is made when the job starts.')
  await designer.run()
  await expect(designer.inspector).toContainText('1 partition, empty.')
  await designer.stop()
})

test('a topic is deleted only by its name, and whoever comes later is told', async ({
  page,
  server,
  faults,
}) => {
  faults.expect(/404 \(Not Found\)/)
  const topics = new TopicPages(page, server.url)
  await topics.make('short-lived', { partitions: 1 })
  await writeOrders(page, server.url, 'short-lived', 2)
  await topics.open('short-lived')
  await page.getByRole('button', { name: 'Delete' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete short-lived' })
  await expect(dialog).toContainText('Its 2 records go with it')
  const remove = dialog.getByRole('button', { name: 'Delete the topic' })
  await expect(remove).toBeDisabled()
  await dialog.getByRole('textbox').fill('short')
  await expect(remove).toBeDisabled()
  await dialog.getByRole('textbox').fill('short-lived')
  await remove.click()
  await expect(page.getByRole('heading', { name: 'Topics', exact: true })).toBeVisible()
  await expect(topics.row('short-lived')).toBeHidden()
  await page.goto(`${server.url}/topics/short-lived`)
  await expect(page.getByRole('alert')).toContainText('There is no topic "short-lived".')
})

test('the schema of a topic source is read from the newest records of its topic', async ({
  page,
  designer,
  server,
  faults,
}) => {
  // What this tries first: a topic with nothing in it. Browsers log the refusal.
  faults.expect(/400 \(Bad Request\)/)
  const topics = new TopicPages(page, server.url)
  await topics.make('looked-at', { partitions: 2 })
  await designer.openDocument(copyTopic('Looked at', 'looked-at', 'looked-at-copy'))
  await designer.select('From')
  const read = designer.inspector.getByRole('button', { name: 'Read the schema from the topic' })
  await read.click()
  await expect(designer.inspector).toContainText('Topic "looked-at" has no records yet')
  await writeOrders(page, server.url, 'looked-at', 5)
  await read.click()
  await expect(designer.inspector).toContainText('The records have keys.')
  // The prices are whole numbers, and not what the form said before.
  await designer.expectNoProblems()
  const document = JSON.parse(await designer.export())
  expect(document.nodes.from.config.schema).toEqual({ item: 'string', price: 'integer' })
})

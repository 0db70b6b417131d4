/** Pipelines as files: out of one server, into another, and what is not let in. */

import { Designer } from './designer.ts'
import { countedVisits, pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

const MEGABYTES_5 = 5 * 1024 * 1024

test('what is exported gives the same document and the same result on a clean server', async ({
  designer,
  ownServer,
  page,
}) => {
  await designer.openDocument(countedVisits())
  await designer.run()
  await designer.expectState('Finished')
  const result = await designer.results('Results')
  expect(result.length).toBeGreaterThan(0)
  const text = await designer.export()

  const elsewhere = new Designer(page, ownServer.url)
  await elsewhere.openEmpty()
  await elsewhere.import('visits.json', text)
  await elsewhere.expectNotice(/^Imported "visits.json" with 4 nodes/)
  expect(await elsewhere.export()).toBe(text)
  await elsewhere.run()
  await elsewhere.expectState('Finished')
  expect(await elsewhere.results('Results')).toEqual(result)
})

test('an import says what it replaces and what is wrong, and shows all that it brought', async ({
  designer,
  page,
}) => {
  const visits = pagesPerSecond('Before')
  await designer.openDocument(visits)
  await designer.expectState('Not running')
  const far = { ...visits.layout, results: [2_400, 1_600] }
  const nodes = { ...visits.nodes, slow: { ...visits.nodes.slow, config: { where: 'mss > 1' } } }
  await designer.import('visits.json', JSON.stringify({ ...visits, nodes, layout: far }))
  const notice = await designer.expectNotice(/^Imported "visits.json"/)
  await expect(notice).toContainText('It took the place of what was drawn. Undo brings that back.')
  await expect(designer.node('Results')).toBeInViewport({ ratio: 1 })
  await notice.getByRole('button', { name: 'Show problems' }).click()
  await expect(designer.drawer).toContainText('There is no column "mss".')
  await page.keyboard.press('ControlOrMeta+z')
  await designer.expectNoProblems()
})

const REFUSED = [
  {
    title: 'a file of 5 MB',
    text: `{"format": "millrace/1", "name": "${'x'.repeat(MEGABYTES_5)}", "nodes": {}}`,
    reason: /MB|characters/,
  },
  {
    title: 'JSON of another program',
    text: JSON.stringify({ name: 'My workflow', nodes: [], connections: {} }),
    reason: /millrace\/1/,
  },
  { title: 'text that is not JSON', text: '<html></html>', reason: /JSON/ },
  {
    title: 'an operator that nobody knows',
    text: JSON.stringify({
      format: 'millrace/1',
      name: 'Odd',
      nodes: { a: { operator: 'filtre', config: {} } },
      surprise: true,
    }),
    reason: /surprise/,
  },
]

for (const { title, text, reason } of REFUSED) {
  test(`${title} is not imported, nothing has changed, and the page says why`, async ({
    designer,
  }) => {
    await designer.openDocument(pagesPerSecond('Unchanged'))
    const before = await designer.export()
    await designer.import('foreign.json', text)
    const notice = await designer.expectNotice(
      '"foreign.json" is not imported. Nothing has changed.',
    )
    await expect(notice).toContainText(reason)
    await designer.expectSaved()
    expect(await designer.export()).toBe(before)
  })
}

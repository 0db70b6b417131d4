/** The gallery of examples, as somebody meets it whose first start runs one of them. */

import { Designer } from './designer.ts'
import { expect, test } from './fixtures.ts'

test('an example opens as the one pipeline that comes from it, and a copy runs beside it', async ({
  ownServer,
  page,
}) => {
  const designer = new Designer(page, ownServer.url)
  await designer.openExample('Earthquakes')
  const first = page.url()
  await designer.expectState('Running')
  await designer.openExample('Earthquakes')
  expect(page.url()).toBe(first)

  await designer.copyExample('Earthquakes')
  expect(page.url()).not.toBe(first)
  await designer.expectState('Not running')
  await designer.select('Results')
  await expect(designer.field('Path')).toHaveValue('out/per-region-and-day-2.jsonl')
  await expect(designer.node('Results')).toContainText('not run yet')
  // At full speed it may have finished before anybody looks.
  await designer.run()
  await designer.expectState(/Running|Finished/)
  await expect(designer.node('Results')).not.toContainText('not run yet')
})

/** From an empty canvas to numbers that move. */

import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

test('a pipeline drawn from empty runs, and its numbers and watermark move', async ({
  designer,
}) => {
  await designer.openEmpty()
  await designer.rename('Visits per second')

  await designer.add('Generator')
  await designer.addEntry('Columns', 'Column')
  await designer.choose('Kind of Value of id', 'Sequence')
  await designer.setField('Rate', '40')

  await designer.add('Filter')
  await designer.connect('Generator', 'Filter')
  await designer.select('Filter')
  await designer.setExpression('Where', 'id % 2 = 0')

  await designer.add('Tumbling window')
  await designer.connect('Filter', 'Tumbling window')
  await designer.select('Tumbling window')
  await designer.setField('Size', '1s')
  await designer.addEntry('Aggregates', 'Aggregate')
  await designer.setExpression('Value of views', 'COUNT(*)')

  await designer.add('View')
  await designer.connect('Tumbling window', 'View')
  await designer.expectNoProblems()
  await designer.expectSaved()

  await designer.run()
  await designer.expectState('Running')
  await designer.expectFlow('Filter', 'in')
  const watermark = await designer.watermark('Tumbling window')
  await expect.poll(() => designer.watermark('Tumbling window')).not.toBe(watermark)

  await designer.select('View')
  await designer.openDrawer('Records')
  await designer.expectRecords(['window_start', 'window_end', 'views'])
  await designer.stop()
})

test('an edge that is tapped shows its records, and a paused job goes on record by record', async ({
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Tapped'))
  await designer.run()
  await designer.tapEdge('Visits', 'Slow')
  await designer.expectRecords(['event time', 'page', 'ms'])
  await designer.pause()
  await designer.step()
  await designer.resume()
  await designer.stop()
})

/** What a pipeline needs around it is listed among its problems before it is started. */

import { expect, test } from './fixtures.ts'
import { TopicPages } from './topic-pages.ts'

/** Reads a topic, and writes to a path. */
function intoFile(topic: string, path: string): object {
  return {
    ...{ format: 'millrace/1', name: 'Into a file' },
    nodes: {
      from: {
        operator: 'topic-source',
        title: 'From',
        config: { topic, schema: { item: 'string' } },
      },
      into: { operator: 'file-sink', title: 'Into', config: { path, format: 'jsonl' } },
    },
    edges: [{ from: 'from', to: 'into' }],
    layout: { from: [0, 0], into: [300, 0] },
  }
}

test('a topic that is not there and a path outside are problems, until they are mended', async ({
  page,
  designer,
  server,
}) => {
  await designer.openDocument(intoFile('not-made-yet', '../outside.jsonl'))
  await designer.expectProblem('From', 'There is no topic "not-made-yet" yet')
  await designer.expectProblem('Into', 'is outside the folder')
  // The page itself knows that it cannot start so.
  await designer.run()
  const notice = await designer.expectNotice('Not started.')
  await expect(notice).toContainText('“Into”')
  await designer.select('Into')
  await designer.setField('Path', 'places/inside.jsonl')
  await designer.expectNoProblemOf('outside the folder')
  await new TopicPages(page, server.url).make('not-made-yet', {})
  await designer.expectNoProblems()
})

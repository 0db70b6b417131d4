/** Documents from files: whole or not at all, and the same bytes back. */

import { DOCUMENT_LENGTH_MAX, writeDocument } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { pipelineOf, QUAKES } from '../editor/testing/fakes.ts'
import { readDocumentFile } from './import-document.ts'

const file = (text: string, size = text.length) => ({
  name: 'a.json',
  size,
  text: async () => text,
})

test('what is exported is imported to the same bytes', async () => {
  const text = writeDocument(pipelineOf(QUAKES))
  const read = await readDocumentFile(file(text))
  expect('pipeline' in read && writeDocument(read.pipeline)).toBe(text)
})

test.each([
  ['{ "format": "millrace/1", ', 'The text ends'],
  ['[1]', 'The document is not an object.'],
  ['{ "format": "millrace/1", "name": "n", "nodes": {}, "colour": 1 }', '"colour" is not known'],
  [' '.repeat(DOCUMENT_LENGTH_MAX + 1), `may have ${DOCUMENT_LENGTH_MAX}`],
])('%.40s is refused with its reason', async (text, reason) => {
  const read = await readDocumentFile(file(text))
  if ('pipeline' in read) throw new Error('It should be refused.')
  expect(read.title).toBe('"a.json" is not imported. Nothing has changed.')
  expect(read.details.join('\n')).toContain(reason)
})

test('a file that is far too large is not even read', async () => {
  const huge = { name: 'a.json', size: 900_000_000, text: () => Promise.reject(new Error('Read.')) }
  const read = await readDocumentFile(huge)
  expect('details' in read && read.details).toEqual([
    'The file has 858.3 MB and a document may have 5 MB. Choose a smaller one.',
  ])
})

test.each(['clicks.jsonl', 'Clicks.CSV', 'clicks.ndjson.gz'])(
  'records, as in %s, are refused with the way to read them',
  async (name) => {
    const read = await readDocumentFile({ ...file('{ "page": "home" }'), name })
    expect(read).toEqual({
      title: `"${name}" is not imported. Nothing has changed.`,
      details: [
        'The file has records in it, and only documents of pipelines are imported. To read it, put it into a root folder of the server, add a "File source" and write its path there.',
      ],
    })
  },
)

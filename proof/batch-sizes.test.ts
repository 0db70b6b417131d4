/** Every example writes the same bytes, however many records are taken at a time. */

import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { exampleFolders } from './example-folders.ts'
import { fileSinks, runDocument, variedExample } from './run-example.ts'
import { WITHOUT_BATCH } from './without-batch.ts'

const examples = exampleFolders(fileURLToPath(new URL('../examples/', import.meta.url)))
const repeatable = examples.filter(({ id }) => !WITHOUT_BATCH.has(id))

/** Out of order, and many seconds. */
const NEXMARK = { count: 2500, rate: 50, outOfOrderGroup: 100, seed: 7 }

describe('batches of 1, 7, 1,000 and without limit', () => {
  test.each(repeatable.map((example) => [example.id, example] as const))(
    '%s',
    async (_, example) => {
      const document = variedExample(example, NEXMARK)
      const files = fileSinks(document).map(({ file }) => file)
      const unlimited = await runDocument(document, files)
      expect([...unlimited.values()].join('').length).toBeGreaterThan(0)
      for (const batchRows of [1, 7, 1000]) {
        expect(await runDocument(document, files, batchRows), `${batchRows}`).toEqual(unlimited)
      }
    },
  )
})

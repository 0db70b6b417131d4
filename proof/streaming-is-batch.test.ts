/**
 * Every example, and with it every Nexmark query, against DuckDB with few events: several seeds, in
 * order and out of order, dense and sparse. `pnpm proof` does it with many and prints a table.
 */

import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { openDuckDb } from './duckdb.ts'
import { exampleFolders } from './example-folders.ts'
import { prove } from './prove.ts'
import { VARIATIONS } from './variations.ts'
import { WITHOUT_BATCH } from './without-batch.ts'

const datasets = fileURLToPath(new URL('../packages/connectors/data/', import.meta.url))
const examples = exampleFolders(fileURLToPath(new URL('../examples/', import.meta.url)))
const provable = examples.filter(({ id }) => !WITHOUT_BATCH.has(id))
const duckDb = await openDuckDb()
const missing = 'missing' in duckDb ? duckDb.missing : undefined

if (missing !== undefined) {
  process.stderr.write(`\nNOT RUN: streaming = batch, since DuckDB is not here. ${missing}\n\n`)
}

afterAll(() => {
  if (!('missing' in duckDb)) duckDb.close()
})

test('every example says in SQL what it computes, or is named as one that cannot', () => {
  expect(provable.length).toBeGreaterThanOrEqual(25)
  expect(provable.filter(({ queries }) => queries.size === 0).map(({ id }) => id)).toEqual([])
  const ids = examples.map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining([...WITHOUT_BATCH.keys()]))
  expect(ids).toEqual(expect.arrayContaining(Array.from({ length: 23 }, (_, n) => `nexmark/q${n}`)))
})

test('where DuckDB is missing, that is said and not passed over', async () => {
  const found = await openDuckDb(() => Promise.reject(new Error('No native part.')))
  expect(found).toEqual({ missing: 'No native part.' })
})

describe.skipIf(missing !== undefined)('streaming = batch', () => {
  const few = provable.map((example) => [example.id, example] as const)
  test.each(few)('%s', async (id, example) => {
    if ('missing' in duckDb) return
    const variations = id.startsWith('nexmark/') ? VARIATIONS : [{}]
    for (const [index, variation] of variations.entries()) {
      const seed = index + 1
      const nexmark = { ...variation, count: 2500, seed }
      const settings = { nexmark, datasets, nowMs: () => performance.now() }
      const proof = await prove(example, settings, duckDb)
      expect(proof.difference, `seed ${seed}`).toBeUndefined()
      expect(proof.rows, `seed ${seed}`).toBeGreaterThan(0)
    }
  })
})

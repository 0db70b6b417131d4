/** The bundled data sets: what is in them, and in which order it comes. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { runPipeline, VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { datasetSource } from './dataset-source.ts'
import { DATASET_NAMES, DATASETS, type DatasetName } from './datasets/datasets.ts'
import { runnableConnectors } from './node.ts'

const FOLDER = fileURLToPath(new URL('../data/', import.meta.url))

function bytesOf(name: DatasetName): Uint8Array {
  return readFileSync(`${FOLDER}${name}.jsonl.gz`)
}

function linesOf(name: DatasetName): { readonly [field: string]: unknown }[] {
  const lines = gunzipSync(bytesOf(name)).toString().trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as { readonly [field: string]: unknown })
}

async function replay(name: DatasetName, config: { readonly [field: string]: unknown } = {}) {
  const env = new VirtualEnv()
  env.disk.files.set(`${FOLDER}${name}.jsonl.gz`, bytesOf(name))
  const nodes = { data: { operator: 'dataset-source', config: { name, ...config } } }
  const document = { format: 'millrace/1', name: 'Replay', nodes }
  const run = await runPipeline(document, { operators: runnableConnectors, env, tap: ['data'] })
  expect(run.failure).toBeUndefined()
  const records = (run.taps.get('data') ?? []).flatMap((element) => {
    return 'row' in element ? [element] : []
  })
  return { records, elapsedMs: env.clock.monotonicMs() }
}

test.each(DATASET_NAMES.map((name) => [name]))(
  'every record of %s has the columns that are promised, and no others',
  async (name) => {
    const names = DATASETS[name].columns.map((column) => column.name)
    for (const line of linesOf(name)) expect(Object.keys(line)).toEqual(names)
    const { records } = await replay(name)
    expect(records.map(({ row }) => row)).toEqual(linesOf(name))
  },
)

test('earthquakes as published come in the order of their last revision, out of order in time', async () => {
  const { records } = await replay('earthquakes')
  expect(records).toHaveLength(1707)
  const revisions = records.map(({ row }) => row.updated as string)
  expect(revisions).toEqual([...revisions].sort())
  const times = records.map(({ at }) => at as number)
  expect(times).not.toEqual([...times].sort((a, b) => a - b))
})

test('by event time, the same records come in order', async () => {
  const { records } = await replay('earthquakes', { order: 'event-time' })
  const times = records.map(({ at }) => at as number)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(new Set(records.map(({ row }) => row.id)).size).toBe(1707)
})

test('with pace, the week passes in as much time as speed says', async () => {
  const week = await replay('earthquakes', {
    order: 'event-time',
    pace: 'event-time',
    speed: 86_400,
  })
  const times = week.records.map(({ at }) => at as number)
  const spanMs = Math.max(...times) - Math.min(...times)
  expect(week.elapsedMs).toBeGreaterThanOrEqual(Math.floor(spanMs / 86_400))
  expect(week.elapsedMs).toBeLessThan(spanMs / 86_400 + 10)
})

test.each([
  [
    { name: 'airports', pace: 'event-time' },
    'Data set "airports" has no times to go by. Set rate instead of pace.',
  ],
  [
    { name: 'flights', rate: 1, pace: 'event-time' },
    'Rate and pace both say how fast records are let through. Keep the one that you mean.',
  ],
])('%j is refused', (config, message) => {
  const { error } = datasetSource.config.safeParse(config)
  expect(error?.issues.map((issue) => issue.message)).toEqual([message])
})

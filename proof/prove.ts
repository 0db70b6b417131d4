/**
 * Streaming = batch: runs an example as a user would, and holds what its files come to against
 * DuckDB's answer to the same question over the same records.
 *
 * Both get their records from the same sources, and share nothing else: one computes record by
 * record with watermarks in between, the other over whole tables.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DATASETS } from '../packages/connectors/src/datasets/datasets.ts'
import { startOf } from '../packages/operators/src/sources/event-pace.ts'
import {
  NEXMARK_PORTS,
  NexmarkGenerator,
} from '../packages/operators/src/sources/nexmark-events.ts'
import { nexmarkSource } from '../packages/operators/src/sources/nexmark-source.ts'
import { createRowReader } from '../packages/pipeline/src/index.ts'
import type { Batch } from './duckdb.ts'
import type { ExampleFolder } from './example-folders.ts'
import { batchRows, difference, finalRows } from './final-table.ts'
import {
  type Document,
  fileSinks,
  type NexmarkSettings,
  type Node,
  runDocument,
  variedExample,
} from './run-example.ts'

export interface ProofSettings {
  readonly nexmark: NexmarkSettings
  /** Where the bundled data sets lie. */
  readonly datasets: string
  nowMs(): number
}

export interface Proof {
  readonly id: string
  /** Of all files at the end. */
  readonly rows: number
  readonly changes: number
  /** Undefined where both are equal. */
  readonly difference: string | undefined
  readonly streamingMs: number
  readonly batchMs: number
}

export async function prove(
  example: ExampleFolder,
  { nexmark, datasets, nowMs }: ProofSettings,
  batch: Batch,
): Promise<Proof> {
  const document = variedExample(example, nexmark)
  const sinks = fileSinks(document)
  const beganMs = nowMs()
  const files = await runDocument(
    document,
    sinks.map(({ file }) => file),
  )
  const streamingMs = nowMs() - beganMs
  await loadSources(document, datasets, batch)
  const loadedMs = nowMs()
  const found = { rows: 0, changes: 0, difference: undefined as string | undefined }
  for (const { file, schema } of sinks) {
    const sql = example.queries.get(file)
    if (sql === undefined) throw new Error(`${example.id}/batch.sql has no query for "${file}".`)
    const lines = toLines(files.get(file) ?? '', file)
    const streaming = finalRows(lines, schema)
    const theirs = batchRows(await batch.query(sql), schema)
    found.rows += streaming.length
    found.changes += lines.length
    found.difference ??= difference(streaming, theirs, schema)
  }
  return { id: example.id, ...found, streamingMs, batchMs: nowMs() - loadedMs }
}

function toLines(text: string, file: string): readonly { readonly [column: string]: unknown }[] {
  const lines = text.split('\n').filter((line) => line !== '')
  if (!file.endsWith('.csv')) return lines.map((line) => JSON.parse(line))
  if (text.includes('"')) throw new Error(`"${file}" has quoted fields, which are not read here.`)
  const [header = '', ...others] = lines
  const names = header.split(',')
  return others.map((line) =>
    Object.fromEntries(line.split(',').map((value, index) => [names[index], value])),
  )
}

// The same records for DuckDB

async function loadSources({ nodes }: Document, datasets: string, batch: Batch): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-tables-'))
  try {
    for (const { operator, config } of Object.values(nodes)) {
      if (operator === nexmarkSource.id) await loadNexmark(config, batch, folder)
      else if (operator === 'dataset-source') {
        await loadDataset(String(config.name), datasets, batch, folder)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function loadNexmark(config: Node['config'], batch: Batch, folder: string): Promise<void> {
  const parsed = nexmarkSource.config.parse(config)
  const { count, rate, seed, outOfOrderGroup } = parsed
  if (count === undefined) throw new Error('Without a count there is no end to compare.')
  const generator = new NexmarkGenerator({
    seed,
    startMs: startOf(parsed, () => 0),
    eventsPerSecond: rate,
    groupSize: outOfOrderGroup,
  })
  const { rows, rowPorts } = generator.make(0, count)
  const schemas = nexmarkSource.outputSchemas(
    parsed,
    {},
    { nodeId: 'site', report: () => {}, channels: () => [] },
  )
  for (const [index, name] of NEXMARK_PORTS.entries()) {
    const own = rows.filter((_, at) => rowPorts[at] === index)
    await batch.load({ name, columns: schemas[name].columns, rows: own }, folder)
  }
}

async function loadDataset(
  name: string,
  datasets: string,
  batch: Batch,
  folder: string,
): Promise<void> {
  const found = Object.entries(DATASETS).find(([one]) => one === name)?.[1]
  if (found === undefined) throw new Error(`There is no data set "${name}".`)
  const { columns } = found
  const packed = readFileSync(path.join(datasets, `${name}.jsonl.gz`))
  const lines = gunzipSync(packed).toString().split('\n')
  const readRow = createRowReader(columns)
  const rows = lines.filter((line) => line !== '').map((line) => readRow(JSON.parse(line)))
  await batch.load({ name, columns, rows }, folder)
}

/**
 * Streaming = batch: runs an example as a user would, and holds what its files come to against
 * DuckDB's answer to the same question over the same records.
 *
 * Both get their records from the same sources, and share nothing else: one computes record by
 * record with watermarks in between, the other over whole tables.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { runCommandLine } from '../apps/runtime/src/command-line.ts'
import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import { createTestTerminal } from '../apps/runtime/src/env/testing/test-terminal.ts'
import { DATASETS } from '../packages/connectors/src/datasets/datasets.ts'
import { runnableConnectors } from '../packages/connectors/src/node.ts'
import { runPipeline, VirtualEnv } from '../packages/engine/src/testing/index.ts'
import { operators as browserSafe } from '../packages/operators/src/index.ts'
import {
  NEXMARK_PORTS,
  NexmarkGenerator,
} from '../packages/operators/src/sources/nexmark-events.ts'
import { nexmarkSource } from '../packages/operators/src/sources/nexmark-source.ts'
import {
  checkPipeline,
  createRowReader,
  decodeUtf8,
  parseDocument,
  type StreamSchema,
} from '../packages/pipeline/src/index.ts'
import type { Batch } from './duckdb.ts'
import type { ExampleFolder } from './example-folders.ts'
import { batchRows, difference, finalRows } from './final-table.ts'

const operators = [...browserSafe, ...runnableConnectors]

export interface ProofSettings {
  /** Set in the config of every `nexmark-source`. */
  readonly nexmark: { readonly [field: string]: unknown }
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

interface Node {
  readonly operator: string
  readonly config: { readonly [field: string]: unknown }
}

interface Document {
  readonly nodes: { readonly [id: string]: Node }
}

export async function prove(
  example: ExampleFolder,
  { nexmark, datasets, nowMs }: ProofSettings,
  batch: Batch,
): Promise<Proof> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-proof-'))
  try {
    const document = vary(read(example.folder), nexmark)
    const sinks = fileSinks(document)
    const beganMs = nowMs()
    const files = await run(document, folder)
    const streamingMs = nowMs() - beganMs
    await loadSources(document, datasets, batch, folder)
    const loadedMs = nowMs()
    const found = { rows: 0, changes: 0, difference: undefined as string | undefined }
    for (const { file, schema } of sinks) {
      const sql = example.queries.get(file)
      if (sql === undefined) throw new Error(`${example.id}/batch.sql has no query for "${file}".`)
      const lines = toLines(files(file), file)
      const streaming = finalRows(lines, schema)
      const theirs = batchRows(await batch.query(sql), schema)
      found.rows += streaming.length
      found.changes += lines.length
      found.difference ??= difference(streaming, theirs, schema)
    }
    return { id: example.id, ...found, streamingMs, batchMs: nowMs() - loadedMs }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function read(folder: string): Document {
  return JSON.parse(readFileSync(path.join(folder, 'pipeline.json'), 'utf8')) as Document
}

function vary(document: Document, nexmark: ProofSettings['nexmark']): Document {
  const nodes = Object.entries(document.nodes).map(([id, node]) => {
    const varied = node.operator === nexmarkSource.id
    return [id, varied ? { ...node, config: { ...node.config, ...nexmark } } : node] as const
  })
  return goesByClock({ ...document, nodes: Object.fromEntries(nodes) })
}

/**
 * Where windows go by the clock, records must come in order and at their time to have an answer at
 * all.
 */
function goesByClock(document: Document): Document {
  if (!usesClock(document)) return document
  const nodes = Object.entries(document.nodes).map(([id, node]) => {
    const { operator, config } = node
    if (operator !== nexmarkSource.id) return [id, node] as const
    return [
      id,
      { operator, config: { ...config, pace: 'event-time', outOfOrderGroup: 1 } },
    ] as const
  })
  return { ...document, nodes: Object.fromEntries(nodes) }
}

function usesClock({ nodes }: Document): boolean {
  return Object.values(nodes).some(({ config }) => config.time === 'processing')
}

interface Sink {
  readonly file: string
  readonly schema: StreamSchema
}

function fileSinks(document: Document): readonly Sink[] {
  const { pipeline } = parseDocument(JSON.stringify(document))
  if (pipeline === undefined) throw new Error('The example is no pipeline.')
  const { nodes } = checkPipeline(pipeline, new Map(operators.map((one) => [one.id, one])))
  return Object.entries(document.nodes).flatMap(([id, { operator, config }]) => {
    const schema = nodes.get(id)?.inputSchemas.in
    if (operator !== 'file-sink' || schema === undefined) return []
    return [{ file: String(config.path), schema }]
  })
}

/** Gives the text of each file that was written. */
async function run(document: Document, folder: string): Promise<(file: string) => string> {
  if (usesClock(document)) return runOnVirtualClock(document)
  writeFileSync(path.join(folder, 'pipeline.json'), JSON.stringify(document))
  const terminal = createTestTerminal({ env: createNodeEnv(), folder })
  const code = await runCommandLine(['run', 'pipeline.json'], terminal)
  if (code !== 0) throw new Error(terminal.written.err)
  return (file) => readFileSync(path.join(folder, file), 'utf8')
}

/** The clock shows the time of the first record at first, and then that of each when it comes. */
async function runOnVirtualClock(document: Document): Promise<(file: string) => string> {
  const env = new VirtualEnv()
  const { failure } = await runPipeline(document, { operators, env })
  if (failure !== undefined) throw new Error(failure.message)
  return (file) => decodeUtf8([...(env.disk.files.get(`/${file}`) ?? [])])
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

async function loadSources(
  { nodes }: Document,
  datasets: string,
  batch: Batch,
  folder: string,
): Promise<void> {
  const tables = path.join(folder, 'tables')
  mkdirSync(tables)
  for (const { operator, config } of Object.values(nodes)) {
    if (operator === nexmarkSource.id) await loadNexmark(config, batch, tables)
    else if (operator === 'dataset-source') {
      await loadDataset(String(config.name), datasets, batch, tables)
    }
  }
}

async function loadNexmark(config: Node['config'], batch: Batch, folder: string): Promise<void> {
  const { count, rate, seed, outOfOrderGroup } = nexmarkSource.config.parse(config)
  if (count === undefined) throw new Error('Without a count there is no end to compare.')
  const generator = new NexmarkGenerator({
    seed,
    startMs: Date.parse('2026-01-01T00:00:00Z'),
    eventsPerSecond: rate,
    groupSize: outOfOrderGroup,
  })
  const { rows, rowPorts } = generator.make(0, count)
  const schemas = nexmarkSource.outputSchemas(
    nexmarkSource.config.parse(config),
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

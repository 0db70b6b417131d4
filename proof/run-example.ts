/** Runs an example as a user would, with another seed or another number of events. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runCommandLine } from '../apps/runtime/src/command-line.ts'
import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import { createTestTerminal } from '../apps/runtime/src/env/testing/test-terminal.ts'
import { runnableConnectors } from '../packages/connectors/src/node.ts'
import { runPipeline, VirtualEnv } from '../packages/engine/src/testing/index.ts'
import { operators as browserSafe } from '../packages/operators/src/index.ts'
import { startOf } from '../packages/operators/src/sources/event-pace.ts'
import { nexmarkSource } from '../packages/operators/src/sources/nexmark-source.ts'
import {
  checkPipeline,
  decodeUtf8,
  parseDocument,
  type StreamSchema,
} from '../packages/pipeline/src/index.ts'
import type { ExampleFolder } from './example-folders.ts'

const operators = [...browserSafe, ...runnableConnectors]

export interface Node {
  readonly operator: string
  readonly config: { readonly [field: string]: unknown }
}

export interface Document {
  readonly nodes: { readonly [id: string]: Node }
}

/** What is set in the config of every `nexmark-source`. */
export type NexmarkSettings = Node['config']

/** The document of an example with other events. */
export function variedExample({ folder }: ExampleFolder, nexmark: NexmarkSettings): Document {
  const text = readFileSync(path.join(folder, 'pipeline.json'), 'utf8')
  const document = JSON.parse(text) as Document
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

export interface Sink {
  readonly file: string
  readonly schema: StreamSchema
}

/** The files that it writes, and what goes into them. */
export function fileSinks(document: Document): readonly Sink[] {
  const { pipeline } = parseDocument(JSON.stringify(document))
  if (pipeline === undefined) throw new Error('The example is no pipeline.')
  const { nodes } = checkPipeline(pipeline, new Map(operators.map((one) => [one.id, one])))
  return Object.entries(document.nodes).flatMap(([id, { operator, config }]) => {
    const schema = nodes.get(id)?.inputSchemas.in
    if (operator !== 'file-sink' || schema === undefined) return []
    return [{ file: String(config.path), schema }]
  })
}

/** Gives the text of each of these files. `batchRows` is the largest batch; unlimited if absent. */
export async function runDocument(
  document: Document,
  files: readonly string[],
  batchRows?: number,
): Promise<ReadonlyMap<string, string>> {
  if (usesClock(document)) return runOnVirtualClock(document, files, batchRows)
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-run-'))
  try {
    writeFileSync(path.join(folder, 'pipeline.json'), JSON.stringify(document))
    const terminal = createTestTerminal({ env: createNodeEnv(), folder })
    const size = batchRows === undefined ? [] : ['--batch-size', String(batchRows)]
    const code = await runCommandLine(['run', 'pipeline.json', ...size], terminal)
    if (code !== 0) throw new Error(terminal.written.err)
    return new Map(files.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function firstTimeMs({ nodes }: Document): number {
  const source = Object.values(nodes).find(({ operator }) => operator === nexmarkSource.id)
  return startOf(nexmarkSource.config.parse(source?.config), () => 0)
}

/** The clock shows the time of the first record at first, and then that of each when it comes. */
async function runOnVirtualClock(
  document: Document,
  files: readonly string[],
  batchRows: number | undefined,
): Promise<ReadonlyMap<string, string>> {
  const env = new VirtualEnv(firstTimeMs(document))
  const batches = batchRows === undefined ? {} : { batchRowsMax: batchRows }
  const { failure } = await runPipeline(document, { operators, env, ...batches })
  if (failure !== undefined) throw new Error(failure.message)
  return new Map(
    files.map((file) => [file, decodeUtf8([...(env.disk.files.get(`/${file}`) ?? [])])]),
  )
}

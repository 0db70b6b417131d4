/** Runs an operator's example as its docs show it, and gives what came of it beside what should. */

import {
  decodeUtf8,
  ERRORS_SCHEMA,
  type Example,
  type ExampleRecord,
  type ExampleRequest,
  encodeUtf8,
} from '@millrace/pipeline'
import type { JobFailure } from '../failure.ts'
import { Job } from '../job.ts'
import type { LedgerJson } from '../ledger.ts'
import type { OperatorDefinition } from '../operator.ts'
import { fromUtf8, toUtf8 } from '../utf8.ts'
import { collect, normalized, type TestElement } from './elements.ts'
import { checkOperator, runOperator } from './run-operator.ts'
import { driveVirtually } from './run-pipeline.ts'
import { VirtualEnv } from './virtual-env.ts'

/** `expected` and `actual` have the same ports and files, those that the example names. */
export interface ExampleResult {
  readonly expected: ExampleOutcome
  readonly actual: ExampleOutcome
  readonly ledger: LedgerJson
  readonly failure: JobFailure | undefined
}

export interface ExampleOutcome {
  readonly outputs: { readonly [port: string]: readonly TestElement[] }
  readonly files: { readonly [path: string]: string }
  readonly topics: { readonly [topic: string]: readonly ExampleRecord[] }
  readonly requests: readonly ExampleRequest[]
}

type Ran = Pick<ExampleResult, 'ledger' | 'failure'> & Pick<ExampleOutcome, 'outputs'>

/**
 * Sources are read by the engine until they end; any other operator gets the inputs of the example.
 * Sinks commit. Where an example shows no watermarks, docs leave them out, and they are not
 * compared.
 */
export async function runExample(
  operator: OperatorDefinition,
  example: Example,
  batchRows = 1000,
): Promise<ExampleResult> {
  const env = new VirtualEnv()
  for (const [path, text] of Object.entries(example.files ?? {})) {
    env.disk.files.set(`/${path}`, Uint8Array.from(encodeUtf8(text)))
  }
  await fillTopics(example, env)
  const { outputs, ledger, failure } =
    operator.read === undefined
      ? await runOnInputs(operator, example, env, batchRows)
      : await runSource(operator, example, env, batchRows)
  const expected = toExpected(example)
  const compared = Object.entries(expected.outputs).map(([port, elements]) => {
    const marked = elements.some((element) => 'watermark' in element)
    const left = outputs[port] ?? []
    return [port, marked ? left : left.filter((element) => 'row' in element)] as const
  })
  const files = Object.keys(expected.files).map((path) => {
    const bytes = env.disk.files.get(`/${path}`)
    return [path, bytes === undefined ? 'There is no such file.' : decodeUtf8([...bytes])] as const
  })
  const actual = {
    outputs: Object.fromEntries(compared),
    files: Object.fromEntries(files),
    topics: await readTopics(Object.keys(expected.topics), env),
    requests: env.net.received.map(({ method, url, body }) => ({ to: `${method} ${url}`, body })),
  }
  return { expected, actual, ledger, failure }
}

async function fillTopics({ topics = {} }: Example, env: VirtualEnv): Promise<void> {
  for (const [topic, records] of Object.entries(topics)) {
    await env.topics.create(topic, {})
    await env.topics.append(
      topic,
      records.map(({ at, key, value }) => ({
        key: key === null ? null : toUtf8(key),
        value: value === null ? null : toUtf8(value),
        timestampMs: Date.parse(at),
      })),
    )
  }
}

async function readTopics(
  names: readonly string[],
  { topics }: VirtualEnv,
): Promise<ExampleOutcome['topics']> {
  const found = names.map(async (topic) => {
    const { records } = await topics.read(topic, 0, 0, Number.POSITIVE_INFINITY)
    const texts = records.map(({ timestampMs, key, value }) => ({
      at: new Date(timestampMs).toISOString(),
      key: key === null ? null : (fromUtf8(key) ?? 'The key is no UTF-8.'),
      value: value === null ? null : (fromUtf8(value) ?? 'The value is no UTF-8.'),
    }))
    return [topic, texts] as const
  })
  return Object.fromEntries(await Promise.all(found))
}

function toExpected({
  outputs = {},
  outputFiles = {},
  outputTopics = {},
  outputRequests = [],
}: Example): ExampleOutcome {
  const ports = Object.entries(outputs).map(([port, elements]) => [port, elements.map(normalized)])
  return {
    outputs: Object.fromEntries(ports),
    files: outputFiles,
    topics: outputTopics,
    requests: outputRequests,
  }
}

/** Until what is sent has arrived, one request after another. */
const SENDING_ROUNDS = 200

async function runOnInputs(
  operator: OperatorDefinition,
  { config, inputs = {} }: Example,
  env: VirtualEnv,
  batchRows: number,
): Promise<Ran> {
  const run = runOperator(operator, config, inputs, { env, batchRows })
  for (let round = 0; round < SENDING_ROUNDS; round++) await Promise.resolve()
  for (const sink of run.sinks) {
    await sink.commit(await sink.cut({ checkpointId: 1, isLast: true }).prepare())
  }
  return { outputs: run.outputs, ledger: run.ledger.toJson(), failure: run.failure }
}

async function runSource(
  operator: OperatorDefinition,
  { config }: Example,
  env: VirtualEnv,
  batchRowsMax: number,
): Promise<Ran> {
  const { parsed, outputSchemas } = checkOperator(operator, config, [])
  const id = 'tested'
  const channels = new Map()
  const node = { id, operator, config: parsed, inputSchemas: {}, channels, outputSchemas }
  const job = new Job(
    { nodes: [node], edges: [] },
    { env, batchRowsMax, resolvePath: (path) => `/${path}`, deadLetters: () => {} },
  )
  const outputs = Object.fromEntries(
    operator.outputs.map((port) => {
      const collected = collect(outputSchemas[port] ?? ERRORS_SCHEMA)
      job.tap(id, port).subscribe(collected)
      return [port, collected.elements] as const
    }),
  )
  await driveVirtually(job, env)
  const failure = await job.finish()
  const view = job.nodes().get(id)
  if (view === undefined) throw new Error('The job has lost its only node.')
  return { outputs, ledger: view.ledger, failure }
}

/**
 * A job of `millrace run --state` in a folder of its own: records by the clock, through a window to
 * files and as they are to a topic. It takes some checkpoints on the way, and comes to the same
 * however often it is killed.
 */

import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createNodeEnv } from '../../apps/runtime/src/env/node-env.ts'
import { openLog } from '../../packages/storage/src/index.ts'
import type { Files } from '../checks/output-files.ts'
import { readTopics } from '../jobs/topics.ts'

export const RECORDS = 1200
const RATE = 4000
/** What has been killed so often does not come to an end. */
const STARTS_MAX = 6
const RUN_MS_MAX = 60_000
const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly printed: string
}

export interface WorkloadOptions {
  /** Its folder lies in this one. */
  readonly parent?: string
  readonly document?: object
  /** Behind those of the command line that it has anyway. */
  readonly words?: readonly string[]
}

export class Workload {
  readonly folder: string
  readonly #bundled: string

  readonly #words: readonly string[]

  /** `bundled` is the command line. Whoever creates it removes it. */
  constructor(
    bundled: string,
    { parent = tmpdir(), document = DOCUMENT, words = [] }: WorkloadOptions = {},
  ) {
    this.#bundled = bundled
    this.#words = words
    this.folder = realpathSync(mkdtempSync(path.join(parent, 'millrace-kill-')))
    writeFileSync(path.join(this.folder, 'copy.json'), JSON.stringify(document))
  }

  /** What starts it; the rest of the environment and the like is the caller's. */
  get command(): readonly string[] {
    const words = ['run', 'copy.json', '--state', 'kept', '--data', 'data', '--json']
    return [process.execPath, ...FLAGS, this.#bundled, ...words, ...this.#words]
  }

  /** `onStart` is told of the process that runs it. */
  start(
    command = this.command,
    options: SpawnOptions = {},
    onStart?: (pid: number) => void,
  ): Promise<Ended> {
    return run(command, { cwd: this.folder, ...options }, onStart)
  }

  /** Starts it until it is done, with nothing more going wrong; undefined where it never is. */
  async finish(): Promise<number | undefined> {
    for (let starts = 1; starts <= STARTS_MAX; starts++) {
      const { code } = await this.start()
      if (code === 0) return starts
    }
    return undefined
  }

  /** Files that can be seen, and topics by partition. */
  async outputs(): Promise<Files> {
    const names = readdirSync(this.folder).filter((name) => name.endsWith('.jsonl'))
    const found = new Map(names.map((name) => [name, this.#read(name)] as const))
    const topics = await readTopics(createNodeEnv(), (env) =>
      openLog({ env, folder: path.join(this.folder, 'data/log'), limits: { reserveBytes: 0 } }),
    )
    return new Map([...found, ...topics])
  }

  /** What somebody should have taken away. */
  leftovers(): readonly string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith('.part'))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #read(name: string): string {
    return readFileSync(path.join(this.folder, name), 'utf8')
  }
}

/** The file that the command line begins with, built anew where a source has changed. */
export async function bundledCommandLine(root: string): Promise<string> {
  const script = path.join(root, 'scripts/millrace.mjs')
  const { code, printed } = await run([process.execPath, ...FLAGS, script, '--version'], {})
  if (code !== 0) throw new Error(`The command line cannot be built:\n${printed}`)
  return path.join(root, 'apps/runtime/dist/millrace.mjs')
}

export async function run(
  command: readonly string[],
  options: SpawnOptions,
  onStart?: (pid: number) => void,
): Promise<Ended> {
  const [program = '', ...words] = command
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
    killSignal: 'SIGKILL',
    ...options,
  })
  if (child.pid !== undefined) onStart?.(child.pid)
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, printed }
}

const DOCUMENT = {
  format: 'millrace/1',
  name: 'Copy',
  nodes: {
    clicks: {
      operator: 'generator-source',
      config: {
        columns: {
          page: { type: 'choice', values: ['a', 'b', 'c'] },
          ms: { type: 'uniform', min: 0, max: 500 },
        },
        rate: RATE,
        count: RECORDS,
        pace: 'event-time',
        watermark: { maxOutOfOrderness: '10ms', interval: '5ms' },
      },
    },
    'per-page': {
      operator: 'tumbling-window',
      config: { size: '20ms', groupBy: ['page'], aggregates: { n: 'COUNT(*)', sum: 'SUM(ms)' } },
    },
    out: { operator: 'file-sink', config: { path: 'per-page.jsonl', format: 'jsonl' } },
    copy: { operator: 'topic-sink', config: { topic: 'copy', partitions: 2, key: ['page'] } },
  },
  edges: [
    { from: 'clicks', to: 'per-page' },
    { from: 'per-page', to: 'out' },
    { from: 'clicks', to: 'copy' },
  ],
  settings: { checkpointInterval: '100ms' },
}

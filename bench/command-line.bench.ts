/**
 * Measures `millrace run` over a file of 1 M JSON lines, through a filter that passes all, against
 * a bare loop that reads the same file, parses and stringifies each line and writes it. Each run is
 * a process of its own; what a run over an empty file takes is start-up, and taken off both. Time
 * is once that of the clock, and once that of the processor on all threads of the process, which
 * whatever else runs on the machine changes less.
 */

import { execFileSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import { seededRandom } from '../packages/engine/src/testing/index.ts'
import { median } from './memory-job.ts'

export const name = 'millrace run, 1 M JSON lines through a filter that passes all'

const LINES = 1_000_000
const ROUNDS = 5
const RATIO_LEAST = 0.7

/** What somebody would write who only wants the lines parsed and written again. */
const BARE = `
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
const [, , from, to] = process.argv
const out = createWriteStream(to)
let block = ''
for await (const line of createInterface({ input: createReadStream(from) })) {
  block += JSON.stringify(JSON.parse(line)) + '\\n'
  if (block.length < 65536) continue
  if (!out.write(block)) await new Promise((resolve) => out.once('drain', () => resolve()))
  block = ''
}
out.end(block)
`

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-lines-'))
  try {
    return await measure(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of one process, in milliseconds. */
interface Taken {
  readonly clock: number
  readonly processor: number
}

type Kind = 'bare' | 'bareStart' | 'millrace' | 'millraceStart'

async function measure(folder: string) {
  const inFolder = (file: string) => path.join(folder, file)
  await writeLines(inFolder('lines.jsonl'))
  writeFileSync(inFolder('empty.jsonl'), '')
  writeFileSync(inFolder('bare.mjs'), BARE)
  writeFileSync(inFolder('processor.mjs'), TELL_PROCESSOR_TIME)
  writeFileSync(inFolder('pipeline.json'), JSON.stringify(PIPELINE))
  const bare = (input: string) =>
    taken(folder, [inFolder('bare.mjs'), inFolder(input), inFolder('bare.jsonl')])
  const millrace = (input: string) =>
    taken(folder, [
      ...FLAGS,
      SCRIPT,
      ...['run', inFolder('pipeline.json'), '--set', `lines.path=${input}`],
    ])
  millrace('empty.jsonl')
  const all: Record<Kind, Taken[]> = { bare: [], bareStart: [], millrace: [], millraceStart: [] }
  for (let round = 0; round < ROUNDS; round++) {
    all.bare.push(bare('lines.jsonl'))
    all.millrace.push(millrace('lines.jsonl'))
    if (round === 0 && !sameLines(inFolder('bare.jsonl'), inFolder('out.jsonl'))) {
      throw new Error('The two wrote different lines.')
    }
    all.bareStart.push(bare('empty.jsonl'))
    all.millraceStart.push(millrace('empty.jsonl'))
  }
  const startMs = median(all.millraceStart.map(({ clock }) => clock))
  return [
    ...rowsOf('clock', all),
    ...rowsOf('processor', all),
    { name: 'start-up of millrace run', value: startMs, unit: 'ms' },
  ]
}

function rowsOf(time: keyof Taken, all: Record<Kind, readonly Taken[]>) {
  const of = (kind: Kind) => median(all[kind].map((taken) => taken[time]))
  const bareMs = of('bare') - of('bareStart')
  const millraceMs = of('millrace') - of('millraceStart')
  const rate = (ms: number) => LINES / (ms / 1000)
  const unit = 'lines/s'
  return [
    { name: `bare parse and stringify, by the ${time}`, value: rate(bareMs), unit },
    {
      name: `millrace run, by the ${time}`,
      value: rate(millraceMs),
      unit,
      ratio: bareMs / millraceMs,
      ratioLeast: RATIO_LEAST,
    },
  ]
}

/** A process tells at its end what it took, since nobody else is asked for that everywhere. */
const TELL_PROCESSOR_TIME = `
import { writeFileSync } from 'node:fs'
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  writeFileSync(process.env.PROCESSOR_TIME_FILE, String((user + system) / 1000))
})
`

function taken(folder: string, args: readonly string[]): Taken {
  const file = path.join(folder, 'processor-ms')
  const env = { ...process.env, PROCESSOR_TIME_FILE: file }
  const startMs = performance.now()
  execFileSync(process.execPath, ['--import', path.join(folder, 'processor.mjs'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
  return { clock: performance.now() - startMs, processor: Number(readFileSync(file, 'utf8')) }
}

const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]
const SCRIPT = path.join(process.cwd(), 'scripts/millrace.mjs')

const PIPELINE = {
  format: 'millrace/1',
  name: 'Lines',
  nodes: {
    lines: {
      operator: 'file-source',
      config: {
        path: 'lines.jsonl',
        format: 'jsonl',
        schema: {
          at: 'timestamp',
          user: 'string',
          page: 'string',
          ms: 'double',
          status: 'integer',
          cached: 'boolean',
        },
        eventTime: 'at',
        watermark: { maxOutOfOrderness: '5s' },
      },
    },
    all: { operator: 'filter', config: { where: 'ms >= 0' } },
    out: { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } },
  },
  edges: [
    { from: 'lines', to: 'all' },
    { from: 'all', to: 'out' },
  ],
}

async function writeLines(file: string): Promise<void> {
  const random = seededRandom(1)
  const out = createWriteStream(file)
  for (let index = 0; index < LINES; index += 1000) {
    let block = ''
    for (let line = index; line < index + 1000; line++) {
      const at = new Date(1_767_225_600_000 + line * 10 + random.integer(-3_000, 0)).toISOString()
      const user = `user-${random.integer(1, 9999)}`
      const page = `/page/${random.integer(1, 200)}`
      const ms = random.integer(0, 99_999) / 100
      const cached = random.chance(0.3)
      block += `${JSON.stringify({ at, user, page, ms, status: 200, cached })}\n`
    }
    if (!out.write(block)) await new Promise<void>((resolve) => out.once('drain', () => resolve()))
  }
  out.end()
  await finished(out)
}

function sameLines(a: string, b: string): boolean {
  return readFileSync(a).equals(readFileSync(b))
}

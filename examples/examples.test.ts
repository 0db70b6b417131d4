/**
 * Runs the examples on their real data, and holds the results against a recomputation that has no
 * engine in it.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommandLine } from '../apps/runtime/src/command-line.ts'
import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import { createTestTerminal } from '../apps/runtime/src/env/testing/test-terminal.ts'
import type { RunSummary } from '../apps/runtime/src/summary.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const DAY_MS = 86_400_000

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-examples-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

type Row = { readonly [column: string]: unknown }

function dataset(name: string): readonly Row[] {
  const packed = readFileSync(path.join(HERE, `../packages/connectors/data/${name}.jsonl.gz`))
  return toRows(gunzipSync(packed).toString())
}

function toRows(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Row)
}

/** Runs a copy of the example, and returns its files and its summary. */
async function run(name: string, outputs: readonly string[], ...words: readonly string[]) {
  cpSync(path.join(HERE, name, 'pipeline.json'), path.join(folder, 'pipeline.json'))
  const terminal = createTestTerminal({ env: createNodeEnv(), folder })
  const code = await runCommandLine(['run', 'pipeline.json', '--json', ...words], terminal)
  expect([code, terminal.written.err]).toEqual([0, ''])
  const summary = JSON.parse(terminal.written.out) as RunSummary
  for (const { inFlight, in: entered, ports, out, watermark, ...buckets } of Object.values(
    summary.nodes,
  )) {
    const counts = Object.values(buckets).filter((count) => typeof count === 'number')
    expect(counts.reduce((sum, count) => sum + count, inFlight)).toBe(entered)
    expect(Object.values(ports).reduce((sum, count) => sum + count, 0)).toBe(out)
    expect(watermark).toBeNull()
  }
  const files = outputs.map((file) => readFileSync(path.join(folder, 'out', file), 'utf8'))
  return { summary, files }
}

function dayOf(at: unknown): number {
  return Math.floor(Date.parse(at as string) / DAY_MS) * DAY_MS
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const EARTHQUAKE_FILES = ['per-region-and-day.jsonl', 'late.jsonl']

test('earthquakes per region and day are those that a loop over the reports counts', async () => {
  const delayMs = DAY_MS
  const late: Row[] = []
  const counted = new Map<
    string,
    { region: string; day: number; reports: number; strongest: number }
  >()
  let latestMs = Number.NEGATIVE_INFINITY
  let watermarkMs = Number.NEGATIVE_INFINITY
  for (const report of dataset('earthquakes')) {
    const day = dayOf(report.at)
    const region = report.region as string
    const magnitude = report.magnitude as number
    if (watermarkMs >= day + DAY_MS - 1) late.push(report)
    else {
      const key = `${day} ${region}`
      const found = counted.get(key) ?? { region, day, reports: 0, strongest: magnitude }
      found.reports++
      found.strongest = Math.max(found.strongest, magnitude)
      counted.set(key, found)
    }
    latestMs = Math.max(latestMs, Date.parse(report.at as string))
    // A watermark leaves only when it enters another interval of 100 ms; then it is exact.
    const nextMs = latestMs - delayMs - 1
    if (Math.floor((nextMs + 1) / 100) > Math.floor((watermarkMs + 1) / 100)) watermarkMs = nextMs
  }
  const expected = [...counted.values()]
    .sort((a, b) => a.day - b.day || compareTexts(a.region, b.region))
    .map(({ region, day, reports, strongest }) => ({
      region,
      window_start: new Date(day).toISOString(),
      window_end: new Date(day + DAY_MS).toISOString(),
      reports,
      strongest,
    }))
  const { files, summary } = await run('earthquakes', EARTHQUAKE_FILES)
  expect(files.map(toRows)).toEqual([expected, late])
  expect(summary.nodes['per-region-and-day']).toMatchObject({ in: 1707, late: late.length })
  expect(late.length).toBeGreaterThan(100)
})

test('their files have the same bytes for every batch size', async () => {
  const results = new Set<string>()
  for (const size of ['1', '7', '4096']) {
    const { files } = await run('earthquakes', EARTHQUAKE_FILES, '--batch-size', size)
    results.add(files.join('\n---\n'))
  }
  expect(results.size).toBe(1)
})

test('delays per airport and day are those that a loop over the flights computes', async () => {
  const groups = new Map<string, { origin: string; day: number; delays: number[] }>()
  for (const { at, origin, delay } of dataset('flights')) {
    const day = dayOf(at)
    const group = groups.get(`${day} ${origin}`) ?? { origin: origin as string, day, delays: [] }
    group.delays.push(delay as number)
    groups.set(`${day} ${origin}`, group)
  }
  const expected = [...groups.values()]
    .filter(({ delays }) => delays.length >= 5)
    .sort((a, b) => a.day - b.day || compareTexts(a.origin, b.origin))
    .map(({ origin, day, delays }) => {
      const late = delays.filter((delay) => delay > 15).length
      return {
        origin,
        window_start: new Date(day).toISOString(),
        window_end: new Date(day + DAY_MS).toISOString(),
        flights: delays.length,
        late,
        mean_delay: expect.closeTo(
          delays.reduce((sum, delay) => sum + delay, 0) / delays.length,
          9,
        ),
        worst_delay: Math.max(...delays),
        late_share: expect.closeTo(late / delays.length, 9),
      }
    })
  const [file = ''] = (await run('flights', ['per-airport-and-day.jsonl'])).files
  expect(toRows(file)).toEqual(expected)
  expect(expected.length).toBeGreaterThan(1000)
})

test('the example of this machine has no problem, and shows what it will write', async () => {
  const terminal = createTestTerminal({ env: createNodeEnv(), folder: HERE })
  const code = await runCommandLine(['schema', 'this-machine/pipeline.json'], terminal)
  expect([code, terminal.written.err]).toEqual([0, ''])
  expect(terminal.written.out).toContain(
    'host: string, window_start: timestamp, window_end: timestamp, busiest: double, mean_busy: double, readings: integer',
  )
})

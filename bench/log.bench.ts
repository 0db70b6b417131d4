/**
 * Measures the log against what any log must do: append batches of records and sync them, against
 * bare `write` and `fdatasync` of the same keys and values; and read all of it, against a bare read
 * of the same files.
 */
// node-flags: --expose-gc --disallow-code-generation-from-strings

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { takeNativeCrc32c } from '../apps/runtime/src/env/native-crc32c.ts'
import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import { type TopicRecord, toUtf8 } from '../packages/engine/src/index.ts'
import { seededRandom } from '../packages/engine/src/testing/index.ts'
import { type EmbeddedLog, openLog } from '../packages/storage/src/index.ts'
import { median } from './memory-job.ts'

export const name = 'The log: synced appends, and reading'

const ROUNDS = 7
const RECORD_BYTES = [200, 1024] as const
/** [bytes of a batch, batches] */
const SIZES = [
  [4 * 1024, 1000],
  [64 * 1024, 600],
  [1024 * 1024, 120],
] as const
const READ_BYTES = 1024 * 1024
const RATIO_LEAST = 0.7

export async function run() {
  // Where the bundle lies, not where there is only memory.
  const folder = mkdtempSync(
    path.join(process.env.MILLRACE_BENCH_FOLDER ?? tmpdir(), 'millrace-log-'),
  )
  takeNativeCrc32c(createRequire(path.resolve('apps/runtime/package.json')))
  try {
    const log = await openLog({ env: createNodeEnv(), folder: path.join(folder, 'log') })
    const bare = await open(path.join(folder, 'bare'), 'a')
    await log.create('t', {})
    const results = []
    for (const recordBytes of RECORD_BYTES) {
      for (const [bytes, count] of SIZES) {
        results.push(...(await appends({ log, bare }, recordBytes, bytes, count)))
      }
    }
    results.push(...(await reads(log, path.join(folder, 'log/t/0'))))
    await bare.close()
    await log.close()
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Compared {
  readonly log: EmbeddedLog
  readonly bare: FileHandle
}

async function appends(
  { log, bare }: Compared,
  recordBytes: number,
  batchBytes: number,
  count: number,
) {
  const records = makeRecords(recordBytes, Math.round(batchBytes / recordBytes))
  const plain = Buffer.concat(
    records.flatMap(({ key, value }) => [key ?? '', value ?? ''].map((part) => Buffer.from(part))),
  )
  const bareMs: number[] = []
  const logMs: number[] = []
  globalThis.gc?.()
  // In turn, so that whatever else the machine does hits both.
  for (let batch = 0; batch < count; batch++) {
    bareMs.push(
      await timed(async () => {
        await bare.write(plain)
        await bare.datasync()
      }),
    )
    logMs.push(
      await timed(async () => {
        await log.append('t', records)
      }),
    )
  }
  const perSecond = (ms: readonly number[]) => plain.length / 1e6 / (median(ms) / 1000)
  const title = `${batchBytes / 1024} kB in records of ${recordBytes} bytes`
  return [
    { name: `bare write + fdatasync, ${title}`, value: perSecond(bareMs), unit: 'MB/s' },
    {
      name: `append, ${title}`,
      value: perSecond(logMs),
      unit: 'MB/s',
      ratio: perSecond(logMs) / perSecond(bareMs),
      ratioLeast: RATIO_LEAST,
      how: 'The median batch, in turn with the bare one; acknowledged when it is synced.',
    },
  ]
}

async function reads(log: EmbeddedLog, folder: string) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.log'))
  const bareMs: number[] = []
  const logMs: number[] = []
  let bytes = 0
  let records = 0
  for (let round = 0; round < ROUNDS; round++) {
    bytes = 0
    bareMs.push(
      await timed(async () => {
        for (const file of files) bytes += await readFile(path.join(folder, file))
      }),
    )
    records = 0
    logMs.push(
      await timed(async () => {
        for (let at = 0; ; ) {
          const batch = await log.read('t', 0, at, READ_BYTES)
          records += batch.records.length
          if (batch.nextOffset === at) break
          at = batch.nextOffset
        }
      }),
    )
  }
  const [{ endOffset = 0 } = {}] = await log.offsets('t')
  if (records !== endOffset) throw new Error(`Read ${records} of ${endOffset} records.`)
  const perSecond = (ms: readonly number[]) => bytes / 1e6 / (median(ms) / 1000)
  return [
    { name: 'bare read, 1 MB at a time', value: perSecond(bareMs), unit: 'MB/s' },
    {
      name: 'read, checked and decoded',
      value: perSecond(logMs),
      unit: 'MB/s',
      ratio: perSecond(logMs) / perSecond(bareMs),
      how: `Records of ${RECORD_BYTES.join(' and ')} bytes, from the page cache; a checksum is computed of every byte.`,
    },
  ]
}

async function readFile(file: string): Promise<number> {
  const handle = await open(file, 'r')
  const into = new Uint8Array(READ_BYTES)
  let at = 0
  for (;;) {
    const { bytesRead } = await handle.read(into, 0, into.length, at)
    at += bytesRead
    if (bytesRead === 0) break
  }
  await handle.close()
  return at
}

function makeRecords(recordBytes: number, count: number): readonly TopicRecord[] {
  const random = seededRandom(1)
  return Array.from({ length: count }, (_, index) => {
    const key = toUtf8(`user-${random.integer(1, 99_999)}`)
    const value = toUtf8('x'.repeat(recordBytes - key.length))
    return { key, value, timestampMs: 1_767_225_600_000 + index }
  })
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await act()
  return performance.now() - startMs
}

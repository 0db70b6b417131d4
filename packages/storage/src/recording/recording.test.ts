/** Recordings on a disk: whole, torn by a crash, damaged, and as large as they may be. */

import type { RecordedTurn } from '@millrace/engine'
import {
  type DiskFault,
  type DiskOperation,
  randomChoices,
  SimDisk,
  seededRandom,
  VirtualEnv,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { DamagedFile } from '../damaged-file.ts'
import { openRecording } from './recording-reader.ts'
import { createRecording, type RecordingLimits } from './recording-writer.ts'

const FOLDER = '/data/recordings/one'
const HEAD = {
  document: '{}',
  name: 'Clicks',
  pipelineId: 'p',
  version: 3,
  jobId: 'j',
  startedAtMs: 5,
  fromCheckpoint: false,
}
const LIMITS: RecordingLimits = { bytes: 1024 * 1024, durationMs: 60_000 }

function turn(number: number): RecordedTurn {
  const chunk = { rows: [[number, `row ${number}`, null]], times: [number], rejects: [] }
  return { kind: 'records', source: 'clicks', nowMs: number, partitions: 1, chunk }
}

/** A disk, a clock, and a recording of so many turns that are written as they come. */
function world(
  fault?: (operation: DiskOperation) => DiskFault | undefined,
  seed = 1,
  limits = LIMITS,
) {
  const disk = new SimDisk({ choices: randomChoices(seededRandom(seed)), ...(fault && { fault }) })
  disk.place('/data/lock', new Uint8Array(0))
  const env = new VirtualEnv()
  const ends: string[] = []
  const create = () =>
    createRecording({
      env: { ...env, clock: env.clock, timers: env.timers, disk: disk.connect() },
      root: '/data',
      folder: FOLDER,
      head: HEAD,
      limits,
      outputs: () => ({ out: { rows: 1, digest: 'abc' } }),
      onEnding: () => ends.push('ending'),
      wake: () => {},
    })
  const read = async () => {
    const stored = await openRecording(disk.connect(), '/data', FOLDER)
    const turns: RecordedTurn[] = []
    const outputs: unknown[] = []
    for await (const entry of stored?.entries() ?? []) {
      if (entry.kind === 'turn') turns.push(entry.turn)
      else outputs.push(entry.outputs)
    }
    return { stored, turns, outputs }
  }
  return { disk, env, create, read, ends }
}

const count = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => turn(from + index))

/** What is in memory is done within some rounds. */
async function settle(): Promise<void> {
  for (let round = 0; round < 200; round++) await Promise.resolve()
}

test('what was recorded is read as it was, with what had left by then', async () => {
  const { create, read, ends } = world()
  const writer = await create()
  for (const one of count(0, 500)) writer.record(one)
  writer.finishBetweenTurns('stopped')
  const end = await writer.ended
  expect(end).toMatchObject({ reason: 'stopped', turns: 500, records: 500 })
  expect(ends).toEqual(['ending'])
  const { stored, turns, outputs } = await read()
  expect(stored).toMatchObject({ head: HEAD, end })
  expect(turns).toEqual(count(0, 500))
  expect(outputs).toEqual([{ out: { rows: 1, digest: 'abc' } }])
})

test('a recording ends by itself when it is as large or as long as it may be', async () => {
  const small = world(undefined, 1, { bytes: 4000, durationMs: 60_000 })
  const writer = await small.create()
  for (const one of count(0, 500)) writer.record(one)
  expect((await writer.ended).reason).toBe('size')
  const { stored, turns } = await small.read()
  expect(stored?.end?.turns).toBe(turns.length)
  expect(stored?.bytes).toBeLessThan(5000)
  expect(turns).toEqual(count(0, turns.length))

  const short = world(undefined, 1, { bytes: 4000, durationMs: 1000 })
  const other = await short.create()
  other.record(turn(0))
  short.env.advance(1000)
  expect((await other.ended).reason).toBe('time')
})

test('a disk that refuses ends the recording, and what was synced stays', async () => {
  let refuses = false
  const { create, read, env } = world(({ kind }) =>
    refuses && kind === 'write' ? 'error' : undefined,
  )
  const writer = await create()
  writer.record(turn(0))
  env.advance(300)
  await settle()
  refuses = true
  writer.record(turn(1))
  env.advance(300)
  const { reason, detail } = await writer.ended
  expect(reason).toBe('disk')
  expect(detail).not.toBe('')
  const { stored, turns } = await read()
  expect(stored?.end).toBeUndefined()
  expect(turns).toEqual([turn(0)])
})

test('after a power cut at any operation a recording ends where it was synced, or later', async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seededRandom(seed)
    const crashAt = random.integer(8, 40)
    let operations = 0
    let crashed = false
    const { create, read, disk, env } = world(() => {
      if (++operations !== crashAt) return undefined
      crashed = true
      return random.pick(['crash-before', 'crash-during', 'crash-after'])
    }, seed)
    const made = await Promise.race([create(), settle().then(settle)])
    let written = 0
    let synced = 0
    for (; made !== undefined && !crashed && written < 200; written++) {
      made.record(turn(written))
      if (!random.chance(0.2)) continue
      env.advance(300)
      await settle()
      if (!crashed) synced = written + 1
    }
    disk.crash('power')
    crashed = true
    const { stored, turns } = await read()
    if (made !== undefined) expect(stored?.head, `seed ${seed}`).toEqual(HEAD)
    expect(turns.length, `seed ${seed}`).toBeGreaterThanOrEqual(synced)
    expect(turns, `seed ${seed}`).toEqual(count(0, turns.length))
    if (stored === undefined || stored.end !== undefined) continue
    const end = await stored.endLost({ reason: 'lost', detail: '' })
    expect(end, `seed ${seed}`).toMatchObject({ turns: turns.length, records: turns.length })
    const again = await read()
    expect(again.stored?.end, `seed ${seed}`).toEqual(end)
    expect(again.turns, `seed ${seed}`).toEqual(turns)
  }
})

test('a bit that has flipped in what had been synced is refused, wherever it stands', async () => {
  const { create, read, disk, env } = world()
  const writer = await create()
  for (const one of count(0, 20)) {
    writer.record(one)
    env.advance(300)
    await settle()
  }
  const path = `${FOLDER}/turns-000001.log`
  const bytes = disk.files().get(path) ?? new Uint8Array(0)
  const random = seededRandom(3)
  let refused = 0
  for (let attempt = 0; attempt < 200; attempt++) {
    const flipped = bytes.slice()
    const at = random.integer(0, bytes.length - 1)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.integer(0, 7))
    disk.place(path, flipped)
    const found = await read().catch((error: unknown) => error)
    if (found instanceof DamagedFile) refused++
    // The last block may have been torn by a crash as well.
    else expect(found).toMatchObject({ turns: count(0, 19) })
  }
  expect(refused).toBeGreaterThan(150)
  disk.place(path, bytes)
  writer.finish('stopped')
  await writer.ended
  const whole = disk.files().get(path) ?? new Uint8Array(0)
  disk.place(path, whole.slice(0, whole.length - 1))
  await expect(read()).rejects.toThrow(`has ${whole.length - 1} of ${whole.length} bytes`)
})

test('a segment that is missing, and a format that is newer, are refused by name', async () => {
  const { create, read, disk } = world()
  const writer = await create()
  writer.record(turn(0))
  writer.finish('stopped')
  await writer.ended
  const path = `${FOLDER}/turns-000001.log`
  const bytes = disk.files().get(path) ?? new Uint8Array(0)
  await disk.connect().remove(path)
  await expect(read()).rejects.toThrow(`"${path}" is damaged: It is not there.`)
  disk.place(path, bytes)
  disk.place(`${FOLDER}/recording`, new Uint8Array([1, 2, 3]))
  await expect(read()).rejects.toThrow('is damaged: It is not what was written.')
})

/** Dead letters outlive crashes as output does: none is lost, and none is there twice. */

import type { DeadLetter, Disk } from '@millrace/engine'
import { crashSink, MemoryDisk, type SinkSubject } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { DeadLetterLog } from './dead-letter-log.ts'

const SEEDS = Number(process.env.MILLRACE_CRASHES ?? 300)
const PATH = '/out/letters.jsonl'
const OUTSTANDING = { add: () => {}, remove: () => {} }

const letters: SinkSubject = {
  showsParts: false,
  open: (disk: Disk) => {
    const log = new DeadLetterLog(PATH, disk)
    return { sink: log, write: (line) => log.add([letter(line)], OUTSTANDING) }
  },
  visible: (files) => {
    const lines = Buffer.from(files.get(PATH) ?? [])
      .toString()
      .trimEnd()
      .split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line).raw)
  },
}

function letter(raw: string): DeadLetter {
  const where = { nodeId: 'node', operator: 'filter', line: null, offsetBytes: null }
  return { raw, reason: 'It is one.', code: 'a-letter', refusedAtMs: 0, ...where }
}

test(`${SEEDS} times everything that could not be processed is there at the end, once and in order`, async () => {
  let crashes = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = await crashSink(letters, seed)
    expect(run.fault, `seed ${seed}`).toBeUndefined()
    crashes += run.crashes
  }
  expect(crashes).toBeGreaterThan(SEEDS)
})

test('a restart goes on counting, and knows the first reason', async () => {
  const disk = new MemoryDisk()
  const log = new DeadLetterLog(PATH, disk)
  await log.recover(undefined)
  log.add([letter('a'), letter('b')], OUTSTANDING)
  const prepared = await log.cut({ checkpointId: 1, isLast: false }).prepare()
  log.add([letter('lost')], OUTSTANDING)
  await log.close()
  const again = new DeadLetterLog(PATH, disk)
  await again.recover(prepared)
  again.add([letter('c')], OUTSTANDING)
  expect([again.count, again.firstReason]).toEqual([3, 'It is one.'])
  await again.commit(await again.cut({ checkpointId: 2, isLast: true }).prepare())
  expect(letters.visible(disk.files)).toEqual(['a', 'b', 'c'])
})

test('a part that has become shorter is refused by name', async () => {
  const disk = new MemoryDisk()
  disk.files.set(`${PATH}.part`, Buffer.from('{}\n'))
  const log = new DeadLetterLog(PATH, disk)
  const prepared = { count: 3, firstReason: 'It is one.', bytes: 99, isLast: false }
  await expect(log.recover(prepared)).rejects.toThrow(
    `"${PATH}.part" has 3 bytes, and the checkpoint that the job goes on from says 99: it was ` +
      'changed since. Start the job without its checkpoints.',
  )
})

test('letters behind a file that was complete, and is gone, are refused by name', async () => {
  const disk = new MemoryDisk()
  const first = new DeadLetterLog(PATH, disk)
  await first.recover(undefined)
  first.add([letter('a')], OUTSTANDING)
  const prepared = await first.cut({ checkpointId: 1, isLast: true }).prepare()
  await first.commit(prepared)
  disk.files.delete(PATH)
  const log = new DeadLetterLog(PATH, disk)
  await log.recover(prepared)
  log.add([letter('b')], OUTSTANDING)
  await expect(log.cut({ checkpointId: 2, isLast: false }).prepare()).rejects.toThrow(
    `"${PATH}" was complete, and now more comes behind it; but it is not there any more. Put it ` +
      'back, or start the job without its checkpoints.',
  )
})

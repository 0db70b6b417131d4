/** The log as its users see it: what is appended is there in order, and refusals say why. */

import { expect, test } from 'vitest'
import {
  bytes,
  contents,
  failure,
  LOG_FOLDER,
  LogWorld,
  record,
} from '../testing/log-world.node.ts'

async function opened(limits = {}) {
  const world = new LogWorld({ limits, choices: { choose: () => 0 } })
  return { world, log: await world.open() }
}

test('records are read in the order in which they were appended, also after opening again', async () => {
  const { world, log } = await opened()
  await log.create('clicks', {})
  const appended = await Promise.all([
    log.append('clicks', [record('a', '1'), record('b', '2')]),
    log.append('clicks', [record('a', '3')]),
  ])
  expect(appended).toEqual([
    { partitions: [{ partition: 0, startOffset: 0, endOffset: 2 }], duplicate: false },
    { partitions: [{ partition: 0, startOffset: 2, endOffset: 3 }], duplicate: false },
  ])
  const expected = ['0 a=1', '1 b=2', '2 a=3']
  expect(await contents(log, 'clicks')).toEqual(expected)
  await log.close()
  const again = await world.open()
  expect(await contents(again, 'clicks')).toEqual(expected)
})

test('a record keeps its key, value, time and headers', async () => {
  const { log } = await opened()
  await log.create('t', {})
  const headers = [{ name: 'träce', value: Uint8Array.of(0, 255) }]
  const records = [
    { key: null, value: new Uint8Array(0), timestampMs: -5, headers },
    { key: new Uint8Array(0), value: null, timestampMs: 2 ** 50 },
    { key: bytes('k'), value: new Uint8Array(400_000).fill(7), timestampMs: 3 },
  ]
  await log.append('t', records)
  const { records: read } = await log.read('t', 0, 0, 1_000_000)
  expect(read).toEqual(records.map((one, offset) => ({ offset, headers: [], ...one })))
})

test('appends that wait for the disk are synced together', async () => {
  const { world, log } = await opened()
  await log.create('t', {})
  let syncs = 0
  world.fault = ({ kind }) => {
    if (kind === 'sync') syncs++
    return undefined
  }
  await Promise.all(Array.from({ length: 100 }, (_, i) => log.append('t', [record(null, `${i}`)])))
  expect(syncs).toBeLessThan(4)
  expect(await contents(log, 't')).toHaveLength(100)
})

test('records of one key go to one partition, and those without a key to all in turn', async () => {
  const { log } = await opened()
  await log.create('t', { partitions: 4 })
  for (let round = 0; round < 8; round++) {
    await log.append('t', [record(`k${round % 3}`, `${round}`)])
    await log.append('t', [record(null, `n${round}`)])
  }
  const all = await Promise.all([0, 1, 2, 3].map((partition) => contents(log, 't', partition)))
  for (const key of ['k0', 'k1', 'k2']) {
    expect(all.filter((lines) => lines.some((line) => line.includes(` ${key}=`)))).toHaveLength(1)
  }
  for (const lines of all) expect(lines.some((line) => line.includes('null='))).toBe(true)
})

test('one idempotency key appends once, at once and after opening again', async () => {
  const { world, log } = await opened()
  await log.create('t', { partitions: 2 })
  const append = (to: typeof log) =>
    to.append('t', [record('a', '1'), record(null, '2')], { idempotencyKey: 'once' })
  const [first, second] = await Promise.all([append(log), append(log)])
  expect([first.duplicate, second.duplicate]).toEqual([false, true])
  expect(second.partitions).toEqual(first.partitions)
  await log.close()
  const again = await world.open()
  const third = await append(again)
  expect(third).toEqual({ partitions: first.partitions, duplicate: true })
})

test('a long append with an idempotency key is there whole or not at all, so that it can be tried again', async () => {
  const { world, log } = await opened()
  await log.create('t', {})
  const records = Array.from({ length: 30 }, (_, i) => record(null, `${i}`.padEnd(30_000, '.')))
  const append = (to: typeof log) => to.append('t', records, { idempotencyKey: 'once' })
  const disk = world.disk.connect()
  const file = `${LOG_FOLDER}/t/0/0000000000000000.0.log`
  const sizeBytes = async () => {
    const open = await disk.open(file, 'read')
    return open.sizeBytes().finally(() => open.close())
  }
  const before = await sizeBytes()
  await append(log)
  const wholeBytes = await sizeBytes()
  // Killed while it was written: so much of it had come to the disk.
  for (const part of [0.1, 0.4, 0.7, 0.99]) {
    world.crash('kill')
    const torn = await world.disk.connect().open(file, 'append')
    await torn.truncate(before + Math.floor(part * (wholeBytes - before)))
    await torn.close()
    const again = await world.open()
    expect((await append(again)).duplicate).toBe(false)
    expect((await append(again)).duplicate).toBe(true)
    const lines = await contents(again, 't')
    expect(lines.map((line) => line.replaceAll('.', ''))).toEqual(
      records.map((_, index) => `${index} null=${index}`),
    )
  }
})

test('what cannot be stored whole is refused with an idempotency key, and taken without', async () => {
  const { log } = await opened({ pendingBytesMax: 1e9 })
  await log.create('t', {})
  const value = new Uint8Array(1024 * 1024)
  const records = Array.from({ length: 128 }, () => ({ key: null, value, timestampMs: 0 }))
  expect(await failure(log.append('t', records, { idempotencyKey: 'once' }))).toMatch(
    /^refused: An append with an idempotency key has \d+ bytes for one partition, and is stored whole up to 134217728. Append fewer records at once, each part with a key of its own.$/,
  )
  expect((await log.append('t', records.slice(0, 3))).partitions).toEqual([
    { partition: 0, startOffset: 0, endOffset: 3 },
  ])
})

test('a long append is encoded while the disk writes, and leaves nothing where the disk refuses the end of it', async () => {
  const { world, log } = await opened()
  await log.create('t', {})
  await log.append('t', [record(null, 'kept')])
  const records = Array.from({ length: 40 }, (_, i) => record(null, `${i}`.padEnd(30_000, '.')))
  let writes = 0
  world.fault = ({ kind }) => {
    if (kind === 'write' && ++writes === 3) world.disk.capacityBytes = world.disk.usedBytes + 1000
    return undefined
  }
  expect(await failure(log.append('t', records))).toContain('no-space: ')
  world.fault = undefined
  world.disk.capacityBytes = Number.POSITIVE_INFINITY
  world.env.advance(300)
  expect(await contents(log, 't')).toEqual(['0 null=kept'])
  writes = 0
  world.fault = ({ kind }) => {
    if (kind === 'write') writes++
    return undefined
  }
  await log.append('t', records)
  expect(writes).toBe(5)
  const expected = ['0 null=kept', ...records.map((_, i) => `${i + 1} null=${i}`)]
  const shown = async (of: typeof log) =>
    (await contents(of, 't')).map((line) => line.replaceAll('.', ''))
  expect(await shown(log)).toEqual(expected)
  world.disk.crash('power')
  expect(await shown(await world.open())).toEqual(expected)
})

test('keys are known over segments, and whose index is gone', async () => {
  const { world, log } = await opened()
  await log.create('t', { segmentBytes: 4096 })
  for (let round = 0; round < 50; round++) {
    await log.append('t', [record(null, 'x'.repeat(300))], { idempotencyKey: `key ${round}` })
  }
  await log.close()
  const disk = world.disk.connect()
  for (const name of await disk.list(`${LOG_FOLDER}/t/0`)) {
    if (name.endsWith('.index')) await disk.remove(`${LOG_FOLDER}/t/0/${name}`)
  }
  const again = await world.open()
  expect((await again.describe('t')).partitions[0]?.endOffset).toBe(50)
  for (const round of [0, 20, 49]) {
    const { duplicate } = await again.append('t', [record(null, 'y')], {
      idempotencyKey: `key ${round}`,
    })
    expect(duplicate).toBe(true)
  }
})

test('the offset of a time is that of the first record that is not before it', async () => {
  const { log } = await opened()
  await log.create('t', { segmentBytes: 4096 })
  const times = [5, 3, 9, 7, 20, 15, 30]
  for (const time of times) await log.append('t', [record(null, 'x'.repeat(1500), time)])
  for (const time of [-1, 0, 4, 5, 6, 9, 10, 16, 21, 30]) {
    const expected = times.findIndex((one) => one >= time)
    expect([time, await log.offsetAt('t', 0, time)]).toEqual([time, expected])
  }
  expect(await log.offsetAt('t', 0, 31)).toBe(times.length)
})

test('whoever waits for records is told', async () => {
  const { log } = await opened()
  await log.create('t', {})
  let stop = () => {}
  const told = new Promise<void>((resolve) => {
    stop = log.onAppended('t', resolve)
  })
  await log.append('t', [record(null, '1')])
  await told
  stop()
})

test('of two who make one topic, the other finds it there', async () => {
  const { log } = await opened()
  const made = [1, 2].map(async () => {
    const refusal = await failure(log.create('t', {}))
    await log.append('t', [record(null, '1')])
    return refusal
  })
  expect((await Promise.all(made)).toSorted()).toEqual([
    'nothing was refused',
    'topic-exists: There is a topic "t" already. Choose another name.',
  ])
})

test('retention by size and by age takes whole segments, the oldest first', async () => {
  const { world, log } = await opened()
  await log.create('size', { segmentBytes: 4096, retentionBytes: 8192 })
  await log.create('age', { segmentBytes: 4096, retentionMs: 10_000 })
  for (let round = 0; round < 20; round++) {
    for (const topic of ['size', 'age']) {
      await log.append(topic, [record(null, 'x'.repeat(1000))])
    }
    world.env.advance(1000)
  }
  await log.maintain()
  const [bySize] = await log.offsets('size')
  expect(bySize).toMatchObject({ endOffset: 20 })
  expect(bySize?.startOffset).toBeGreaterThan(6)
  expect(bySize?.startOffset).toBeLessThan(14)
  const [byAge] = await log.offsets('age')
  expect(byAge?.startOffset).toBeGreaterThan(4)
  expect(byAge?.startOffset).toBeLessThanOrEqual(10)
  expect(await failure(log.read('age', 0, 0, 100))).toBe(
    `offset-out-of-range: Topic "age", partition 0 has the offsets ${byAge?.startOffset} up to 20, ` +
      'and not 0. What was before has gone by retention; start at the earliest or the latest offset.',
  )
  world.env.advance(60_000)
  await log.maintain()
  expect(await log.offsets('age')).toEqual([{ startOffset: 20, endOffset: 20 }])
})

test('compaction keeps the newest record of each key, and a tombstone for its time', async () => {
  const { world, log } = await opened()
  await log.create('t', { compact: true, segmentBytes: 4096, tombstoneRetentionMs: 5000 })
  const filler = 'x'.repeat(900)
  for (let round = 0; round < 12; round++) {
    await log.append('t', [record(`k${round % 3}`, `${round}${filler}`)])
  }
  await log.append('t', [record('k0', null)])
  for (let round = 0; round < 8; round++) await log.append('t', [record('other', filler)])
  await log.maintain()
  const keys = async () => (await contents(log, 't')).map((line) => line.replace(/=(\d*)x+/, '=$1'))
  const first = await keys()
  expect(first.slice(0, 3)).toEqual(['10 k1=10', '11 k2=11', '12 k0=null'])
  world.env.advance(6000)
  for (let round = 0; round < 8; round++) await log.append('t', [record('more', filler)])
  await log.maintain()
  expect((await keys()).slice(0, 3)).toEqual(['10 k1=10', '11 k2=11', '20 other='])
  const all = await contents(log, 't')
  await log.close()
  expect(await contents(await world.open(), 't')).toEqual(all)
})

test('a transaction is seen in all its partitions when it is committed, and only once', async () => {
  const { world, log } = await opened()
  await log.create('a', { partitions: 2 })
  await log.create('b', {})
  await log.append('b', [record(null, 'before')])
  await log.stage('job/1', 'a', [{ ...record(null, '1'), partition: 0 }])
  await log.stage('job/1', 'a', [{ ...record(null, '2'), partition: 1 }])
  await log.stage('job/1', 'b', [record(null, '3')])
  await log.prepare('job/1')
  expect(await contents(log, 'a', 0)).toEqual([])
  expect(await log.openTransactions('job/')).toEqual([{ id: 'job/1', prepared: true }])
  const [, appended] = await Promise.all([
    log.commit('job/1'),
    log.append('b', [record(null, 'after')]),
  ])
  await log.commit('job/1')
  expect(await contents(log, 'a', 0)).toEqual(['0 null=1'])
  expect(await contents(log, 'a', 1)).toEqual(['0 null=2'])
  const b = await contents(log, 'b')
  expect(b).toHaveLength(3)
  expect(b[appended.partitions[0]?.startOffset ?? 0]).toContain('after')
  expect(await log.openTransactions('')).toEqual([])
  await log.close()
  const again = await world.open()
  await again.commit('job/1')
  expect(await contents(again, 'b')).toEqual(b)
})

test('a prepared transaction waits over a restart; one that was not prepared is gone', async () => {
  const { world, log } = await opened()
  await log.create('t', {})
  for (const id of ['kept', 'lost', 'gone']) await log.stage(id, 't', [record(null, id)])
  for (const id of ['kept', 'gone']) await log.prepare(id)
  world.disk.crash('kill')
  const again = await world.open()
  expect(await again.openTransactions('')).toEqual([
    { id: 'gone', prepared: true },
    { id: 'kept', prepared: true },
  ])
  await again.abort('gone')
  await again.abort('never was')
  await again.commit('kept')
  expect(await contents(again, 't')).toEqual(['0 null=kept'])
  expect(await failure(again.commit('lost'))).toContain(
    'unknown-transaction: There is no transaction "lost" that is open',
  )
})

test('a topic that is removed is gone, with its files, and its name is free', async () => {
  const { world, log } = await opened()
  await log.create('t', { partitions: 2 })
  await log.append('t', [record('a', '1')])
  await log.stage('tx', 't', [record('a', '2')])
  expect(await failure(log.remove('t'))).toBe(
    'refused: Topic "t" cannot be removed while transaction "tx" has records for it. Stop the job ' +
      'that writes them first.',
  )
  await log.abort('tx')
  await log.remove('t')
  expect(await log.list()).toEqual([])
  expect(await failure(log.append('t', [record('a', '1')]))).toBe(
    'unknown-topic: There is no topic "t". Make it first, or correct its name.',
  )
  expect(await world.disk.connect().list(LOG_FOLDER)).not.toContain('t')
  await log.create('t', {})
  expect(await contents(log, 't')).toEqual([])
})

test.each([
  [
    '',
    {},
    'A topic cannot be called "". A name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a letter or a digit.',
  ],
  [
    '../etc',
    {},
    'A topic cannot be called "../etc". A name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a letter or a digit.',
  ],
  [
    't',
    { partitions: 0 },
    'Topic "t": The number of partitions is 0. Choose a whole number from 1 to 256.',
  ],
  [
    't',
    { retentionMs: 1.5 },
    'Topic "t": The retention time is 1.5 ms. Choose a whole number from 1000 to 3153600000000 ms.',
  ],
  [
    't',
    { segmentBytes: 10 },
    'Topic "t": The size of a segment is 10 bytes. Choose a whole number from 4096 to 1073741824 bytes.',
  ],
])('the topic %j with %j is refused', async (name, settings, message) => {
  const { log } = await opened()
  expect(await failure(log.create(name, settings))).toBe(`refused: ${message}`)
})

test('names that a file system may take for one are refused', async () => {
  const { log } = await opened()
  await log.create('Clicks', {})
  expect(await failure(log.create('clicks', {}))).toBe(
    'topic-exists: There is a topic "Clicks" already, which is the same as "clicks" to some file ' +
      'systems. Choose another name.',
  )
})

test('records that a topic does not take are refused, and nothing of the append is kept', async () => {
  const { log } = await opened()
  await log.create('t', { recordBytesMax: 10 })
  await log.create('keyed', { compact: true })
  expect(await failure(log.append('t', [record(null, 'x'), record('a', '0123456789')]))).toBe(
    'refused: A record for topic "t" has 11 bytes, and the topic takes 10. Write less, or make a ' +
      'topic that takes more.',
  )
  expect(await failure(log.append('keyed', [record(null, 'x')]))).toBe(
    'refused: A record for topic "keyed" has no key, and the topic keeps the newest record of each ' +
      'key. Give it a key.',
  )
  expect(await failure(log.append('t', [record(null, 'x', 0.5)]))).toBe(
    'refused: A record for topic "t" has the time 0.5. Give whole milliseconds since 1970, at most ' +
      '4503599627370495.',
  )
  expect(await failure(log.append('t', [{ ...record(null, 'x'), partition: 1 }]))).toBe(
    'unknown-partition: Topic "t" has no partition 1: it has 1, counted from 0.',
  )
  expect(await contents(log, 't')).toEqual([])
})

test('more than the limit waiting is refused as busy', async () => {
  const { log } = await opened({ pendingBytesMax: 5000 })
  await log.create('t', {})
  const appends = [0, 1].map(() => log.append('t', [record(null, 'x'.repeat(3000))]))
  const refused = failure(appends[1] ?? Promise.resolve())
  await appends[0]
  expect(await refused).toBe(
    'busy: 3064 bytes wait to be written to the log, and 3064 more would pass 5000. Wait for what ' +
      'was appended before.',
  )
  await log.append('t', [record(null, 'x'.repeat(3000))])
})

test('a sync that fails stops the log, and what was acknowledged is there when it is opened again', async () => {
  const { world, log } = await opened()
  await log.create('t', {})
  await log.append('t', [record(null, 'kept')])
  world.fault = ({ kind }) => (kind === 'sync' ? 'error' : undefined)
  expect(await failure(log.append('t', [record(null, 'unknown')]))).toContain(
    'stopped: The log in "/data/log" has stopped, since the disk refused it: The disk reports an ' +
      'error for "/data/log/t/0/0000000000000000.0.log".',
  )
  world.fault = undefined
  expect(await failure(log.append('t', [record(null, 'no')]))).toContain('stopped: ')
  await log.close()
  world.disk.crash('power')
  const again = await world.open()
  expect((await contents(again, 't'))[0]).toBe('0 null=kept')
})

test('a full disk refuses appends, keeps what was acknowledged, and is used again when it can be', async () => {
  const { world, log } = await opened({ reserveBytes: 1000 })
  await log.create('t', {})
  await log.append('t', [record(null, 'kept')])
  world.disk.capacityBytes = world.disk.usedBytes + 1500
  world.env.advance(1100)
  expect(await failure(log.append('t', [record(null, 'x'.repeat(600))]))).toBe(
    'no-space: There is no space for the log in "/data/log", where 1000 bytes stay free for what ' +
      'must be finished. Make space; the log then goes on by itself.',
  )
  expect(log.trouble).toContain('There is no space for the log')
  world.disk.capacityBytes = Number.POSITIVE_INFINITY
  world.env.advance(300)
  await log.append('t', [record(null, 'again')])
  expect(log.trouble).toBeUndefined()
  expect(await contents(log, 't')).toEqual(['0 null=kept', '1 null=again'])
})

test('those who try again all the time do not keep a log from noticing that there is space', async () => {
  const { world, log } = await opened({ reserveBytes: 1000 })
  await log.create('t', {})
  world.disk.capacityBytes = world.disk.usedBytes + 500
  world.env.advance(1100)
  const append = () => log.append('t', [record(null, 'kept')])
  expect(await failure(append())).toContain('no-space: ')
  world.disk.capacityBytes = Number.POSITIVE_INFINITY
  // The disk is asked again 200 ms after it was asked, though somebody is refused each 50 ms.
  for (let tries = 0; tries < 3; tries++) {
    world.env.advance(50)
    expect(await failure(append())).toContain('no-space: ')
    expect(log.trouble).toContain('There is no space for the log')
  }
  world.env.advance(50)
  await append()
  expect(await contents(log, 't')).toEqual(['0 null=kept'])
})

test('a write that the disk takes only the beginning of leaves nothing behind', async () => {
  const { world, log } = await opened()
  await log.create('t', {})
  await log.append('t', [record(null, 'kept')])
  world.disk.capacityBytes = world.disk.usedBytes + 300
  const free = world.disk.connect()
  expect(await free.freeBytes('/')).toBe(300)
  // Somebody else takes the space between the look and the write.
  world.fault = ({ kind }) => {
    if (kind === 'write') world.disk.capacityBytes = world.disk.usedBytes + 40
    return undefined
  }
  expect(await failure(log.append('t', [record(null, 'x'.repeat(100))]))).toContain('no-space: ')
  world.fault = undefined
  world.disk.capacityBytes = Number.POSITIVE_INFINITY
  world.env.advance(300)
  await log.append('t', [record(null, 'again')])
  expect(await contents(log, 't')).toEqual(['0 null=kept', '1 null=again'])
  world.disk.crash('power')
  expect(await contents(await world.open(), 't')).toEqual(['0 null=kept', '1 null=again'])
})

test('a flipped bit is found when it is read, and named', async () => {
  const { world, log } = await opened()
  await log.create('t', { segmentBytes: 4096 })
  for (let round = 0; round < 10; round++) await log.append('t', [record(null, 'x'.repeat(1500))])
  world.disk.rot(`${LOG_FOLDER}/t/0/0000000000000000.0.log`, 8 * 600)
  expect(await failure(log.read('t', 0, 0, 100))).toMatch(
    /^damaged: Topic "t", partition 0 is not as it was written: "0000000000000000.0.log" is broken at byte \d+\. Restore "\/data\/log\/t\/0" from a copy, or remove the topic\.$/,
  )
})

test('a folder that is no log is refused', async () => {
  const world = new LogWorld()
  world.disk.place(`${LOG_FOLDER}/holiday.jpg`, bytes('...'))
  expect(await failure(world.open())).toBe(
    'damaged: "/data/log" is no folder of a log: it holds "holiday.jpg" and not "millrace-log". ' +
      'Choose another folder, or an empty one.',
  )
})

test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
  'what is shown after a sync has failed lasts, although the next sync has nothing to write, seed %i',
  async (seed) => {
    const world = new LogWorld({ seed })
    const log = await world.open()
    await log.create('t', {})
    await log.append('t', [record('a', '1')])
    await log.stage('x', 't', [record('c', '3')])
    await log.prepare('x')
    world.fault = ({ kind, path }) =>
      kind === 'sync' && path.endsWith('.log') ? 'error' : undefined
    expect(await failure(log.append('t', [record('b', '2')]))).toContain('stopped: ')
    world.crash('kill')
    const again = await world.open()
    await again.commit('x')
    const shown = await contents(again, 't')
    expect(shown).toContain('0 a=1')
    world.crash('power')
    expect(await contents(await world.open(), 't')).toEqual(shown)
  },
)

test('a log that dies again and again while it writes ends again loses none', async () => {
  for (let operations = 1; operations < 60; operations++) {
    const world = new LogWorld({ seed: operations })
    const log = await world.open()
    await log.create('t', { partitions: 2 })
    for (const key of ['a', 'b', 'c', 'd']) await log.append('t', [record(key, key)])
    const before = [await contents(log, 't', 0), await contents(log, 't', 1)]
    world.crash('kill')
    let left = operations
    world.fault = () => (--left === 0 ? 'crash-before' : undefined)
    const ended = await Promise.race([world.open(), world.crashed])
    if (ended === 'crashed') world.crash(operations % 2 === 0 ? 'kill' : 'power')
    const again = ended === 'crashed' ? await world.open() : ended
    expect([await contents(again, 't', 0), await contents(again, 't', 1)]).toEqual(before)
  }
})

test('a disk that refuses while the log finishes a transaction by itself stops the log only', async () => {
  const world = new LogWorld({ limits: { maintenanceMs: 1000 } })
  const log = await world.open()
  await log.create('t', {})
  await log.stage('x', 't', [record('a', 'x'.repeat(500))])
  await log.prepare('x')
  const isLog = (path: string) => path.endsWith('.log')
  world.fault = ({ kind, path }) => {
    if (kind === 'write' && isLog(path)) world.disk.capacityBytes = world.disk.usedBytes
    return undefined
  }
  expect(await failure(log.commit('x'))).toContain('no-space: ')
  world.disk.capacityBytes = Number.POSITIVE_INFINITY
  world.fault = ({ kind, path }) => (kind === 'write' && isLog(path) ? 'error' : undefined)
  world.env.advance(1000)
  for (let round = 0; round < 2000; round++) await Promise.resolve()
  expect(log.trouble).toContain('has stopped, since the disk refused it')
  expect(await failure(log.append('t', [record('a', '1')]))).toContain('stopped: ')
})

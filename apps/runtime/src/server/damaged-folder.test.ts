/**
 * Data folders in which something is not as it was written, file by file: the server starts and
 * tells of what is damaged alone, or is refused by name. What it serves is what was there.
 */

import { fork } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { seededRandom } from '@millrace/engine/testing'
import { wire } from '@millrace/pipeline'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'
import { isOfDisk, Refusal } from '../supervision/refusal.ts'
import { startMillraceServer } from './millrace-server.ts'
import { start, startTestServer, testOptions } from './testing/test-server.ts'

const { timers } = createNodeEnv()
/** Of a server that never has a job: it says nothing and does nothing. */
const IDLE_ENGINE =
  "process.on('disconnect', () => process.exit(0)); process.on('message', () => {})"
/** How many damages are tried, by the dice; all of them where more streams are asked for. */
const TRIED = 8

let parent = ''
let template = ''
let engine = ''
let looks: readonly string[] = []
let whole: ReadonlyMap<string, string> = new Map()

beforeAll(async () => {
  parent = mkdtempSync(path.join(tmpdir(), 'millrace-damaged-'))
  template = path.join(parent, 'template')
  engine = path.join(parent, 'idle.mjs')
  writeFileSync(engine, IDLE_ENGINE)
  looks = await fill()
  whole = await answers(template)
  // Whatever starts on it goes on from there.
  expect([...whole.values()].filter((answer) => answer.startsWith('2')).length).toBeGreaterThan(25)
})

afterAll(() => {
  rmSync(parent, { recursive: true, force: true })
})

/** A folder with something of everything that is kept in it. Returns what can be looked at. */
async function fill(): Promise<readonly string[]> {
  await using server = await startTestServer()
  const schema = { n: 'integer' }
  const produce = (topic: string, n: number | string) => {
    const record = { key: null, value: { text: JSON.stringify({ n }) } }
    return server.ask('produceRecord', `/topics/${topic}/records`, record)
  }
  await server.ask('createTopic', '/topics', { topic: 'other' })
  await produce('other', 1)
  await server.ask('createTopic', '/topics', { topic: 'read', segmentBytes: 4096 })
  const jobId = await start(server, {
    ...{ format: 'millrace/1', name: 'Read', settings: { checkpointInterval: '200ms' } },
    nodes: {
      in: { operator: 'topic-source', config: { topic: 'read', schema } },
      out: { operator: 'topic-sink', config: { topic: 'written' } },
    },
    edges: [{ from: 'in', to: 'out' }],
  })
  const { pipelineId } = await server.ask('getJob', `/jobs/${jobId}`)
  const recording = await server.ask('startRecording', `/jobs/${jobId}/recordings`, {})
  const { recordingId } = recording
  for (let n = 0; n < 100; n++) await produce('read', n % 20 === 0 ? 'none' : n)
  const open = async () => {
    const letters = await server.ask('listLetterGroups', `/pipelines/${pipelineId}/dead-letters`)
    return letters.groups[0]?.open
  }
  await until(async () => (await open()) === 5)
  const recorded = async () =>
    (await server.ask('getRecording', `/recordings/${recordingId}`)).records
  await until(async () => (await recorded()) === 100)
  await server.ask('stopRecording', `/recordings/${recordingId}/stop`, {})
  await server.ask('makeSavepoint', `/jobs/${jobId}/savepoints`, {})
  await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'savepoint' })
  await server.server.stop()
  cpSync(server.folder, template, { recursive: true })
  const known = [pipelineId, jobId, recordingId, 'read', 'written', 'other']
  return Object.values(wire.routes).flatMap(({ method, path: route }) => {
    if (method !== 'get' || route === '/examples') return []
    const [before = '', after = ''] = route.split(/:[a-z]+/i, 2)
    const rest = after.replace(/:letter/, '1').replace(/:\w+/, '1')
    return (route.includes(':') ? known : ['']).map((one) => `${before}${one}${rest}`)
  })
}

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise<void>((resolve) => timers.after(20, resolve))
}

/** What a server on the folder says, or by what it was refused. */
async function answers(folder: string): Promise<ReadonlyMap<string, string>> {
  const logged: string[] = []
  const options = {
    ...(await testOptions(folder, { logged })),
    startEngineProcess: () => fork(engine),
  }
  const found = new Map<string, string>()
  try {
    const server = await startMillraceServer(options)
    try {
      for (const place of looks) {
        const response = await fetch(`${server.url}${wire.API_ROOT}${place}`)
        found.set(place, `${response.status} ${await response.text()}`)
      }
    } finally {
      await server.stop()
    }
  } catch (error) {
    if (!(error instanceof Refusal) && !isOfDisk(error)) throw error
    // As the command says it.
    const advice = isOfDisk(error) ? ' Look after it, or name another place.' : ''
    return new Map([['start', error.message + advice]])
  }
  expect(logged.filter((line) => line.includes('bug'))).toEqual([])
  return found
}

type Dice = (below: number) => number

const DAMAGES: Readonly<Record<string, (file: string, dice: Dice) => void>> = {
  removed: (file) => rmSync(file),
  emptied: (file) => truncateSync(file, 0),
  cut: (file, dice) => truncateSync(file, dice(statSync(file).size)),
  'with a bit turned over': (file, dice) => {
    const bytes = readFileSync(file)
    const at = dice(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << dice(8))
    writeFileSync(file, bytes)
  },
  'full of garbage': (file, dice) => {
    writeFileSync(
      file,
      Uint8Array.from({ length: statSync(file).size }, () => dice(256)),
    )
  },
  'with garbage behind it': (file, dice) => {
    const garbage = Uint8Array.from({ length: 3000 }, () => dice(256))
    writeFileSync(file, Buffer.concat([readFileSync(file), garbage]))
  },
  'of 6 GB': (file) => truncateSync(file, 6 * 2 ** 30),
  'a folder': (file) => {
    rmSync(file)
    mkdirSync(path.join(file, 'inside'), { recursive: true })
  },
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
}

/** Files of one kind are damaged alike, whatever they are called. */
function kindOf(file: string): string {
  return file.replace(/[0-9a-f]{8}-[-0-9a-f]{27}/g, 'ID').replace(/\d+/g, 'N')
}

let round = 0

async function damagedBy(act: (data: string) => void): Promise<ReadonlyMap<string, string>> {
  const folder = path.join(parent, `round-${++round}`)
  cpSync(template, folder, { recursive: true })
  try {
    act(path.join(folder, 'data'))
    return await answers(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where an answer says something else than it did. */
function changed(found: ReadonlyMap<string, string>): readonly string[] {
  return [...found].flatMap(([place, answer]) => {
    return place === '/hosts' || answer === whole.get(place) ? [] : [`${place}: ${answer}`]
  })
}

/** Nothing is our bug, and what is served of topics and pipelines is what was there. */
function expectHonest(found: ReadonlyMap<string, string>, what: string): void {
  const refused = found.get('start')
  if (refused !== undefined) {
    expect(refused, what).toMatch(/^(?:"|The |Topic ).*\. [A-Z].*\.$/s)
    return
  }
  for (const [place, answer] of found) {
    expect(answer, `${what}: ${place}`).not.toContain('"internal"')
    const before = whole.get(place) ?? ''
    if (!answer.startsWith('200') || answer === before) continue
    if (/^\/topics\/[^/]+\/records/.test(place)) {
      expect(before, `${what}: ${place}`).toContain(recordsIn(answer))
    } else if (/^\/pipelines\/[^/]+$/.test(place)) {
      expect(documentIn(answer), `${what}: ${place}`).toEqual(documentIn(before))
    }
  }
}

/** What stands in the list of records, which a beginning of it begins with. */
function recordsIn(answer: string): string {
  return /"records":\[(.*)\]/s.exec(answer)?.[1]?.slice(0, -1) ?? ''
}

function documentIn(answer: string): unknown {
  return (JSON.parse(answer.slice(4)) as { readonly document: unknown }).document
}

test('each kind of file, damaged in each way', async () => {
  const random = seededRandom(7)
  const dice = (below: number) => Math.floor(random.next() * below)
  const byKind = new Map<string, string[]>()
  for (const file of filesOf(path.join(template, 'data'))) {
    byKind.set(kindOf(file), [...(byKind.get(kindOf(file)) ?? []), file])
  }
  expect(byKind.size).toBeGreaterThan(15)
  const cases = [...byKind].flatMap(([kind, files]) =>
    Object.entries(DAMAGES).map(([way, damage]) => ({ kind, files, way, damage })),
  )
  const few = cases.filter(({ way }) => way !== 'of 6 GB' && dice(cases.length) < TRIED)
  const chosen = process.env.MILLRACE_STREAMS === undefined ? few : cases
  for (const { kind, files, way, damage } of chosen) {
    const file = files[dice(files.length)] ?? ''
    const found = await damagedBy((data) => damage(path.join(data, file), dice))
    if (process.env.MILLRACE_STREAMS !== undefined) {
      console.info(`${kind} ${way}: ${found.get('start') ?? `${changed(found).length} changed`}`)
    }
    expectHonest(found, `${file} ${way}`)
  }
})

describe('of one topic', () => {
  const segment = (data: string, topic: string) => {
    const folder = path.join(data, 'log', topic, '0')
    const name =
      readdirSync(folder)
        .filter((one) => one.endsWith('.log'))
        .at(-1) ?? ''
    return path.join(folder, name)
  }

  test.each(['a folder', 'of 6 GB', 'removed', 'full of garbage'])(
    'the last segment, %s, concerns no other topic',
    async (way) => {
      const found = await damagedBy((data) => DAMAGES[way]?.(segment(data, 'other'), () => 1))
      expect(found.has('start')).toBe(false)
      expectHonest(found, way)
      expect(found.get('/topics/read/records')).toBe(whole.get('/topics/read/records'))
      const other = found.get('/topics/other/records')
      // What follows the end is not what was written, and is cut off.
      if (way === 'of 6 GB') expect(other).toBe(whole.get('/topics/other/records'))
      else expect(other).toContain('Restore')
    },
  )

  test('a file in the place of a partition concerns no other topic', async () => {
    const found = await damagedBy((data) => {
      rmSync(path.join(data, 'log/other/0'), { recursive: true })
      writeFileSync(path.join(data, 'log/other/0'), '')
    })
    expect(found.get('/topics/read/records')).toBe(whole.get('/topics/read/records'))
    expect(found.get('/topics/other/records')).toMatch(/restore its folder from a copy/i)
  })
})

describe('of one recording', () => {
  test.each([
    ['recording', 'a folder'],
    ['recording', 'full of garbage'],
    ['end', 'full of garbage'],
    ['turns-000001.log', 'a folder'],
  ])('%s, %s, concerns no other', async (name, way) => {
    const found = await damagedBy((data) => {
      const [id = ''] = readdirSync(path.join(data, 'recordings'))
      const from = path.join(data, 'recordings', id)
      cpSync(from, path.join(data, 'recordings/another'), { recursive: true })
      DAMAGES[way]?.(path.join(from, name), () => 1)
    })
    const listed = found.get('/recordings') ?? ''
    const states = (JSON.parse(listed.slice(4)) as { state: string }[]).map(({ state }) => state)
    expect(states.sort()).toEqual(['damaged', 'ended'])
  })

  test('one whose beginning is gone is damaged, and stays', async () => {
    let id = ''
    const found = await damagedBy((data) => {
      ;[id = ''] = readdirSync(path.join(data, 'recordings'))
      rmSync(path.join(data, 'recordings', id, 'recording'))
    })
    expect(found.get(`/recordings/${id}`)).toContain('"damaged"')
  })

  test('a file in the place of its folder keeps no server from starting, and stays', async () => {
    const found = await damagedBy((data) => writeFileSync(path.join(data, 'recordings/stray'), 'x'))
    expect(changed(found)).toEqual([])
  })
})

test('a database that is empty is none that is new, where pipelines have run', async () => {
  const found = await damagedBy((data) => truncateSync(path.join(data, 'millrace.sqlite'), 0))
  expect(found.get('start')).toContain(
    'is empty, and pipelines have run there. Put a copy of it back',
  )
})

describe('in the database', () => {
  const change = (data: string, ...statements: readonly string[]) => {
    const sqlite = new Sqlite(path.join(data, 'millrace.sqlite'))
    for (const statement of statements) sqlite.exec(statement)
    sqlite.close()
  }
  const OTHER_TOPIC = `UPDATE versions SET document = replace(document, '"written"', '"writtem"')`
  const RUNS = "UPDATE jobs SET ended_at_ms = NULL, state = 'running'"

  test('a document that is not what was saved is told by its name, and does not run', async () => {
    const found = await damagedBy((data) => change(data, OTHER_TOPIC, RUNS))
    const ids = [...found.keys()].filter((place) => /^\/pipelines\/[0-9a-f-]{36}$/.test(place))
    const told = ids.map((place) => found.get(place)?.slice(0, 3))
    expect(told.filter((status) => status === '409')).toHaveLength(1)
    expect(found.get('/pipelines')).toContain('"state":"failed"')
    expect(found.get('/jobs')).toContain('Version 1 of \\"Read\\" is not what was saved')
    expect(found.get('/topics/read/records')).toBe(whole.get('/topics/read/records'))
  })

  test.each([
    "UPDATE jobs SET state = 'runnimg'",
    "UPDATE jobs SET failure = '{'",
    `${RUNS}; UPDATE jobs SET begin = '{'`,
    'DELETE FROM versions',
    'DROP TABLE job_events',
  ])('%s takes nothing else with it', async (statement) => {
    const found = await damagedBy((data) => change(data, statement))
    expect(found.has('start')).toBe(false)
    expectHonest(found, statement)
    expect(found.get('/topics/read/records')).toBe(whole.get('/topics/read/records'))
  })
})

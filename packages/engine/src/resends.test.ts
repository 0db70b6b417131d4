/**
 * Records that were refused and are sent in again: where they come in, what becomes of them, and
 * that each counts once, whatever crashes come between. `MILLRACE_CRASHES` tries another number of
 * seeds than usual.
 */

import { expect, test } from 'vitest'
import { readCheckpoint } from './checkpoint.ts'
import { END_OF_TIME_MS } from './element.ts'
import { Job } from './job.ts'
import { toJobPlan } from './plan.ts'
import type { DeadLetter } from './refusals.ts'
import type { ResendOutcome, ResendRequest } from './resends.ts'
import { runWithCrashes } from './testing/crash-run.ts'
import { MemoryCheckpoints } from './testing/memory-checkpoints.ts'
import { createOutboxSink, Outbox } from './testing/outbox.ts'
import { checkDocument, driveVirtually } from './testing/run-pipeline.ts'
import { smallOperators } from './testing/small-operators.ts'
import { VirtualEnv } from './testing/virtual-env.ts'
import { toUtf8 } from './utf8.ts'

const SEEDS = Number(process.env.MILLRACE_CRASHES ?? 60)

const ROWS = Array.from({ length: 24 }, (_, n) => (n % 5 === 4 ? `bad ${n}` : [n, n])) as (
  | string
  | [number, number]
)[]

/** A live source, a node that refuses 13, and a sink. */
const DOCUMENT = {
  format: 'millrace/1',
  name: 'Tested',
  nodes: {
    list: { operator: 'list-source', config: { rows: ROWS, everyMs: 3, chunkRows: 2 } },
    keep: { operator: 'keep', config: {} },
    sink: { operator: 'outbox-sink', config: {} },
  },
  edges: [
    { from: 'list', to: 'keep' },
    { from: 'keep', to: 'sink' },
  ],
}

type Given = Partial<ResendRequest> & { readonly text: string }

function requestsOf(given: readonly Given[]): readonly ResendRequest[] {
  return given.map(({ text, ...rest }, place) => ({
    ...{ place, letterId: `letter-${place}`, attempt: 1, nodeId: 'list', bytes: toUtf8(text) },
    ...rest,
  }))
}

const toKeep = { nodeId: 'keep', channel: 0, eventTimeMs: 3 }

const REQUESTS = requestsOf([
  { text: '5 1000' },
  { text: 'still bad' },
  { text: '6 13' },
  { text: '{"n":1001}', ...toKeep },
  { text: '{"n":13}', ...toKeep },
  { text: '{"n":"x"}', ...toKeep },
  { text: '{"n":1002}', nodeId: 'keep', channel: 0 },
  { text: '{"n":1003}', ...toKeep, channel: 1 },
  { text: '{"n":1004}', ...toKeep, nodeId: 'gone' },
  { text: '{"n":1005}', ...toKeep },
])

interface Run {
  readonly outcomes: readonly ResendOutcome[]
  readonly letters: readonly DeadLetter[]
  readonly rows: readonly number[]
  readonly job: Job
}

async function run(
  requests: readonly ResendRequest[],
  document: object = DOCUMENT,
  tap = 'keep',
  /** They are written down once this many letters have come. */
  afterLetters = 0,
): Promise<Run> {
  const env = new VirtualEnv()
  const outcomes: ResendOutcome[] = []
  const letters: DeadLetter[] = []
  const sink = smallOperators.find(({ id }) => id === 'slow-sink')
  if (sink === undefined) throw new Error('There is a sink for tests.')
  const operators = [...smallOperators, { ...sink, id: 'outbox-sink' }]
  const job = new Job(toJobPlan(checkDocument(document, operators)), {
    env,
    jobId: 'own',
    resolvePath: (path) => path,
    deadLetters: (refused) => letters.push(...refused),
    resends: {
      feed: {
        read: async (from) => {
          return letters.length < afterLetters ? [] : requests.filter(({ place }) => place >= from)
        },
      },
      onOutcome: (outcome) => outcomes.push(outcome),
    },
  })
  const rows: number[] = []
  job.tap(tap, 'out').subscribe((element) => {
    if (element.kind === 'batch') rows.push(...element.rows.map(([n]) => Number(n)))
  })
  await driveVirtually(job, env, () => job.lookForResends())
  const failure = await job.finish()
  expect(failure).toBeUndefined()
  return { outcomes, letters, rows, job }
}

test('each comes in at the node that refused it, and it is said what has become of it', async () => {
  const { outcomes, letters, rows, job } = await run(REQUESTS)
  const short = outcomes.map(({ letterId, result, cause }) => [letterId, result, cause?.code])
  expect(short).toEqual([
    ['letter-0', 'passed', undefined],
    ['letter-1', 'refused', 'refused'],
    ['letter-2', 'passed', undefined],
    ['letter-3', 'passed', undefined],
    ['letter-4', 'refused', 'bad-luck'],
    ['letter-5', 'refused', 'wrong-type'],
    ['letter-6', 'refused', 'event-time-missing'],
    ['letter-7', 'refused', 'no-such-input'],
    ['letter-8', 'refused', 'no-such-node'],
    ['letter-9', 'passed', undefined],
  ])
  expect(rows.filter((n) => n >= 1000)).toEqual([1000, 1001, 1005])
  // What a replayed record sets off further down is a letter of its own.
  const further = letters.filter(({ resendOf }) => resendOf !== undefined)
  expect(further.map(({ nodeId, resendOf }) => [nodeId, resendOf])).toEqual([
    ['keep', { letterId: 'letter-2', attempt: 1 }],
  ])
  // The books balance, with what came in again: 20 rows and 4 bad records, and then 3.
  expect(job.nodes().get('list')?.ledger).toMatchObject({ in: 27, passed: 22, deadLettered: 5 })
})

test('what was refused in these books counts once in them, as what becomes of it', async () => {
  const sent = (text: string, more: Partial<ResendRequest>) => ({ text, refusedIn: 'own', ...more })
  const { job } = await run(
    requestsOf([
      // Accepted, refused again at once, refused again without coming in, and of other books.
      ...[sent('5 1000', {}), sent('still bad', {}), sent('{"n":1001}', toKeep)],
      ...[sent('{"n":"x"}', toKeep), sent('6 1002', { refusedIn: 'another' })],
    ]),
    ...([DOCUMENT, 'keep', 4] as const),
  )
  const list = job.nodes().get('list')?.ledger
  // 20 rows and 4 bad records, of which 3 stay; the one of other books comes in for the first time.
  expect(list).toMatchObject({ in: 25, passed: 22, deadLettered: 3, again: 2 })
  expect(list).toMatchObject({ out: 25, ports: { out: 22, errors: 3 } })
  const keep = job.nodes().get('keep')?.ledger
  expect(keep?.in).toBe(22)
  expect(keep).toMatchObject({ deadLettered: 0, again: 1 })
})

test('what is sent in at a source moves no watermark', async () => {
  const document = { ...DOCUMENT, nodes: { ...DOCUMENT.nodes } }
  const late = requestsOf([{ text: '900 1000' }])
  const env = new VirtualEnv()
  const watermarks: number[] = []
  const operators = [...smallOperators]
  const nodes = { list: document.nodes.list, keep: document.nodes.keep }
  const plan = toJobPlan(
    checkDocument({ ...document, nodes, edges: [DOCUMENT.edges[0]] }, operators),
  )
  const job = new Job(plan, {
    env,
    resolvePath: (path) => path,
    deadLetters: () => {},
    resends: {
      feed: { read: async (from) => late.filter(({ place }) => place >= from) },
      onOutcome: () => watermarks.push(job.nodes().get('list')?.watermarkMs ?? 0),
    },
  })
  await driveVirtually(job, env)
  await job.finish()
  expect(watermarks).toHaveLength(1)
  expect(watermarks[0]).toBeLessThan(900)
})

test('where paths meet again, it comes in by both of them', async () => {
  const document = {
    ...DOCUMENT,
    nodes: {
      list: DOCUMENT.nodes.list,
      even: { operator: 'keep', config: { divisor: 2, remainder: 0 } },
      all: { operator: 'keep', config: {} },
      both: { operator: 'meet', config: {} },
    },
    edges: [
      { from: 'list', to: 'even' },
      { from: 'list', to: 'all' },
      { from: 'even', to: 'both' },
      { from: 'all', to: 'both' },
    ],
  }
  const { rows, outcomes } = await run(requestsOf([{ text: '5 1000' }]), document, 'both')
  expect(outcomes.map(({ result }) => result)).toEqual(['passed'])
  expect(rows.filter((n) => n >= 1000)).toEqual([1000, 1000])
})

test('a source that has ended says so', async () => {
  const document = {
    ...DOCUMENT,
    nodes: {
      ...DOCUMENT.nodes,
      short: { operator: 'list-source', config: { rows: [] } },
    },
  }
  const requests: ResendRequest[] = []
  const env = new VirtualEnv()
  const outcomes: ResendOutcome[] = []
  const nodes = { short: document.nodes.short, list: document.nodes.list }
  const plan = toJobPlan(checkDocument({ ...document, nodes, edges: [] }, [...smallOperators]))
  const job = new Job(plan, {
    env,
    resolvePath: (path) => path,
    deadLetters: () => {},
    resends: {
      feed: { read: async (from) => requests.filter(({ place }) => place >= from) },
      onOutcome: (outcome) => outcomes.push(outcome),
    },
  })
  let told = false
  await driveVirtually(job, env, () => {
    if (told || job.nodes().get('short')?.watermarkMs !== Number.POSITIVE_INFINITY) return
    told = true
    requests.push(...requestsOf([{ text: '1 1', nodeId: 'short' }]))
    job.lookForResends()
  })
  await job.finish()
  expect(outcomes.map(({ cause }) => cause?.code)).toEqual(['input-ended'])
})

test('what had ended before a restart takes nothing in after it', async () => {
  const nodes = {
    ...DOCUMENT.nodes,
    short: { operator: 'list-source', config: { rows: [[0, 1]] } },
  }
  const edges = [...DOCUMENT.edges.slice(1), { from: 'short', to: 'keep' }]
  const operators = [...smallOperators, createOutboxSink(new Outbox(), { pause: async () => {} })]
  const plan = toJobPlan(checkDocument({ ...DOCUMENT, nodes, edges }, operators))
  const store = new MemoryCheckpoints()
  const requests: ResendRequest[] = []
  const outcomes: ResendOutcome[] = []
  const start = async () => {
    const env = new VirtualEnv()
    const job = new Job(plan, {
      env,
      resolvePath: (path) => path,
      deadLetters: () => {},
      checkpoints: { store, restored: await readCheckpoint(store, env) },
      resends: {
        feed: { read: async (from) => requests.filter(({ place }) => place >= from) },
        onOutcome: (outcome) => outcomes.push(outcome),
      },
    })
    return { job, env }
  }
  const first = await start()
  let asked = false
  await driveVirtually(first.job, first.env, () => {
    if (asked || first.job.nodes().get('sink')?.watermarkMs !== END_OF_TIME_MS) return
    asked = true
    void first.job.suspend()
  })
  await first.job.finish()
  requests.push(
    ...requestsOf([
      { text: '1 1', nodeId: 'short' },
      { text: '{"n":1}', ...toKeep },
    ]),
  )
  const { job, env } = await start()
  await driveVirtually(job, env, () => job.lookForResends())
  await job.finish()
  expect(outcomes.map(({ cause }) => cause?.code)).toEqual(['input-ended', 'input-ended'])
  expect(job.nodes().get('keep')?.ledger.in).toBe(1)
})

test(`${SEEDS} times each counts once, whatever crashes come between`, async () => {
  let crashes = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const go = (crashesMax: number) =>
      runWithCrashes({
        ...{ document: DOCUMENT, operators: smallOperators, seed, crashesMax },
        resends: REQUESTS,
      })
    const expected = await go(0)
    const found = await go(6)
    const sorted = (lines: readonly string[] | undefined) => lines?.toSorted()
    for (const node of ['sink', '']) {
      expect(sorted(found.output.get(node)), `output of seed ${seed}`).toEqual(
        sorted(expected.output.get(node)),
      )
    }
    expect(expected.output.get('')?.filter((line) => line.includes(' outcome '))).toHaveLength(10)
    expect(found.ledgers, `ledgers of seed ${seed}`).toEqual(expected.ledgers)
    crashes += found.crashes
  }
  expect(crashes).toBeGreaterThan(SEEDS)
})

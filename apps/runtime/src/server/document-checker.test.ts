/** Large documents are checked beside the server: as small ones are, and in nobody's way. */

import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Timers } from '@millrace/engine'
import { exampleDocument, operators } from '@millrace/operators'
import { afterEach, expect, test } from 'vitest'
import { createTestRegistry } from '../hosting/testing/test-registry.ts'
import { Refusal } from '../supervision/refusal.ts'
import { DocumentChecker, type DocumentCheckerOptions } from './document-checker.ts'
import { numbers } from './testing/documents.ts'
import { startTestServer, startTestThread } from './testing/test-server.ts'

const EXAMPLES = fileURLToPath(new URL('../../../../examples', import.meta.url))

/** Timers that come when they are told to. */
class HandTimers implements Timers {
  readonly #waiting = new Set<{ readonly delayMs: number; readonly callback: () => void }>()

  after(delayMs: number, callback: () => void): () => void {
    const timer = { delayMs, callback }
    this.#waiting.add(timer)
    return () => this.#waiting.delete(timer)
  }

  yield(): void {
    throw new Error('Nothing here waits for its turn.')
  }

  get delays(): readonly number[] {
    return [...this.#waiting].map(({ delayMs }) => delayMs)
  }

  fire(): void {
    for (const timer of [...this.#waiting]) {
      this.#waiting.delete(timer)
      timer.callback()
    }
  }
}

const registry = createTestRegistry()
const open: DocumentChecker[] = []

afterEach(async () => {
  for (const checker of open.splice(0)) await checker.close()
})

function checkerWith(changes: Partial<DocumentCheckerOptions> = {}): DocumentChecker {
  const options = { registry, timers: new HandTimers(), startCheckThread: startTestThread }
  const checker = new DocumentChecker({ ...options, smallLengthMax: 0, ...changes })
  open.push(checker)
  return checker
}

/** All that is said of a document, in whatever way. */
async function saidBy(checker: DocumentChecker, document: Record<string, unknown>) {
  const text = JSON.stringify(document)
  const told = (asked: Promise<unknown>) =>
    asked.catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      return { ...error, message: error.message }
    })
  return [
    await checker.problems(document),
    await checker.problems(text),
    await told(checker.version(document)),
    await told(checker.runnable(text)),
    await told(checker.recorded(text)),
  ]
}

/** Of the repository, and one for each example of each operator that can be drawn. */
function goodDocuments(): readonly Record<string, unknown>[] {
  const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('pipeline.json'))
    .map((name) => JSON.parse(readFileSync(path.join(EXAMPLES, name), 'utf8')) as object)
  const drawn = operators.flatMap((operator) =>
    operator.examples.flatMap((example) => exampleDocument(operator, example) ?? []),
  )
  return [...files, ...drawn].map((document) => ({ ...(document as object) }))
}

/** Each of the others with one thing wrong in it, seeded by its place. */
function broken(document: Record<string, unknown>, seed: number): Record<string, unknown> {
  const copy = structuredClone(document) as {
    nodes: Record<string, { operator: string; config?: Record<string, unknown> }>
    edges: unknown[]
    [field: string]: unknown
  }
  const nodes = Object.values(copy.nodes)
  const node = nodes[seed % nodes.length]
  const config = node?.config ?? {}
  const field = Object.keys(config)[seed % 3]
  if (node === undefined) copy.format = 'millrace/9'
  else if (seed % 5 === 0) node.operator = 'fliter'
  else if (seed % 5 === 1) copy.edges.pop()
  else if (field !== undefined) config[field] = seed % 5 === 2 ? 'ms >' : null
  else copy.format = 'millrace/9'
  return copy
}

test('the thread says of every document what is said at once', async () => {
  const [atOnce, inThread] = [checkerWith({ smallLengthMax: Infinity }), checkerWith()]
  const good = goodDocuments()
  expect(good.length).toBeGreaterThan(60)
  let problems = 0
  for (const [seed, document] of [...good, ...good.map(broken)].entries()) {
    const expected = await saidBy(atOnce, document)
    expect(await saidBy(inThread, document), `document ${seed}`).toStrictEqual(expected)
    problems += (expected[0] as readonly unknown[]).length
  }
  expect(problems).toBeGreaterThan(good.length / 2)
})

/** Expressions of about so many characters, each as long as one may be. */
function expressions(length: number): Record<string, unknown> {
  const one = Array.from({ length: 480 }, (_, index) => `ABS(n) > ${index}`).join(' OR ')
  const columns = Array.from({ length: Math.ceil(length / one.length) }, (_, index) => {
    return [`c${index}`, one] as const
  })
  const document = numbers(1) as { nodes: object; edges: readonly object[] }
  return {
    ...document,
    nodes: {
      ...document.nodes,
      many: { operator: 'select', config: { columns: Object.fromEntries(columns) } },
    },
    edges: [...document.edges, { from: 'numbers', to: 'many' }],
  }
}

test('others are answered while a large document is checked', async () => {
  await using server = await startTestServer()
  const warm = await server.ask('checkDocument', '/documents/check', {
    document: expressions(100_000),
  })
  expect(warm.problems).toEqual([])
  let checked = false
  const document = expressions(500_000)
  const check = server.ask('checkDocument', '/documents/check', { document }).then((answer) => {
    checked = true
    return answer
  })
  let answered = 0
  while (!checked && answered < 30) {
    await server.ask('listJobs', '/jobs')
    answered++
  }
  expect((await check).problems).toEqual([])
  // One that is held answers what came while it was, and then the check.
  expect(answered).toBeGreaterThan(10)
})

test('a large document is saved and runs as any other', async () => {
  await using server = await startTestServer()
  const { id } = await server.ask('createPipeline', '/pipelines', {
    document: expressions(20_000),
  })
  const { jobId } = await server.ask('startJob', '/jobs', { pipelineId: id })
  const socket = await server.connect()
  const ended = socket.next('jobChanged', (job) => job.jobId === jobId && job.endedAtMs !== null)
  await socket.ask('watchJob', { jobId })
  const now = await server.ask('getJob', `/jobs/${jobId}`)
  expect((now.endedAtMs === null ? await ended : now).state).toBe('finished')
})

const ENDLESS = "require('node:worker_threads').parentPort.on('message', () => { for (;;); })"
const CRASHING = "require('node:worker_threads').parentPort.on('message', () => process.exit(7))"
const HUNGRY = `require('node:worker_threads').parentPort.on('message', () => {
  const kept = []
  for (;;) kept.push(new Array(1000).fill(kept.length))
})`

/** The first thread is this one, the others are as they should be. */
function atFirst(code: string): () => Worker {
  let count = 0
  const resourceLimits = { maxOldGenerationSizeMb: 32 }
  return () =>
    count++ === 0 ? new Worker(code, { eval: true, resourceLimits }) : startTestThread()
}

test('a check without an end is given up, and the next one has a thread of its own', async () => {
  const timers = new HandTimers()
  const checker = checkerWith({ timers, startCheckThread: atFirst(ENDLESS) })
  const endless = checker.problems(numbers(1))
  const next = checker.problems(numbers(2))
  expect(timers.delays).toEqual([60_000])
  timers.fire()
  await expect(endless).rejects.toThrow(
    'The document was checked for 60 s without an end, which is the limit.',
  )
  expect(await next).toEqual([])
})

test.each([
  [CRASHING, 'The check of the document has ended before it was through. Try again;'],
  [HUNGRY, 'before it was through (Worker terminated due to reaching memory limit'],
])('a thread that ends by itself is told, and the next check has another', async (code, told) => {
  const checker = checkerWith({ startCheckThread: atFirst(code) })
  const broken = checker.problems(numbers(1))
  const next = checker.problems(numbers(2))
  await expect(broken).rejects.toThrow(told)
  expect(await next).toEqual([])
})

test('a thread that has nothing to do is ended, and started again when it is needed', async () => {
  const timers = new HandTimers()
  const started: Worker[] = []
  const startCheckThread = () => {
    const thread = startTestThread()
    started.push(thread)
    return thread
  }
  const checker = checkerWith({ timers, startCheckThread, smallLengthMax: 2_000 })
  expect(await checker.problems(numbers(1))).toEqual([])
  expect(started).toEqual([])
  expect(await checker.problems(numbers(1000))).toEqual([])
  expect(await checker.problems(numbers(1000))).toEqual([])
  expect(started).toHaveLength(1)
  const [first] = started
  const ended = first && once(first, 'exit')
  timers.fire()
  await ended
  expect(await checker.problems(numbers(1000))).toEqual([])
  expect(started).toHaveLength(2)
})

test('no more than 16 wait, and what waits when the server stops is refused', async () => {
  const checker = checkerWith({ startCheckThread: atFirst(ENDLESS) })
  const asked = Array.from({ length: 17 }, () => checker.problems(numbers(1)))
  await expect(checker.problems(numbers(1))).rejects.toThrow(
    '16 large documents wait to be checked, and no more can.',
  )
  const told = Promise.allSettled(asked)
  await checker.close()
  expect(new Set((await told).map((one) => one.status))).toEqual(new Set(['rejected']))
  await expect(checker.problems(numbers(1))).rejects.toThrow('The server is stopping')
})

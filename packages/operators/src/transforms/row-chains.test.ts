/**
 * Goal: filters and selects that run as one loop do what each does by itself. Method: random chains
 * of them over random rows, with refused records, edges that somebody looks at and paths that meet
 * again, run node by node with closures, as chains of closures and as generated code; what leaves,
 * the books of every node and the dead letters must be the same.
 */

import {
  runPipeline,
  type SeededRandom,
  seededRandom,
  smallOperators,
  VirtualEnv,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { operators } from '../index.ts'

const CASES = 250

interface Edge {
  readonly from: string
  readonly to: string
}

interface Chain {
  readonly nodes: { readonly [id: string]: { readonly operator: string; readonly config: object } }
  readonly edges: readonly Edge[]
  readonly ids: readonly string[]
}

/** How many rows a source has, and gives at once. */
interface Size {
  readonly rowsMin: number
  readonly rowsMax: number
  readonly chunkRowsMax: number
}

const FEW: Size = { rowsMin: 0, rowsMax: 80, chunkRowsMax: 40 }
/** More than a chain hands on at once. */
const MANY: Size = { rowsMin: 1000, rowsMax: 4000, chunkRowsMax: 4000 }
const LARGE_CASES = 8

/** Parts that occur again and again, some of which have no value for some rows. */
function randomNumber(random: SeededRandom, columns: readonly string[], depth = 2): string {
  const column = random.pick(columns)
  if (depth === 0 || random.chance(0.2)) return random.pick([column, '3', '-2'])
  const [a, b] = [0, 1].map(() => randomNumber(random, columns, depth - 1))
  return random.pick([
    `(${a} + ${b})`,
    `(${a} * 2 - ${b})`,
    `(100 / (${column} % 3))`,
    `(100 / (${column} % 3))`,
    `CHAR_LENGTH(REPEAT('ab', ABS(${column} % 4)))`,
    `CASE WHEN ${a} > 2 THEN ${b} WHEN ${b} < 0 THEN NULL ELSE ${a} END`,
    `COALESCE(NULLIF(${a}, 3), ${b})`,
  ])
}

function randomCondition(random: SeededRandom, columns: readonly string[]): string {
  const [a, b] = [0, 1].map(() => randomNumber(random, columns))
  return random.pick([
    `${a} > ${b}`,
    `${a} > 0 AND ${a} <> ${b} OR ${b} IS NULL`,
    `${a} IS NOT NULL`,
    `${random.pick(columns)} % 5 <> 0`,
  ])
}

function randomChain(random: SeededRandom, size: Size): Chain {
  const rows = Array.from({ length: random.integer(size.rowsMin, size.rowsMax) }, (_, index) =>
    random.chance(0.05) ? 'bad' : [index * 3 + random.integer(-9, 9), random.integer(-12, 12)],
  )
  const source = {
    rows,
    delayMs: random.integer(0, 6),
    intervalMs: random.pick([1, 4, 50]),
    chunkRows: random.integer(size.rowsMin + 1, size.chunkRowsMax),
    timed: random.chance(0.8),
  }
  const nodes: Record<string, { operator: string; config: object }> = {
    s: { operator: 'list-source', config: source },
  }
  const edges: Edge[] = []
  const ids: string[] = []
  let columns = ['n']
  let from = 's'
  const fails = random.chance(0.1)
  for (let index = 0; index < random.integer(1, 10); index++) {
    const id = `n${index}`
    const onError = fails && random.chance(0.3) ? 'fail' : 'dead-letter'
    if (random.chance(0.5)) {
      const where = randomCondition(random, columns)
      nodes[id] = { operator: 'filter', config: { where, onError } }
    } else {
      const names = ['n', 'a', 'b'].slice(0, random.integer(1, 3))
      const computed = names.map((name) => [
        name,
        random.chance(0.3) ? random.pick(columns) : `${randomNumber(random, columns)} + 0`,
      ])
      columns = names
      const config = { columns: Object.fromEntries(computed), onError }
      nodes[id] = { operator: 'select', config }
    }
    edges.push({ from, to: id })
    ids.push(id)
    from = id
  }
  if (random.chance(0.4)) {
    nodes['n-last'] = { operator: 'select', config: { columns: { n: 'n' } } }
    nodes['t-both'] = { operator: 'union', config: {} }
    edges.push(
      { from, to: 'n-last' },
      { from: 'n-last', to: 't-both' },
      { from: 's', to: 't-both' },
    )
    ids.push('n-last', 't-both')
  }
  return { nodes, edges, ids }
}

const compile: NonNullable<VirtualEnv['compile']> = (body, parameters) =>
  new Function(...parameters, body) as (...values: never[]) => unknown

async function run({ nodes, edges }: Chain, how: Variant, tap: readonly string[]) {
  const env = new VirtualEnv()
  if (how.generates) env.compile = compile
  let measured = false
  const result = await runPipeline(
    { format: 'millrace/1', name: 'Chain', nodes, edges },
    {
      operators: [...smallOperators, ...operators],
      env,
      tap,
      chains: how.chains,
      batchRowsMax: how.batchRowsMax,
      onSlice: (job) => {
        measured = !measured
        job.measureBusy(measured)
      },
    },
  )
  const books = [...result.nodes].map(([id, { busyMs: _busyMs, ...view }]) => [id, view] as const)
  const { failure, taps, deadLetters } = result
  return { failure, taps, deadLetters, books }
}

interface Variant {
  readonly chains: boolean
  readonly generates: boolean
  readonly batchRowsMax: number
}

test(`${CASES} random chains do what their nodes do one by one`, async () => {
  let refused = 0
  let failed = 0
  for (let seed = 1; seed <= CASES; seed++) {
    const random = seededRandom(seed)
    const chain = randomChain(random, FEW)
    const last = chain.ids.at(-1) ?? 's'
    const errors = chain.ids.slice(0, -1).map((id) => `${id}.errors`)
    const tap = [last, ...chain.ids.filter(() => random.chance(0.15)), ...errors]
    const tapped = [...new Set(tap)]
    const batchRowsMax = random.pick([1, 7, 1000])
    const expected = await run(chain, { chains: false, generates: false, batchRowsMax }, tapped)
    refused += expected.deadLetters.length
    if (expected.failure !== undefined) failed++
    for (const generates of [false, true]) {
      const found = await run(chain, { chains: true, generates, batchRowsMax }, tapped)
      const name = `seed ${seed}, ${generates ? 'generated' : 'closures'}, batches of ${batchRowsMax}`
      // Of several nodes that fail the job, the one whose record comes first does it in a chain.
      if (expected.failure !== undefined) {
        expect(found.failure !== undefined, name).toBe(true)
        if (batchRowsMax === 1) expect(found.failure, name).toEqual(expected.failure)
        continue
      }
      expect(found, name).toEqual(expected)
      const others = await run(chain, { chains: true, generates, batchRowsMax: 13 }, [last])
      expect(others.taps.get(last), name).toEqual(expected.taps.get(last))
    }
  }
  expect(refused).toBeGreaterThan(CASES)
  expect(failed).toBeGreaterThan(CASES / 100)
})

test(`${LARGE_CASES} random chains do so over batches of thousands of rows`, async () => {
  let largest = 0
  for (let seed = 1; seed <= LARGE_CASES; seed++) {
    const random = seededRandom(1000 + seed)
    const chain = randomChain(random, MANY)
    const tapped = [chain.ids.at(-1) ?? 's', ...chain.ids.slice(0, -1).map((id) => `${id}.errors`)]
    const batchRowsMax = 4096
    const expected = await run(chain, { chains: false, generates: false, batchRowsMax }, tapped)
    const found = await run(chain, { chains: true, generates: true, batchRowsMax }, tapped)
    largest = Math.max(largest, ...expected.books.map(([, { ledger }]) => ledger.in))
    if (expected.failure === undefined) expect(found, `seed ${seed}`).toEqual(expected)
    else expect(found.failure !== undefined, `seed ${seed}`).toBe(true)
  }
  expect(largest).toBeGreaterThan(2048)
})

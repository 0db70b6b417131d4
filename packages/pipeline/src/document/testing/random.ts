/** Seeded random values for the property tests of documents. */

import type { JsonObject, Value } from '../../value.ts'
import type { Pipeline, PipelineNode, Point } from '../format.ts'

export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  pick<T>(choices: readonly T[]): T
}

/** The same seed gives the same numbers (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    below: (limit) => next() % limit,
    pick(choices) {
      const choice = choices[next() % choices.length]
      if (choice === undefined) throw new Error('There is nothing to pick from.')
      return choice
    },
  }
}

const TEXTS = [
  '',
  'a',
  'ms > 100',
  '"quoted"',
  'back\\slash',
  'tab\t',
  'é',
  '日本',
  '\ud800',
  '😀',
  '\u2028',
]
const NAMES = ['b', 'a', '__proto__', 'constructor', 'toString', '2', '10', '', 'a b', 'Ä']
const NUMBERS = [0, -0, 1, -1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, -Number.MAX_VALUE]
const IDS = ['a', 'b', 'constructor', 'per-page', 'x1', 'clicks', 'value-of', 'z']

/** Any pipeline that a document can hold, whether or not it makes sense. */
export function randomPipeline(random: Random): Pipeline {
  const ids = IDS.filter(() => random.below(2) === 0)
  const point = (): Point => [random.below(2000) - 1000, random.pick(NUMBERS)]
  const many = <T>(make: () => T): T[] => Array.from({ length: random.below(4) }, make)
  const end = () => random.pick(IDS) + random.pick(['', '.in', '.late', '.a.b'])
  return {
    name: random.pick(TEXTS) || 'Name',
    nodes: new Map(ids.map((id) => [id, randomNode(random)])),
    edges: many(() => ({ from: end(), to: end() })),
    settings: {
      ...(random.below(2) === 0 ? {} : { checkpointInterval: random.pick(['1s', '1m30s']) }),
      ...(random.below(2) === 0 ? {} : { stateLimit: random.pick(['1KB', '64MB']) }),
    },
    layout: new Map(ids.filter(() => random.below(2) === 0).map((id) => [id, point()])),
    notes: many(() => ({ text: random.pick(TEXTS), at: point(), size: point() })),
  }
}

function randomNode(random: Random): PipelineNode {
  const operator = random.pick(['filter', 'file-source', 'unknown'])
  const config = randomObject(random, 3)
  const title = random.pick(TEXTS)
  return title === '' ? { operator, config } : { operator, title, config }
}

function randomObject(random: Random, depth: number): JsonObject {
  const names = NAMES.filter(() => random.below(3) === 0)
  if (random.below(2) === 0) names.reverse()
  return Object.fromEntries(names.map((name) => [name, randomValue(random, depth - 1)]))
}

function randomValue(random: Random, depth: number): Value {
  const kind = random.below(depth > 0 ? 6 : 4)
  if (kind === 0) return random.pick([null, true, false])
  if (kind === 1) return random.pick(NUMBERS)
  if (kind <= 3) return random.pick(TEXTS)
  if (kind === 5) return randomObject(random, depth)
  return Array.from({ length: random.below(30) }, () => randomValue(random, depth - 1))
}

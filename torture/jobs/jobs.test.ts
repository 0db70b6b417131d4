/** A bounded part of what `pnpm torture` tries, and that it can be trusted. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/engine/src/testing/index.ts'
import { CATALOGUE } from './catalogue.ts'
import { check, randomPipeline } from './random-pipeline.ts'
import { REACHABLE_STATES } from './reachable-states.ts'
import { runSeeds } from './seeds.ts'
import { shrink } from './shrink.ts'
import { Simulator } from './simulate.ts'

interface Regression {
  readonly seed: number
}

function regressionSeeds(): readonly number[] {
  const text = readFileSync(new URL('./regression-seeds.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { seeds: readonly Regression[] }).seeds.map(({ seed }) => seed)
}

test('random jobs come to the same, whatever goes wrong on the way', async () => {
  const report = await runSeeds(new Simulator(CATALOGUE), { from: 1, count: 100 })
  expect(report.failed).toEqual([])
  // Of the states that a long run must reach, a short one reaches most.
  const reached = REACHABLE_STATES.filter((state) => report.reached.has(state))
  expect(reached.length).toBeGreaterThan(0.5 * REACHABLE_STATES.length)
})

test.each(['moves', 'edits'] as const)(
  'random jobs stand where they stood after %s, whatever goes wrong',
  async (variant) => {
    const report = await runSeeds(new Simulator(CATALOGUE, variant), { from: 1, count: 40 })
    expect(report.failed).toEqual([])
    // Without any of them, 40 runs have about 150 lives.
    expect(report.lives).toBeGreaterThan(180)
  },
)

test('seeds that have failed once do not fail again', async () => {
  const simulator = new Simulator(CATALOGUE)
  for (const seed of regressionSeeds()) expect((await simulator.run(seed)).faults).toEqual([])
})

test('a seed repeats itself to the last operation, and another one does not', async () => {
  const [first, again, other] = [2001, 2001, 2002].map((seed) => new Simulator(CATALOGUE).run(seed))
  expect(await again).toEqual(await first)
  expect((await other)?.hash).not.toBe((await first)?.hash)
})

test('every operator that can be drawn is drawn, in pipelines that the checker takes', () => {
  const drawn = new Set<string>()
  for (let seed = 1; seed <= 150; seed++) {
    const { document } = randomPipeline(seededRandom(seed), CATALOGUE)
    expect(check(document, CATALOGUE)).toBeDefined()
    for (const { operator } of Object.values(document.nodes)) drawn.add(operator)
  }
  const left = [...CATALOGUE.keys()].filter((id) => !drawn.has(id))
  // The machine's own numbers do not repeat; the others read no files, or wait for who sends.
  expect(left.sort()).toEqual([
    'assign-time',
    'dataset-source',
    'from-changelog',
    'generator-source',
    'host-metrics-source',
    'http-sink',
    'http-source',
    'nexmark-source',
    'rows-source',
  ])
})

describe('a run that fails', () => {
  const broken = new Map(CATALOGUE)
  const sink = CATALOGUE.get('file-sink')
  if (sink === undefined) throw new Error('There is a file sink.')
  broken.set('file-sink', {
    ...sink,
    run: (config, inputs, context) => {
      const rename = context.env.disk.rename
      const disk = {
        ...context.env.disk,
        // A copy instead of a rename: it can be seen half done.
        rename: async (from: string, to: string) => {
          await (await context.env.disk.open(to, 'create')).close()
          await rename(from, to)
        },
      }
      const env = { ...context.env, disk }
      return sink.run?.(config, inputs, { ...context, env }) ?? {}
    },
  })

  test('is found, and made smaller', async () => {
    const simulator = new Simulator(broken)
    const { failed } = await runSeeds(simulator, { from: 1, count: 500, failedMax: 1 })
    const [outcome] = failed
    if (outcome === undefined) throw new Error('It was not found.')
    expect(outcome.faults.join(' ')).toContain('can be seen before the job has ended')
    const scenario = await simulator.scenario(outcome.seed)
    const smaller = await shrink(scenario, broken, { triesMax: 40 })
    expect(smaller.faults.length).toBeLessThanOrEqual(scenario.faults.length)
    const sizes = [scenario, smaller].map((one) => Object.keys(one.pipeline.document.nodes).length)
    expect(sizes[1]).toBeLessThan(sizes[0] ?? 0)
    expect((await simulator.runScenario(smaller)).faults.length).toBeGreaterThan(0)
  })
})

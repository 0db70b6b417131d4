/**
 * Random graphs that crash: every stream, all output and every ledger must be those of the run
 * without crashes. `MILLRACE_CRASHES` tries another number of seeds than usual.
 */

import { expect, test } from 'vitest'
import { runWithCrashes } from './testing/crash-run.ts'
import { type SeededRandom, seededRandom } from './testing/random.ts'
import { type GraphNode, graphDocument, portsOf, randomGraph } from './testing/random-graph.ts'
import { smallOperators } from './testing/small-operators.ts'

const SEEDS = Number(process.env.MILLRACE_CRASHES ?? 200)

/** With records that cannot be read or processed, and sinks. */
function randomPlan(random: SeededRandom): readonly GraphNode[] {
  const nodes = randomGraph(random).map((node) => {
    const { rows } = node.config as { rows?: readonly [number, number][] }
    if (rows === undefined) return node
    const spoilt = rows.map((row) => {
      if (random.chance(0.05)) return `no record ${row[0]}`
      return random.chance(0.05) ? [row[0], 13] : row
    })
    return { ...node, config: { ...node.config, rows: spoilt } }
  })
  const ports = nodes.flatMap((node) => [...portsOf(node)])
  const read = ports.filter((port) => random.chance(0.4) || port === ports.at(-1))
  const sinks = read.map((port, index) => ({
    id: `out${index}`,
    operator: random.chance(0.8) ? 'outbox-sink' : 'slow-sink',
    config: {},
    from: [port],
  }))
  return [...nodes, ...sinks]
}

test(`${SEEDS} random graphs that crash give what they give without`, async () => {
  let crashes = 0
  let checkpoints = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const document = graphDocument(randomPlan(seededRandom(seed)))
    const run = (crashesMax: number) =>
      runWithCrashes({ document, operators: smallOperators, seed, crashesMax })
    const expected = await run(0)
    const found = await run(5)
    expect(found.streams, `streams of seed ${seed}`).toEqual(expected.streams)
    expect(found.output, `output of seed ${seed}`).toEqual(expected.output)
    expect(found.ledgers, `ledgers of seed ${seed}`).toEqual(expected.ledgers)
    crashes += found.crashes
    checkpoints += found.checkpoints
  }
  expect(crashes).toBeGreaterThan(SEEDS)
  expect(checkpoints).toBeGreaterThan(SEEDS)
})

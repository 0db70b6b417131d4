/** Compares windows that fire more than once with their naive recomputation over random streams. */

import type { OperatorDefinition } from '@millrace/engine'
import { runOperator, type SeededRandom, stream, VirtualEnv } from '@millrace/engine/testing'
import { expect } from 'vitest'
import { isSame } from '../../testing/expect-same.ts'
import { smallest } from '../../testing/random-streams.ts'
import {
  type Firing,
  type GroupBy,
  NaiveRefiring,
  type TimedStep,
  toElements,
  type WindowRules,
} from './naive-refiring.ts'
import { aggregatesOf, COLUMNS, type Expected, randomSteps } from './naive-windows.ts'

export function randomFiring(random: SeededRandom): Firing {
  const latenessMs = random.pick([0, random.integer(1, 30), random.integer(1, 200)])
  const early = random.pick(['none', 'every', 'count', 'both'])
  const everyMs = early === 'every' || early === 'both' ? random.integer(1, 40) : undefined
  const count = early === 'count' || early === 'both' ? random.integer(1, 4) : undefined
  const accumulation = random.pick(['accumulating', 'discarding', 'retracting'] as const)
  return { latenessMs, everyMs, count, accumulation }
}

/** The clock moves on now and then. */
export function randomTimedSteps(random: SeededRandom): readonly TimedStep[] {
  let nowMs = 0
  return randomSteps(random).flatMap((step) => {
    if (!random.chance(0.2)) return [step]
    nowMs += random.integer(0, 50)
    return [step, { clockMs: nowMs }]
  })
}

export function firingConfig({ latenessMs, everyMs, count, accumulation, keeps }: Firing) {
  const every = everyMs === undefined ? {} : { every: `${everyMs}ms` }
  const early = { ...every, ...(count === undefined ? {} : { count }) }
  return {
    aggregates: aggregatesOf(keeps ?? 'anything'),
    allowedLateness: `${latenessMs}ms`,
    accumulation,
    ...(Object.keys(early).length === 0 ? {} : { early }),
  }
}

export interface Comparison {
  readonly operator: OperatorDefinition
  readonly config: object
  readonly firing: Firing
  readonly groupBy: GroupBy
  readonly rules: () => WindowRules
}

/** Fails with the seed, and with as few steps as still differ. */
export function compareRefiring(
  comparison: Comparison,
  steps: readonly TimedStep[],
  seed: number,
): void {
  const batchSizes =
    seed % 20 === 0 ? [1, 7, 1000, Number.POSITIVE_INFINITY] : [[1, 7, 1000][seed % 3] ?? 1]
  for (const batchRows of batchSizes) {
    for (const open of seed % 20 === 0 ? [false, true] : [seed % 3 === 0]) {
      if (!differs(comparison, steps, batchRows, open)) continue
      const few = smallest(steps, (fewer) => differs(comparison, fewer, batchRows, open))
      const config = { ...comparison.config, ...firingConfig(comparison.firing) }
      const situation = `seed ${seed}, batches of ${batchRows}, config ${JSON.stringify(config)}`
      const [seen, wanted] = both(comparison, few, batchRows, open)
      expect(seen, `${situation}, steps ${JSON.stringify(few)}`).toEqual(wanted)
    }
  }
}

function differs(
  comparison: Comparison,
  steps: readonly TimedStep[],
  batchRows: number,
  open: boolean,
): boolean {
  const [seen, wanted] = both(comparison, steps, batchRows, open)
  return !isSame(seen, wanted)
}

function both(
  { operator, config, firing, groupBy, rules }: Comparison,
  steps: readonly TimedStep[],
  batchRows: number,
  open: boolean,
): readonly [Expected, Expected] {
  const end = open ? [] : [{ watermarkMs: Number.POSITIVE_INFINITY }]
  const wanted = new NaiveRefiring(firing, groupBy, rules()).run([...steps, ...end])
  const { outputs, ledger, failure } = runOperator(
    operator,
    { groupBy, ...config, ...firingConfig(firing) },
    { in: stream(COLUMNS, toElements(steps)) },
    { batchRows, open, env: new VirtualEnv(0) },
  )
  if (failure !== undefined) throw new Error(failure.message)
  const { in: arrived, filtered, late, deadLettered, held, absorbed, passed, expired } = ledger
  const seen = {
    out: outputs['out'] ?? [],
    late: outputs['late'] ?? [],
    errors: (outputs['errors'] ?? []).flatMap((element) =>
      'row' in element ? String(element.row['raw']) : [],
    ),
    buckets: { in: arrived, filtered, late, deadLettered, held, absorbed, passed, expired },
  }
  return [seen, wanted] as const
}

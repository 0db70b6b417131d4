/** Runs a join with batches of several sizes, to see whether what leaves differs. */

import type { OperatorDefinition } from '@millrace/engine'
import { runPipeline, type SeededRandom } from '@millrace/engine/testing'
import { filter } from '../../transforms/filter.ts'
import { diamond, recordSource, type SideRow, twoSources } from './diamond.ts'
import { drawSteps, isRecord } from './two-sides.ts'

/** The last one stands for no limit. */
const BATCHES = [1, 7, 1000, 1_000_000] as const

export interface Meeting {
  readonly operator: OperatorDefinition
  /** In the order of `Side`. */
  readonly ports: readonly [string, string]
  readonly config: object
  /** The outputs to compare, beside `out`. */
  readonly tapped: readonly string[]
}

/** What leaves, as text: once for each batch size. All are equal where no result depends on it. */
export async function outputsByBatchSize(
  random: SeededRandom,
  { operator, ports, config, tapped }: Meeting,
): Promise<readonly string[]> {
  const rows = drawSteps(random)
    .filter(isRecord)
    .map(({ side, timeMs, row }): SideRow => [timeMs, side === 0 ? 'left' : 'right', ...row])
  const delayMs = random.pick([0, 4, 30])
  const pipelineOf = random.chance(0.5) ? diamond : twoSources
  const document = pipelineOf({ rows, delayMs, operator: operator.id, ports, config })
  const outputs: string[] = []
  for (const batchRowsMax of BATCHES) {
    const { taps, failure } = await runPipeline(document, {
      operators: [recordSource, filter, operator],
      tap: ['join', ...tapped.map((port) => `join.${port}`)],
      batchRowsMax,
    })
    if (failure !== undefined) throw new Error(failure.message)
    outputs.push(JSON.stringify([...taps].map(([, elements]) => elements)))
  }
  return outputs
}

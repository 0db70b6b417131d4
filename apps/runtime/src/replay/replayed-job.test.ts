/** Every source can be stood in for: a replay opens nothing of it. */

import { toJobPlan } from '@millrace/engine'
import { VirtualEnv } from '@millrace/engine/testing'
import { checkPipeline, hasErrors, parseDocument } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { createRegistry } from '../registry.ts'
import { ReplayedJob } from './replayed-job.ts'

const registry = createRegistry()
const sources = [...registry.values()].filter(({ inputs }) => inputs.length === 0)

function planOf(operator: string, config: unknown, port: string) {
  const { pipeline } = parseDocument(
    JSON.stringify({
      format: 'millrace/1',
      name: 'One source',
      nodes: { in: { operator, config }, out: { operator: 'inspect-sink', config: {} } },
      edges: [{ from: `in.${port}`, to: 'out' }],
    }),
  )
  if (pipeline === undefined) throw new Error('The document can be read.')
  const checked = checkPipeline(pipeline, registry)
  expect(checked.problems.filter((one) => hasErrors([one]))).toEqual([])
  return toJobPlan(checked)
}

describe.each(sources.map((operator) => [operator.id, operator] as const))('%s', (id, operator) => {
  test('is replayed without being opened', async () => {
    const [example] = operator.examples
    const [port = 'out'] = operator.outputs
    const job = new ReplayedJob({
      env: new VirtualEnv(),
      plan: planOf(id, example?.config, port),
      restored: undefined,
      clocked: undefined,
      read: (turn) => turn,
    })
    const end = { kind: 'end', source: 'in', nowMs: 1 } as const
    await job.give({ kind: 'turn', turn: end })
    await job.give(undefined)
    expect(await job.ended).toBeUndefined()
    expect(job.job.state).toBe('finished')
  })
})

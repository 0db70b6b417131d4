/** Every operator, those of the engine's tests, and one that takes its process down. */

import { defineOperator, type OperatorDefinition, process as runProcess } from '@millrace/engine'
import { smallOperators } from '@millrace/engine/testing'
import type { Registry } from '@millrace/pipeline'
import * as z from 'zod'
import { createRegistry } from '../../registry.ts'

/** Kills the process at the first record, or never gives the thread back. */
const bomb = defineOperator({
  title: 'Bomb',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'bomb',
  category: 'sink',
  config: z.strictObject({ kind: z.enum(['kill', 'loop']) }),
  inputs: ['in'],
  outputs: [],
  outputSchemas: () => ({}),
  run: ({ kind }, inputs, context) =>
    runProcess<'in', never>(inputs, context, { ports: [] }, () => ({
      rows: () => {
        if (kind === 'kill') process.kill(process.pid, 'SIGKILL')
        for (;;);
      },
    })),
})

export function createTestRegistry(): Registry<OperatorDefinition> {
  return new Map(
    [...createRegistry().values(), ...smallOperators, bomb].map((one) => [one.id, one]),
  )
}

/** Every operator, those of the engine's tests, and some that bring trouble. */

import { appendFileSync, existsSync, writeSync } from 'node:fs'
import {
  defineOperator,
  JobFailed,
  type OperatorDefinition,
  process as runProcess,
} from '@millrace/engine'
import { smallOperators } from '@millrace/engine/testing'
import type { Registry } from '@millrace/pipeline'
import * as z from 'zod'
import { createRegistry } from '../../registry.ts'
import { arrivals, timetable } from './timetable.ts'

/** Kills the process at the first record, never gives the thread back, or fills its memory. */
const hoard: Uint8Array[] = []

const bomb = defineOperator({
  title: 'Bomb',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'bomb',
  category: 'sink',
  config: z.strictObject({ kind: z.enum(['kill', 'loop', 'buffers']) }),
  inputs: ['in'],
  outputs: [],
  outputSchemas: () => ({}),
  run: ({ kind }, inputs, context) =>
    runProcess<'in', never>(inputs, context, { ports: [] }, () => ({
      rows: () => {
        if (kind === 'kill') process.kill(process.pid, 'SIGKILL')
        if (kind === 'buffers') for (;;) hoard.push(new Uint8Array(8 * 2 ** 20).fill(1))
        writeSync(1, 'looping\n')
        for (;;);
      },
    })),
})

/** Fails as for want of something outside, until there is the file `path`. */
const flaky = defineOperator({
  title: 'Flaky',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'flaky',
  category: 'sink',
  config: z.strictObject({ path: z.string() }),
  inputs: ['in'],
  outputs: [],
  outputSchemas: () => ({}),
  run: ({ path }, inputs, context) =>
    runProcess<'in', never>(inputs, context, { ports: [] }, () => ({
      rows: (_, __, from, to) => {
        context.ledger.passed += to - from
        if (existsSync(context.resolvePath(path))) return
        const message = `There is no answer from "${path}". Look after it.`
        throw new JobFailed({ domain: 'external', retry: true, message })
      },
    })),
})

/** Writes down the last column of each record at once, so that one that comes again is seen. */
const tally = defineOperator({
  title: 'Tally',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'tally',
  category: 'sink',
  config: z.strictObject({ path: z.string() }),
  inputs: ['in'],
  outputs: [],
  outputSchemas: () => ({}),
  run: ({ path }, inputs, context) =>
    runProcess<'in', never>(inputs, context, { ports: [] }, () => ({
      rows: (_, batch, from, to) => {
        context.ledger.passed += to - from
        const rows = batch.rows.slice(from, to)
        const text = rows.map((row) => `${String(row.at(-1))}\n`).join('')
        appendFileSync(context.resolvePath(path), text)
      },
    })),
})

export function createTestRegistry(): Registry<OperatorDefinition> {
  const own = [bomb, flaky, tally, timetable, arrivals]
  const all = [...createRegistry().values(), ...smallOperators, ...own]
  return new Map(all.map((one) => [one.id, one]))
}

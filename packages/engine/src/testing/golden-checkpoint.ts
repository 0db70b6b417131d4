/**
 * A checkpoint of one operator in the middle of a stream, with everything that is needed to go on
 * from it years later: the stream, what was stored, and what has to leave from there on.
 */

import { MemoryState } from '../memory-state.ts'
import type { OperatorDefinition } from '../operator.ts'
import type { StateEntry } from '../state.ts'
import { decodeState, encodeState, type Saved } from '../state-codec.ts'
import { OperatorRun, type SavedRun } from './operator-run.ts'
import { outcomeOf, type RunOutcome } from './restarts.ts'
import { prepareOperator, stepsInTurn, type TestInputs } from './run-operator.ts'
import { VirtualEnv } from './virtual-env.ts'

export interface CheckpointCase {
  readonly title: string
  readonly config: unknown
  readonly inputs: TestInputs
}

/** Plain JSON. */
export interface GoldenCheckpoint extends CheckpointCase {
  /** How many steps of the input had been fed. */
  readonly fed: number
  readonly nowMs: number
  /** Where the node stood, in hexadecimal digits. */
  readonly run: string
  /** Each with its part and path, as it would be stored, in hexadecimal digits. */
  readonly entries: readonly string[]
  /** What the rest of the input came to. */
  readonly rest: RunOutcome
}

/** At the step behind which most is kept; undefined where nothing ever is. */
export function makeGolden(
  operator: OperatorDefinition,
  { title, config, inputs }: CheckpointCase,
): GoldenCheckpoint | undefined {
  const { checked, given } = prepareOperator(operator, config, inputs)
  const steps = stepsInTurn(given, 1)
  const env = new VirtualEnv()
  const run = new OperatorRun(checked, env, new MemoryState({ stored: true }), undefined)
  let best: Omit<GoldenCheckpoint, 'rest'> | undefined
  let entriesMax = 0
  for (const [index, step] of steps.entries()) {
    run.feed(step)
    const entries = [...run.state.snapshot()]
    if (entries.length <= entriesMax) continue
    entriesMax = entries.length
    best = {
      ...{ title, config, inputs },
      fed: index + 1,
      nowMs: env.clock.nowMs(),
      run: toHex(encodeState(run.save())),
      entries: entries.map(({ part, path, value }) => toHex(encodeState([part, path, value]))),
    }
  }
  return best === undefined ? undefined : { ...best, rest: goOnFrom(operator, best) }
}

/** Feeds the rest of the input to an instance that begins at the checkpoint. */
export function goOnFrom(
  operator: OperatorDefinition,
  golden: Omit<GoldenCheckpoint, 'rest'>,
): RunOutcome {
  const { checked, given } = prepareOperator(operator, golden.config, golden.inputs)
  const state = new MemoryState({ stored: true })
  state.restore(golden.entries.map((text) => toEntry(decodeState(fromHex(text)))))
  const saved = decodeState(fromHex(golden.run)) as unknown as SavedRun
  const run = new OperatorRun(checked, new VirtualEnv(golden.nowMs), state, saved)
  for (const step of stepsInTurn(given, 1).slice(golden.fed)) run.feed(step)
  run.end()
  run.checkLedger()
  return outcomeOf(run)
}

function toEntry(saved: Saved): StateEntry {
  const [part, path, value] = saved as readonly [string, readonly Saved[], Uint8Array]
  return { part, path, value, keyGroup: 0 }
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  )
}

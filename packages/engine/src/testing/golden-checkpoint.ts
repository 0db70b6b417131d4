/**
 * A checkpoint of one operator in the middle of a stream, with everything that is needed to go on
 * from it years later: the stream, what was stored, and what has to leave from there on.
 */

import { identityOf } from '../checkpoint-fit.ts'
import { START_OF_TIME_MS } from '../element.ts'
import { MemoryState } from '../memory-state.ts'
import type { OperatorDefinition } from '../operator.ts'
import type { StateEntry } from '../state.ts'
import { decodeState, encodeState, type Saved } from '../state-codec.ts'
import { planState } from '../state-migration.ts'
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

/**
 * After so many steps of the input, or behind the one behind which most is kept; undefined where
 * nothing ever is.
 */
export function makeGolden(
  operator: OperatorDefinition,
  { title, config, inputs }: CheckpointCase,
  fed?: number,
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
    if (fed === undefined ? entries.length <= entriesMax : index + 1 !== fed) continue
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

/** What else there may be since the checkpoint was stored. */
export interface SinceThen {
  /** The version of the operator's state that stored it; this one's if absent. */
  readonly stateVersion?: number
  /** The settings of now; those of the checkpoint if absent. */
  readonly config?: unknown
}

/** What the rest of the input comes to in an instance that begins at the checkpoint. */
export function goOnFrom(
  operator: OperatorDefinition,
  golden: Omit<GoldenCheckpoint, 'rest'>,
  since?: SinceThen,
): RunOutcome {
  return outcomeOf(runFrom(operator, golden, since))
}

/**
 * Feeds the rest of the input to an instance that begins at the checkpoint. Throws where the state
 * is lost, with the reason.
 */
export function runFrom(
  operator: OperatorDefinition,
  golden: Omit<GoldenCheckpoint, 'rest'>,
  { stateVersion, config = golden.config }: SinceThen = {},
): OperatorRun {
  const { checked: then } = prepareOperator(operator, golden.config, golden.inputs)
  const { checked, given } = prepareOperator(operator, config, golden.inputs)
  const state = new MemoryState({ stored: true })
  state.restore(golden.entries.map((text) => toEntry(decodeState(fromHex(text)))))
  const saved = decodeState(fromHex(golden.run)) as unknown as SavedRun
  const identity = identityOf(then)
  const stored = { ...identity, stateVersion: stateVersion ?? identity.stateVersion }
  const plan = planState(stored, identityOf(checked), operator)
  if (plan.kind === 'lost') throw new Error(plan.reason)
  if (plan.kind === 'migrated') {
    const watermarkMs = saved.node?.outgoingMs ?? START_OF_TIME_MS
    plan.apply({ state, nowMs: golden.nowMs, watermarkMs })
  }
  const run = new OperatorRun(checked, new VirtualEnv(golden.nowMs), state, saved)
  for (const step of stepsInTurn(given, 1).slice(golden.fed)) run.feed(step)
  run.end()
  run.checkLedger()
  return run
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

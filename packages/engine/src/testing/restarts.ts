/**
 * Runs an operator as if it crashed now and then. At some points a checkpoint is cut, and read bit
 * by bit while the operator goes on; then there is a crash, and another instance goes on from what
 * was cut. What leaves must be the same as without. On the way each cut is held against a copy of
 * all state made in the same moment, so that an entry which was changed without saying so is found.
 * Now and then all state leaves memory, so that an entry which is held instead of fetched is found.
 */

import { MemoryState } from '../memory-state.ts'
import type { StateEntry } from '../state.ts'
import { decodeState, encodeState } from '../state-codec.ts'
import { MemorySpillSpace } from './memory-spill-space.ts'
import { type CheckedOperator, type FedStep, OperatorRun, type SavedRun } from './operator-run.ts'
import type { SeededRandom } from './random.ts'
import { VirtualEnv } from './virtual-env.ts'

export interface RestartedRun {
  readonly checked: CheckedOperator
  readonly steps: readonly FedStep[]
  /** What the wall clock shows first. */
  readonly startMs: number
  /** Whether input stays open at the end. */
  readonly open: boolean
}

/** What can be compared with a run without restarts. */
export interface RunOutcome {
  readonly outputs: { readonly [port: string]: readonly unknown[] }
  readonly completed: readonly string[]
  readonly ledger: object
}

export function outcomeOf(run: OperatorRun): RunOutcome {
  const { outputs, ledger } = run
  return { outputs, completed: run.completed.toSorted(), ledger: ledger.toJson() }
}

/** Steps that are fed before the next cut, and behind it before the crash. */
const STEPS_MAX = 12
const STEPS_LOST_MAX = 4

export function runWithRestarts(given: RestartedRun, random: SeededRandom): RunOutcome {
  const { checked, steps, open } = given
  const run = new CrashingRun(given)
  for (let next = 0; next < steps.length; ) {
    const cutAt = Math.min(steps.length, next + random.integer(0, STEPS_MAX))
    for (const step of steps.slice(next, cutAt)) {
      if (random.chance(0.2)) run.spill()
      run.feed(step)
    }
    const cut = run.cut()
    const crashAt = Math.min(steps.length, cutAt + random.integer(0, STEPS_LOST_MAX))
    for (const step of steps.slice(cutAt, crashAt)) {
      if (random.chance(0.5)) cut.readSome(random.integer(0, 3))
      if (random.chance(0.2)) run.spill()
      run.feed(step)
    }
    cut.readAll(checked.operator.id)
    const crashes = random.chance(0.7)
    if (crashes) run.crash(cut)
    else run.goOnFrom(cut)
    next = crashes ? cutAt : crashAt
  }
  if (!open) run.end()
  return run.outcome()
}

/** Cut and crashed after these steps, at once, as other engines' tests restore a snapshot. */
export function runWithRestartsAt(given: RestartedRun, after: readonly number[]): RunOutcome {
  const { steps, open } = given
  const run = new CrashingRun(given)
  for (const [index, step] of steps.entries()) {
    if (after.includes(index)) run.restart()
    run.feed(step)
  }
  if (after.includes(steps.length)) run.restart()
  if (!open) run.end()
  return run.outcome()
}

/** Entries by part and path. */
type Stored = ReadonlyMap<string, StateEntry>

class Cut {
  readonly saved: SavedRun
  readonly nowMs: number
  /** How many elements had left each port. */
  readonly outputCounts: ReadonlyMap<string, number>
  readonly #expected: Stored
  readonly #entries: IterableIterator<StateEntry>
  readonly #stored: Map<string, StateEntry>

  constructor(run: OperatorRun, nowMs: number, before: Stored) {
    this.saved = decodeState(encodeState(run.save())) as unknown as SavedRun
    this.nowMs = nowMs
    const counts = Object.entries(run.outputs).map(([port, { length }]) => [port, length] as const)
    this.outputCounts = new Map(counts)
    this.#expected = new Map([...run.state.snapshot()].map((entry) => [idOf(entry), entry]))
    this.#entries = run.state.cut()
    this.#stored = new Map(before)
  }

  get stored(): Stored {
    return this.#stored
  }

  readSome(count: number): void {
    for (let left = count; left > 0; left--) {
      const next = this.#entries.next()
      if (next.done === true) return
      if (next.value.value === undefined) this.#stored.delete(idOf(next.value))
      else this.#stored.set(idOf(next.value), next.value)
    }
  }

  /** Fails where it is not what the state was at the cut. */
  readAll(operatorId: string): void {
    this.readSome(Number.POSITIVE_INFINITY)
    for (const id of new Set([...this.#expected.keys(), ...this.#stored.keys()])) {
      const stored = this.#stored.get(id)
      const expected = this.#expected.get(id)
      if (isSame(stored?.value, expected?.value)) continue
      const what = expected === undefined ? 'was taken away' : 'was changed'
      const path = JSON.stringify((expected ?? stored)?.path)
      throw new Error(`In "${operatorId}" the entry ${path} ${what} without telling the state.`)
    }
  }
}

/** Everything may leave memory, and next to nothing that comes back stays. */
const SPILLING = { valueBytesMin: 0, copiesBytesMax: 0 }

function createState(): MemoryState {
  return new MemoryState({ stored: true, spilling: SPILLING })
}

class CrashingRun {
  readonly #checked: CheckedOperator
  #space = new MemorySpillSpace()
  #env: VirtualEnv
  #run: OperatorRun
  #stored: Stored = new Map()
  /** What has left before the last crash and will not be sent again. */
  readonly #outputs = new Map<string, unknown[]>()

  constructor({ checked, startMs }: RestartedRun) {
    this.#checked = checked
    this.#env = new VirtualEnv(startMs)
    this.#run = new OperatorRun(checked, this.#env, createState(), undefined)
  }

  feed(step: FedStep): void {
    this.#run.feed(step)
    const [failure] = this.#run.failures
    if (failure !== undefined) throw new Error(`A restarted run failed: ${failure.message}`)
  }

  spill(): void {
    this.#run.state.tidySpilled()
    this.#run.state.spill(this.#space, { bytes: Number.POSITIVE_INFINITY, goOn: () => true })
  }

  cut(): Cut {
    return new Cut(this.#run, this.#env.clock.nowMs(), this.#stored)
  }

  end(): void {
    this.#run.end()
  }

  restart(): void {
    const cut = this.cut()
    cut.readAll(this.#checked.operator.id)
    this.crash(cut)
  }

  goOnFrom(cut: Cut): void {
    this.#stored = cut.stored
  }

  crash(cut: Cut): void {
    this.#keep(cut.outputCounts)
    this.goOnFrom(cut)
    this.#env = new VirtualEnv(cut.nowMs)
    this.#space = new MemorySpillSpace()
    const state = createState()
    state.restore(cut.stored.values())
    this.#run = new OperatorRun(this.#checked, this.#env, state, cut.saved)
  }

  outcome(): RunOutcome {
    this.#keep(undefined)
    this.#run.checkLedger()
    return { ...outcomeOf(this.#run), outputs: Object.fromEntries(this.#outputs) }
  }

  #keep(counts: ReadonlyMap<string, number> | undefined): void {
    for (const [port, elements] of Object.entries(this.#run.outputs)) {
      const kept = this.#outputs.get(port) ?? []
      kept.push(...elements.slice(0, counts?.get(port)))
      this.#outputs.set(port, kept)
    }
  }
}

function idOf({ part, path }: StateEntry): string {
  return `${part} ${String.fromCharCode(...encodeState(path))}`
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

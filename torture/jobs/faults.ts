/** What goes wrong in a simulated run, and when. */

import type {
  DiskFault,
  DiskOperation,
  SeededRandom,
} from '../../packages/engine/src/testing/index.ts'
import type { World } from './world.ts'

export type Fault =
  /** At this operation of the disk, or the first one after it. */
  | {
      readonly kind: 'crash'
      readonly atOperation: number
      readonly moment: 'crash-before' | 'crash-during' | 'crash-after'
      readonly power: boolean
    }
  | { readonly kind: 'crash-between'; readonly atSlice: number; readonly power: boolean }
  | { readonly kind: 'sync-error'; readonly atOperation: number }
  | { readonly kind: 'disk-error'; readonly atOperation: number }
  | { readonly kind: 'disk-full'; readonly atOperation: number; readonly operations: number }
  | { readonly kind: 'slow-disk'; readonly atOperation: number; readonly ms: number }
  | { readonly kind: 'clock-jump'; readonly atSlice: number; readonly ms: number }
  | { readonly kind: 'stop'; readonly atSlice: number }
  | { readonly kind: 'pause'; readonly atSlice: number }

const HOUR_MS = 3_600_000

/** `operations` and `slices` are what the run takes when nothing goes wrong. */
export function randomFaults(
  random: SeededRandom,
  operations: number,
  slices: number,
  slowMsMax = Number.POSITIVE_INFINITY,
): readonly Fault[] {
  const count = random.integer(1, 5)
  return Array.from({ length: count }, (): Fault => {
    // Later ones too: what goes wrong makes a run longer.
    const atOperation = random.integer(1, Math.ceil(operations * 1.6))
    const atSlice = random.integer(0, Math.ceil(slices * 1.6))
    const power = random.chance(0.6)
    switch (random.integer(0, 11)) {
      case 0:
      case 1:
      case 2:
        return { kind: 'crash', atOperation, power, moment: 'crash-before' }
      case 3:
        return { kind: 'crash', atOperation, power, moment: 'crash-during' }
      case 4:
        return { kind: 'crash', atOperation, power, moment: 'crash-after' }
      case 5:
        return { kind: 'crash-between', atSlice, power }
      case 6:
        return { kind: 'sync-error', atOperation }
      case 7:
        return { kind: 'disk-error', atOperation }
      case 8:
        return { kind: 'disk-full', atOperation, operations: random.integer(1, 20) }
      case 9:
        return {
          kind: 'slow-disk',
          atOperation,
          ms: Math.min(random.pick([1, 20, 5000]), slowMsMax),
        }
      case 10:
        return { kind: 'clock-jump', atSlice, ms: random.pick([-HOUR_MS, -1, 1, HOUR_MS]) }
      default:
        return { kind: random.pick(['stop', 'pause']), atSlice }
    }
  })
}

/** Makes the faults happen, each once. */
export class FaultPlan {
  /** What has happened, by kind; read by the list of states that must be reached. */
  readonly happened: string[] = []
  /** Whether something in this life explains that the job fails. */
  excuse = false
  /** How the process that is dying dies. */
  power = false
  readonly #waiting: Fault[]
  readonly #world: World
  #fullUntil = 0
  #slowMs = 0

  constructor(faults: readonly Fault[], world: World) {
    this.#waiting = [...faults]
    this.#world = world
    world.disk.fault = (operation) => this.#onOperation(operation)
    world.latencyMs = () => this.#slowMs
  }

  get left(): number {
    return this.#waiting.length
  }

  /** What is to happen between the slices. */
  onSlice(slice: number): Fault | undefined {
    const index = this.#waiting.findIndex((fault) => 'atSlice' in fault && fault.atSlice <= slice)
    const fault = index < 0 ? undefined : this.#waiting.splice(index, 1)[0]
    if (fault === undefined) return undefined
    this.happened.push(fault.kind)
    if (fault.kind === 'clock-jump') this.#world.jump(fault.ms)
    if (fault.kind === 'crash-between') this.power = fault.power
    return fault
  }

  /** Another life begins. */
  begin(): void {
    this.excuse = this.#world.disk.capacityBytes !== Number.POSITIVE_INFINITY
  }

  /** Nothing more goes wrong. */
  end(): void {
    this.#waiting.length = 0
    this.#world.disk.capacityBytes = Number.POSITIVE_INFINITY
    this.#slowMs = 0
  }

  #onOperation(operation: DiskOperation): DiskFault | undefined {
    if (operation.number >= this.#fullUntil) {
      this.#world.disk.capacityBytes = Number.POSITIVE_INFINITY
    }
    const index = this.#waiting.findIndex((fault) => this.#isDue(fault, operation))
    const fault = index < 0 ? undefined : this.#waiting.splice(index, 1)[0]
    if (fault === undefined) return undefined
    this.happened.push(`${fault.kind} at ${operation.kind} of ${placeOf(operation.path)}`)
    switch (fault.kind) {
      case 'crash':
        this.power = fault.power
        return fault.moment
      case 'sync-error':
      case 'disk-error':
        this.excuse = true
        return 'error'
      case 'disk-full':
        this.excuse = true
        this.#fullUntil = operation.number + fault.operations
        this.#world.disk.capacityBytes = this.#world.disk.usedBytes + (operation.number % 50)
        return undefined
      case 'slow-disk':
        this.#slowMs = this.#slowMs === 0 ? fault.ms : 0
        return undefined
      default:
        return undefined
    }
  }

  #isDue(fault: Fault, { kind, number }: DiskOperation): boolean {
    if (!('atOperation' in fault) || fault.atOperation > number) return false
    if (fault.kind === 'sync-error') return kind === 'sync'
    return fault.kind !== 'disk-error' || kind !== 'look'
  }
}

/** What the operation is about. */
function placeOf(path: string): string {
  if (path.startsWith('/in')) return 'input'
  if (path.startsWith('/out')) return 'output'
  return path.startsWith('/data/log') ? 'the log' : 'a checkpoint'
}

/** A log on a simulated disk, for tests: opened, killed, cut off from power, opened again. */

import { TopicFailure, type TopicRecord, type Topics } from '@millrace/engine'
import {
  type Choices,
  type DiskFault,
  type DiskOperation,
  randomChoices,
  type SeededRandom,
  SimDisk,
  seededRandom,
  VirtualEnv,
} from '@millrace/engine/testing'
import { type EmbeddedLog, type LogLimits, openLog } from '../log/embedded-log.ts'

export const LOG_FOLDER = '/data/log'

export interface LogWorldOptions {
  readonly seed?: number
  readonly limits?: Partial<LogLimits>
  readonly choices?: Choices
}

export class LogWorld {
  readonly random: SeededRandom
  readonly env: VirtualEnv
  readonly disk: SimDisk
  readonly #limits: Partial<LogLimits>
  /** Asked before each operation of the disk. */
  fault: ((operation: DiskOperation) => DiskFault | undefined) | undefined
  /** Kept when a fault is a crash. */
  crashed: Promise<'crashed'>
  #onCrash: () => void = () => {}

  constructor({ seed = 1, limits = {}, choices }: LogWorldOptions = {}) {
    this.random = seededRandom(seed)
    this.env = new VirtualEnv(undefined, seed)
    this.#limits = { reserveBytes: 0, ...limits }
    this.disk = new SimDisk({
      choices: choices ?? randomChoices(this.random),
      fault: (operation) => this.fault?.(operation),
      onCrash: () => this.#onCrash(),
    })
    this.crashed = new Promise((resolve) => {
      this.#onCrash = () => resolve('crashed')
    })
  }

  /** Ends everything that uses the disk. */
  crash(kind: 'kill' | 'power'): void {
    this.disk.crash(kind)
    this.fault = undefined
    this.crashed = new Promise((resolve) => {
      this.#onCrash = () => resolve('crashed')
    })
  }

  open(): Promise<EmbeddedLog> {
    const { clock, timers, random } = this.env
    const env = { clock, timers, random, disk: this.disk.connect() }
    return openLog({ env, folder: LOG_FOLDER, limits: this.#limits })
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function record(key: string | null, value: string | null, timestampMs = 0): TopicRecord {
  return {
    key: key === null ? null : bytes(key),
    value: value === null ? null : bytes(value),
    timestampMs,
  }
}

/** `offset key=value`, for all that a partition holds. */
export async function contents(
  log: Topics,
  topic: string,
  partition = 0,
  bytesMax = 500,
): Promise<readonly string[]> {
  const { startOffset } = (await log.offsets(topic))[partition] ?? { startOffset: 0 }
  const found: string[] = []
  for (let at = startOffset; ; ) {
    const batch = await log.read(topic, partition, at, bytesMax)
    for (const { offset, key, value } of batch.records) {
      found.push(`${offset} ${shown(key)}=${shown(value)}`)
    }
    if (batch.nextOffset === at) return found
    at = batch.nextOffset
  }
}

function shown(part: Uint8Array | null): string {
  return part === null ? 'null' : new TextDecoder().decode(part)
}

/** The failure's code and message, or that there was none. */
export async function failure(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'nothing was refused',
    (error: unknown) => {
      if (error instanceof TopicFailure) return `${error.code}: ${error.message}`
      throw error
    },
  )
}

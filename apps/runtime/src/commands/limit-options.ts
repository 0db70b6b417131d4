/**
 * Reads what `millrace serve` is told about its engine hosts and the quotas of jobs, from options
 * or from the environment: `--engine-hosts` is `MILLRACE_ENGINE_HOSTS` there.
 */

import { parseDuration, parseSize } from '@millrace/pipeline'
import { DEFAULT_LIMITS, type ServerLimits } from '../server/server-limits.ts'

export interface LimitOptions {
  readonly engineHosts?: string
  readonly jobsPerHost?: string
  readonly engineMemory?: string
  readonly turnLimit?: string
  readonly sharedTurnLimit?: string
  readonly jobRate?: string
  readonly jobState?: string
  readonly lettersKept?: string
  readonly lettersSize?: string
}

interface Bounds {
  readonly min: number
  readonly max: number
  /** As the user writes them. */
  readonly text: string
}

const COUNT: Bounds = { min: 1, max: 1e9, text: 'a whole number from 1 to 1000000000' }
const HOSTS: Bounds = { min: 1, max: 256, text: 'a whole number from 1 to 256' }
const MEMORY: Bounds = { min: 256 * 2 ** 20, max: 2 ** 44, text: 'a size from 256MB to 16TB' }
const SIZE: Bounds = { min: 2 ** 20, max: 2 ** 44, text: 'a size from 1MB to 16TB' }
const TURN: Bounds = { min: 500, max: 60_000, text: 'a duration from 500ms to 1m' }
const SHARED_TURN: Bounds = { min: 100, max: 60_000, text: 'a duration from 100ms to 1m' }

type Read = (text: string) => number | { readonly message: string }

/** With the whole sentence for whoever wrote it, where one cannot be read. */
export function readLimits(
  options: LimitOptions,
  environment: Readonly<Record<string, string | undefined>>,
): ServerLimits | { readonly refusal: string } {
  const refusals: string[] = []
  const read = (name: keyof LimitOptions, parse: Read, bounds: Bounds): number | undefined => {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const variable = `MILLRACE_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`
    const text = options[name] ?? environment[variable]
    if (text === undefined || text === '') return undefined
    const value = parse(text)
    if (typeof value === 'number' && value >= bounds.min && value <= bounds.max) return value
    const from = options[name] === undefined ? variable : flag
    refusals.push(`${from} is "${text}", which is not ${bounds.text}. Choose one, or leave it out.`)
    return undefined
  }
  const { quotas, letters, ...defaults } = DEFAULT_LIMITS
  const memoryBytesMax = read('engineMemory', parseSize, MEMORY)
  const limits: ServerLimits = {
    ...defaults,
    hostsMax: read('engineHosts', parseCount, HOSTS) ?? defaults.hostsMax,
    jobsMax: read('jobsPerHost', parseCount, COUNT) ?? defaults.jobsMax,
    turnMs: read('turnLimit', parseDuration, TURN) ?? defaults.turnMs,
    sharedTurnMs: read('sharedTurnLimit', parseDuration, SHARED_TURN) ?? defaults.sharedTurnMs,
    ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
    quotas: {
      recordsPerSecond: read('jobRate', parseCount, COUNT) ?? quotas.recordsPerSecond,
      stateBytes: read('jobState', parseSize, SIZE) ?? quotas.stateBytes,
    },
    letters: {
      countMax: read('lettersKept', parseCount, COUNT) ?? letters.countMax,
      bytesMax: read('lettersSize', parseSize, SIZE) ?? letters.bytesMax,
    },
  }
  const [refusal] = refusals
  return refusal === undefined ? limits : { refusal }
}

function parseCount(text: string): number {
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN
}

/**
 * States that a good part of simulated runs must come through. A fault that is never reached finds
 * nothing, so seeds alone prove nothing: the list fails where one of these is missing.
 */

const CRASHES = ['look', 'open', 'read', 'write', 'sync', 'rename', 'remove', 'sync-folder']
const ERRORS = ['open', 'read', 'write', 'sync', 'rename', 'sync-folder']

export const REACHABLE_STATES: readonly string[] = [
  ...CRASHES.map((operation) => `crash at ${operation}`),
  'crash-between',
  'a power cut',
  'a killed process',
  'a third life',
  ...ERRORS.map((operation) => `disk-error at ${operation}`),
  'sync-error at sync',
  'disk-full at write',
  'slow-disk at write',
  'clock-jump',
  'stop',
  'pause',
  'a job that fails for the disk, and is started again',
  'a life that ends done',
  'a life that ends failed',
  'a life that ends stopped',
]

/** Those that none of the runs came through. */
export function missingStates(reached: ReadonlyMap<string, number>): readonly string[] {
  return REACHABLE_STATES.filter((state) => !reached.has(state))
}

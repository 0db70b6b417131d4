/**
 * States that a good part of simulated runs must come through. A fault that is never reached finds
 * nothing, so seeds alone prove nothing: the list fails where one of these is missing.
 */

const OUTPUT = ['open', 'write', 'sync', 'rename', 'sync-folder', 'make-folder', 'look']
const CHECKPOINT = ['open', 'write', 'sync', 'rename', 'sync-folder', 'remove', 'look', 'read']

const places = (kind: string, operations: readonly string[], place: string) =>
  operations.map((operation) => `${kind} at ${operation} of ${place}`)

const LOG = ['open', 'write', 'sync', 'rename', 'sync-folder', 'remove', 'look', 'read']

export const REACHABLE_STATES: readonly string[] = [
  ...places('crash', OUTPUT, 'output'),
  ...places('crash', CHECKPOINT, 'a checkpoint'),
  ...places('crash', LOG, 'the log'),
  ...places('crash', ['open', 'read', 'look'], 'input'),
  ...places('disk-error', ['open', 'write', 'sync'], 'the log'),
  ...places('sync-error', ['sync'], 'the log'),
  ...places('disk-full', ['write', 'sync'], 'the log'),
  ...places('disk-error', ['open', 'write', 'sync', 'rename', 'sync-folder'], 'output'),
  ...places('disk-error', ['open', 'write', 'sync', 'rename', 'sync-folder'], 'a checkpoint'),
  ...places('disk-error', ['open', 'read'], 'input'),
  ...places('sync-error', ['sync'], 'output'),
  ...places('sync-error', ['sync'], 'a checkpoint'),
  ...places('disk-full', ['open', 'write', 'sync'], 'output'),
  ...places('disk-full', ['open', 'write', 'sync'], 'a checkpoint'),
  ...places('slow-disk', ['open', 'write', 'sync'], 'output'),
  ...places('slow-disk', ['open', 'write', 'sync'], 'a checkpoint'),
  'crash-between',
  'clock-jump',
  'stop',
  'pause',
  'a power cut',
  'a killed process',
  'a third life',
  'a life that goes on',
  'a life that goes on where everything was done',
  'a life that goes on from one that went on',
  'a life that ends before its job has started',
  'a crash in recovery, before the first record',
  'a job that fails for the disk, and is started again',
  'a life that ends done',
  'a life that ends crashed',
  'a life that ends failed',
  'a life that ends stopped',
]

/** Those that none of the runs came through. */
export function missingStates(reached: ReadonlyMap<string, number>): readonly string[] {
  return REACHABLE_STATES.filter((state) => !reached.has(state))
}

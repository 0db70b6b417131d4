/** The options of `millrace serve` that bound hosts and jobs, as its help shows them. */

export const LIMIT_OPTIONS = [
  [
    '--engine-hosts <count>',
    'processes that run jobs, at the most (default: 4, or the processors)',
  ],
  ['--jobs-per-host <count>', 'light jobs that share one of them (default: 300)'],
  ['--engine-memory <size>', 'memory of each, such as 2GB (default: by the machine)'],
  ['--turn-limit <duration>', 'a turn that takes longer stops its host (default: 3s)'],
  ['--shared-turn-limit <duration>', 'the same where other jobs wait for it (default: 500ms)'],
  ['--job-rate <count>', 'records a second that are let into a job (default: all)'],
  ['--job-state <size>', 'state that a job may keep, such as 256MB (default: by memory)'],
  ['--letters-kept <count>', 'dead letters of a pipeline that are kept (default: 200000)'],
  ['--letters-size <size>', 'bytes of them that are kept (default: 1GB)'],
] as const

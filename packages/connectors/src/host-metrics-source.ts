/** Reads this machine's processor, memory and network load again and again. */

import { defineOperator } from '@millrace/engine'
import {
  appendStream,
  type Column,
  DOUBLE,
  fields,
  INTEGER,
  STRING,
  TIMESTAMP,
} from '@millrace/pipeline'
import * as z from 'zod'

const config = z.strictObject({
  interval: fields
    .duration({ title: 'Interval', description: 'The time between two readings.' })
    .prefault('1s'),
  onError: fields.onError(),
})

export type HostMetricsConfig = z.output<typeof config>

export const HOST_METRICS_COLUMNS: readonly Column[] = [
  { name: 'at', type: TIMESTAMP },
  { name: 'host', type: STRING },
  { name: 'cpus', type: INTEGER },
  { name: 'cpu_busy', type: DOUBLE },
  { name: 'load_1m', type: DOUBLE },
  { name: 'load_5m', type: DOUBLE },
  { name: 'load_15m', type: DOUBLE },
  { name: 'memory_used', type: INTEGER },
  { name: 'memory_total', type: INTEGER },
  { name: 'uptime', type: DOUBLE },
  { name: 'network_received', type: INTEGER },
  { name: 'network_sent', type: INTEGER },
]

export const hostMetricsSource = defineOperator<HostMetricsConfig, never, 'out' | 'errors'>({
  id: 'host-metrics-source',
  category: 'source',
  title: 'Host metrics source',
  icon: 'cpu',
  summary: "Reads this machine's processor, memory and network load again and again.",
  details: [
    'A live source: it goes on until the job is told to end. The event time is that of the reading; the first ' +
      'comes one interval after the start, since shares and byte counts are those of an interval.',
    '`cpu_busy` is the share of the processors that was busy, from 0 to 1. `memory_used` and `memory_total` are ' +
      'bytes, `uptime` is seconds. `network_received` and `network_sent` are the bytes of all interfaces but ' +
      'the loopback, and NULL on systems without /proc/net/dev.',
    'Nothing is refused: nothing goes to `errors`.',
  ].join('\n\n'),
  configBesideState: ['interval', 'onError'],
  guarantee: {
    withCheckpoints: 'at-most-once',
    without: 'at-most-once',
    note: 'What was read since the last checkpoint is lost at a crash, for nobody can read again what a machine did before.',
  },
  config,
  inputs: [],
  outputs: ['out', 'errors'],
  beginsAnew: () => 'with its next reading',
  outputSchemas: () => ({ out: appendStream(HOST_METRICS_COLUMNS, true) }),
  examples: [{ title: 'Four readings a second', config: { interval: '250ms' } }],
})

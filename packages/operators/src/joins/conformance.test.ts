/**
 * Other engines' own cases of joins, which lie beside the repository and are used where they are
 * there.
 */

import { conformanceTests, trialOfResult } from '@millrace/engine/testing/conformance'
import {
  type FlinkIntervalCase,
  flinkIntervalCase,
  type KafkaCase,
  streamStreamCase,
  streamTableCase,
} from './testing/conformance-cases.ts'
import { type FlinkProgramCase, flinkProgramCase } from './testing/flink-program-cases.ts'
import { foreignKeyCase, tableTableCase } from './testing/table-join-cases.ts'

conformanceTests<KafkaCase>({
  file: 'kafka-stream-stream-join',
  cases: 37,
  skipped: 3,
  trial: (given) => trialOfResult(streamStreamCase(given)),
})

conformanceTests<KafkaCase>({
  file: 'kafka-stream-table-join',
  cases: 5,
  skipped: 0,
  trial: (given) => trialOfResult(streamTableCase(given)),
})

conformanceTests<KafkaCase>({
  file: 'kafka-table-table-join',
  cases: 10,
  skipped: 0,
  trial: (given) => trialOfResult(tableTableCase(given)),
})

conformanceTests<KafkaCase>({
  file: 'kafka-fk-join',
  cases: 12,
  skipped: 0,
  trial: (given) => trialOfResult(foreignKeyCase(given)),
})

conformanceTests<FlinkIntervalCase>({
  file: 'flink-interval-join',
  cases: 14,
  skipped: 0,
  trial: (given) => trialOfResult(flinkIntervalCase(given)),
})

/** The others of the file aggregate, and are run with the windows. */
conformanceTests<FlinkProgramCase>({
  file: 'flink-tvf-and-restore',
  cases: 9,
  skipped: 0,
  isOurs: (id) => id.includes('Join'),
  trial: (given) => trialOfResult(flinkProgramCase(given)),
})

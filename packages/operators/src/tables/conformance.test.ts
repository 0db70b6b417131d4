/**
 * Kafka's own cases of held-back updates, which lie beside the repository and are used where they
 * are there.
 */

import { conformanceTests, trialOfResult } from '@millrace/engine/testing/conformance'
import { type SuppressCase, suppressCase } from './testing/suppress-cases.ts'

conformanceTests<SuppressCase>({
  file: 'kafka-suppress',
  cases: 10,
  skipped: 1,
  trial: (given) => trialOfResult(suppressCase(given)),
})

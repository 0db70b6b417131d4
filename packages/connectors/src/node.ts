/** How sources and sinks run, and how the two halves of each come together. */

import type { OperatorDefinition, OperatorRun } from '@millrace/engine'
import { datasetSourceRun } from './dataset-source.node.ts'
import { fileSinkRun } from './file-sink.node.ts'
import { fileSourceRun } from './file-source.node.ts'
import { hostMetricsSourceRun } from './host-metrics-source.node.ts'
import { connectors } from './index.ts'
import { rowsSourceRun } from './rows-source.node.ts'
import { joinRuns } from './run.ts'

export { DATASET_FOLDERS } from './dataset-source.node.ts'
export { NETWORK_FILE } from './host-metrics-source.node.ts'
export { inferFile } from './infer/infer-file.node.ts'
export { TopicWriter } from './topics/topic-writer.ts'
export { type Delivery, readDelivery } from './webhooks/delivery.ts'
export { DeliveryRefused } from './webhooks/refused.ts'
export { requireWebhookTopic } from './webhooks/webhook-topic.ts'
export { openPart, reopenComplete, takeBackPart } from './writing/complete-file.ts'

export const connectorRuns: readonly OperatorRun<unknown, string, string>[] = [
  fileSourceRun,
  datasetSourceRun,
  rowsSourceRun,
  hostMetricsSourceRun,
  fileSinkRun,
]

/** Every connector, ready to run. */
export const runnableConnectors: readonly OperatorDefinition[] = joinRuns(connectors, connectorRuns)

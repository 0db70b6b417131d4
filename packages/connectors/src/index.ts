/**
 * Sources and sinks that need Node to run: what they are, for whoever draws, checks or documents
 * pipelines.
 */

import type { OperatorDefinition } from '@millrace/engine'
import { datasetSource } from './dataset-source.ts'
import { fileSink } from './file-sink.ts'
import { fileSource } from './file-source.ts'
import { hostMetricsSource } from './host-metrics-source.ts'
import { httpSink } from './http-sink.ts'
import { httpSource } from './http-source.ts'
import { rowsSource } from './rows-source.ts'
import { topicSink } from './topic-sink.ts'
import { topicSource } from './topic-source.ts'

export { type InferredSource, inferSource } from './infer/infer-source.ts'
export { inferTopic, type SampledTopic } from './infer/infer-topic.ts'

export const connectors: readonly OperatorDefinition[] = [
  fileSource,
  datasetSource,
  rowsSource,
  hostMetricsSource,
  topicSource,
  httpSource,
  fileSink,
  topicSink,
  httpSink,
]

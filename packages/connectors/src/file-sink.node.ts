/** How a file sink writes. */

import { process } from '@millrace/engine'
import type { StreamSchema } from '@millrace/pipeline'
import { CSV_DEFAULTS } from './file-format.ts'
import { filePlace } from './file-place.ts'
import { type FileSinkConfig, fileSink } from './file-sink.ts'
import { defineRun } from './run.ts'
import { openFileSink } from './writing/changed-kind.node.ts'
import {
  createCsvLines,
  createDebeziumLines,
  createJsonLines,
  type LineWriter,
  type ReplacedRow,
} from './writing/row-lines.ts'

export const fileSinkRun = defineRun(fileSink, {
  run: (config, inputs, context) =>
    process(inputs, context, { ports: [] }, () => {
      const { env, ledger, outstanding, inputSchemas } = context
      const lines = createLines(config, inputSchemas.in, context.state.value('replaced', null))
      const place = filePlace(config.path, context)
      const { checkpointed, bounded } = context
      const file = openFileSink({
        disk: env.disk,
        place,
        outstanding,
        head: lines.head,
        checkpointed,
        numbered: checkpointed && !bounded,
        fail: (error) => context.fail(error),
        tell: (told, message) => context.tell?.(told, message),
      })
      context.onCheckpoint(file)
      return {
        rows: (_input, batch, from, to) => {
          const { rows, changes } = batch
          for (let index = from; index < to; index++) {
            file.write(lines.line(rows[index] ?? [], changes?.[index]))
          }
          ledger.passed += to - from
        },
      }
    }),
})

function createLines(
  { format, csv, changelog }: FileSinkConfig,
  schema: StreamSchema | undefined,
  replaced: ReplacedRow,
): LineWriter {
  if (schema === undefined) throw new Error('A file sink has an input.')
  if (changelog === 'debezium') return createDebeziumLines(schema, replaced)
  return format === 'jsonl' ? createJsonLines(schema) : createCsvLines(schema, csv ?? CSV_DEFAULTS)
}

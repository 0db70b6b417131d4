/** How a rows source reads: its rows as lines of JSON, so that they mean what they would there. */

import type { RunContext, SourceReader } from '@millrace/engine'
import { memoryInput, skipBytes } from './reading/byte-input.node.ts'
import { ChunkBuilder } from './reading/chunk-builder.ts'
import { createJsonlDecoder } from './reading/jsonl-decoder.node.ts'
import { LineRecords } from './reading/line-records.node.ts'
import { readAgain } from './reading/read-again.node.ts'
import { toPace, toWatermarkSettings } from './reading/source-config.ts'
import { type RowsSourceConfig, rowsSource } from './rows-source.ts'
import { defineRun } from './run.ts'

export const rowsSourceRun = defineRun(rowsSource, {
  read: (config, context) => createRowsReader(config, context),
})

function createRowsReader(
  config: RowsSourceConfig,
  { position }: Pick<RunContext, 'position'>,
): SourceReader {
  const { schema, rows, eventTime, watermark, onError } = config
  const timed = eventTime !== undefined
  const chunk = new ChunkBuilder({ timed, name: 'rows', fails: onError === 'fail' })
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const records = new LineRecords(
    (offsetBytes) => skipBytes(memoryInput(new TextEncoder().encode(text)), offsetBytes),
    createJsonlDecoder(schema, eventTime),
    chunk,
    undefined,
    position,
  )
  return {
    bounded: true,
    replayable: true,
    ...(timed ? { watermark: toWatermarkSettings(watermark) } : {}),
    ...toPace(config),
    read: (rowsMax) => records.read(rowsMax),
    again: ({ bytes }) =>
      readAgain(bytes, { decoder: createJsonlDecoder(schema, eventTime), timed, name: 'rows' }),
    close: () => records.close(),
  }
}

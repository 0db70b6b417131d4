/** How a file source reads. */

import {
  type DiskFile,
  JobFailed,
  type RunContext,
  type Saved,
  type SourceChunk,
  type SourceReader,
} from '@millrace/engine'
import { readFailure } from './disk-failure.ts'
import { CSV_DEFAULTS } from './file-format.ts'
import { filePlace } from './file-place.ts'
import { type FileSourceConfig, fileSource } from './file-source.ts'
import { type ByteInput, gzipInput, plainInput, skipBytes } from './reading/byte-input.node.ts'
import { ChunkBuilder } from './reading/chunk-builder.ts'
import { CsvDecoder } from './reading/csv-decoder.node.ts'
import { createJsonlDecoder } from './reading/jsonl-decoder.node.ts'
import { type LineDecoder, LineRecords } from './reading/line-records.node.ts'
import { readAgain } from './reading/read-again.node.ts'
import { toPace, toWatermarkSettings } from './reading/source-config.ts'
import { defineRun } from './run.ts'

const NEWLINE = 0x0a

export const fileSourceRun = defineRun(fileSource, {
  read: (config, context) => createFileReader(config, context),
})

type FileContext = Pick<RunContext, 'env' | 'resolvePath' | 'position'>

/** `readBytes` is how much is read at once; results do not depend on it. */
export function createFileReader(
  config: FileSourceConfig,
  context: FileContext,
  readBytes?: number,
): SourceReader {
  const { path, eventTime, onError, watermark } = config
  const timed = eventTime !== undefined
  const chunk = new ChunkBuilder({ timed, name: path, fails: onError === 'fail' })
  const open = (offsetBytes: number) => openFile(config, context, offsetBytes)
  const { position } = context
  const decoder = createDecoder(config)
  const records = new LineRecords(open, decoder, chunk, readBytes, position)
  return {
    bounded: true,
    replayable: true,
    ...(timed ? { watermark: toWatermarkSettings(watermark) } : {}),
    ...toPace(config),
    read: (rowsMax) => records.read(rowsMax),
    again: ({ bytes }) => recordAgain(bytes, config, decoder.save?.()),
    close: () => records.close(),
  }
}

/** `learned` is what the beginning of the file says. */
async function recordAgain(
  bytes: Uint8Array,
  config: FileSourceConfig,
  learned: Saved,
): Promise<SourceChunk> {
  const { path, eventTime, format } = config
  const { header } = config.csv ?? CSV_DEFAULTS
  if (format === 'csv' && header && learned === undefined) {
    const reason = `The header of "${path}" has not been read yet. Replay the record in a moment.`
    return { rows: [], rejects: [{ at: 0, raw: '', reason, code: 'header-not-read' }] }
  }
  const timed = eventTime !== undefined
  return readAgain(bytes, {
    ...{ decoder: createDecoder(config), timed, name: path },
    ...(learned === undefined ? {} : { learned }),
  })
}

async function openFile(
  { path, compression }: FileSourceConfig,
  context: FileContext,
  fromBytes: number,
): Promise<ByteInput> {
  const place = filePlace(path, context)
  const told = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      throw readFailure(error, place)
    }
  }
  const file = await told(() => context.env.disk.open(place.absolute, 'read'))
  const packed = compression === undefined ? path.endsWith('.gz') : compression === 'gzip'
  const input = packed ? gzipInput(file, path) : plainInput(file, fromBytes)
  try {
    if (packed) await told(() => skipBytes(input, fromBytes))
    else if (fromBytes > 0) await told(() => checkUnchanged(file, path, fromBytes))
  } catch (error) {
    await input.close()
    throw error
  }
  return { read: (into) => told(() => input.read(into)), close: () => input.close() }
}

/** What was read before a restart ended with a line, or with the file. */
async function checkUnchanged(file: DiskFile, path: string, fromBytes: number): Promise<void> {
  const size = await file.sizeBytes()
  const last = new Uint8Array(1)
  await file.read(last, fromBytes - 1)
  if (size === fromBytes || (size > fromBytes && last[0] === NEWLINE)) return
  const fact =
    size < fromBytes
      ? `has ${size} bytes, and the job had read ${fromBytes} of it`
      : `has no end of a line at byte ${fromBytes}, up to which the job had read it`
  const message =
    `"${path}" ${fact}: it was changed since. Put the file back as it was, or start the job ` +
    'without its checkpoints, so that the file is read from the beginning.'
  throw new JobFailed({ domain: 'user', retry: false, message })
}

function createDecoder({ path, format, csv, schema, eventTime }: FileSourceConfig): LineDecoder {
  if (format === 'jsonl') return createJsonlDecoder(schema, eventTime)
  return new CsvDecoder({ columns: schema, eventTime, csv: csv ?? CSV_DEFAULTS, name: path })
}

/** How a data set source reads. */

import { fileURLToPath } from 'node:url'
import {
  DiskError,
  type DiskFile,
  type RunContext,
  type Saved,
  type SourceChunk,
  type SourceReader,
} from '@millrace/engine'
import { type DatasetSourceConfig, datasetSource } from './dataset-source.ts'
import { DATASETS } from './datasets/datasets.ts'
import { type ByteInput, gzipInput, skipBytes } from './reading/byte-input.node.ts'
import { ChunkBuilder } from './reading/chunk-builder.ts'
import { createJsonlDecoder } from './reading/jsonl-decoder.node.ts'
import { LineRecords } from './reading/line-records.node.ts'
import { toPace, toWatermarkSettings } from './reading/source-config.ts'
import { defineRun } from './run.ts'

/** From this source, and from the bundle of the command line. */
export const DATASET_FOLDERS = ['../data/', '../../../packages/connectors/data/'].map((relative) =>
  fileURLToPath(new URL(relative, import.meta.url)),
)

export const datasetSourceRun = defineRun(datasetSource, {
  read: (config, context) => createDatasetReader(config, context),
})

function createDatasetReader(config: DatasetSourceConfig, context: RunContext): SourceReader {
  const { name, order, watermark, onError } = config
  const { columns, eventTime } = DATASETS[name]
  const timed = eventTime !== undefined
  const inOrder = timed && order === 'event-time'
  const time = eventTime === undefined ? undefined : { column: eventTime, unit: 'ms' as const }
  const chunk = new ChunkBuilder({ timed, name, fails: onError === 'fail' })
  const records = new LineRecords(
    async (offsetBytes) => skipBytes(await openDataset(`${name}.jsonl.gz`, context), offsetBytes),
    createJsonlDecoder(columns, time),
    chunk,
    undefined,
    inOrder ? undefined : context.position,
  )
  const sorted = inOrder ? new SortedRecords(records, context.position) : records
  return {
    bounded: true,
    replayable: true,
    ...(timed ? { watermark: toWatermarkSettings(watermark) } : {}),
    ...toPace(config),
    read: (rowsMax) => sorted.read(rowsMax),
    close: () => records.close(),
  }
}

async function openDataset(file: string, { env }: RunContext): Promise<ByteInput> {
  const opened = await openFirst(
    DATASET_FOLDERS.map((folder) => `${folder}${file}`),
    env.disk,
  )
  return gzipInput(opened, file)
}

async function openFirst(
  paths: readonly string[],
  disk: RunContext['env']['disk'],
): Promise<DiskFile> {
  for (const path of paths) {
    try {
      return await disk.open(path, 'read')
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== 'not-found') throw error
    }
  }
  throw new Error(`The bundled data is at none of ${paths.join(', ')}.`)
}

/** Reads everything first and hands it on by event time; equal times stay in their order. */
class SortedRecords {
  readonly #records: LineRecords
  #sorted: readonly { readonly row: SourceChunk['rows'][number]; readonly timeMs: number }[] = []
  #at: number
  #loaded = false

  /** `position` is how many records there are before the first one. */
  constructor(records: LineRecords, position: Saved) {
    this.#records = records
    this.#at = typeof position === 'number' ? position : 0
  }

  read(rowsMax: number): SourceChunk | undefined | Promise<SourceChunk | undefined> {
    return this.#loaded ? this.#next(rowsMax) : this.#load(rowsMax)
  }

  async #load(rowsMax: number): Promise<SourceChunk | undefined> {
    const all: { row: SourceChunk['rows'][number]; timeMs: number }[] = []
    for (;;) {
      const chunk = await this.#records.read(rowsMax)
      if (chunk === undefined) break
      for (const [index, row] of chunk.rows.entries()) {
        all.push({ row, timeMs: chunk.times?.[index] ?? 0 })
      }
    }
    this.#sorted = all.sort((a, b) => a.timeMs - b.timeMs)
    this.#loaded = true
    return this.#next(rowsMax)
  }

  #next(rowsMax: number): SourceChunk | undefined {
    const part = this.#sorted.slice(this.#at, this.#at + rowsMax)
    if (part.length === 0) return undefined
    this.#at += part.length
    const rows = part.map(({ row }) => row)
    return { rows, times: part.map(({ timeMs }) => timeMs), rejects: [], next: this.#at }
  }
}

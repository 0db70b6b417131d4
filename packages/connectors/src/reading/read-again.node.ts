/** Reads one record again that was corrected after it had been refused. */

import type { Reject, Saved, SourceChunk } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import { memoryInput } from './byte-input.node.ts'
import { ChunkBuilder } from './chunk-builder.ts'
import { type LineDecoder, LineRecords } from './line-records.node.ts'

const RECORDS_AT_ONCE = 1024

export interface ReadAgainOptions {
  readonly decoder: LineDecoder
  readonly timed: boolean
  /** Of what the record belongs to, for messages. */
  readonly name: string
  /** What the decoder has learned from the beginning of the input, where it learns. */
  readonly learned?: Saved
}

/** The record, or several, as if they stood in the input. */
export async function readAgain(
  bytes: Uint8Array,
  { decoder, timed, name, learned }: ReadAgainOptions,
): Promise<SourceChunk> {
  const chunk = new ChunkBuilder({ timed, name, fails: false })
  const position = {
    offsetBytes: 0,
    line: 0,
    ...(learned === undefined ? {} : { decoder: learned }),
  }
  const input = async () => memoryInput(bytes)
  const records = new LineRecords(input, decoder, chunk, undefined, position)
  const rows: Row[] = []
  const times: number[] = []
  const rejects: Reject[] = []
  for (;;) {
    const read = await records.read(RECORDS_AT_ONCE)
    if (read === undefined) break
    rows.push(...read.rows)
    times.push(...(read.times ?? []))
    rejects.push(...read.rejects)
  }
  await records.close()
  return { rows, rejects, ...(timed ? { times } : {}) }
}

/** Stands in for a source's reader while a recording says what comes. */

import type { SourceReader } from './source.ts'

/**
 * Has the settings of the reader, and never reads. Records come when the recording says so, and not
 * by any pace.
 */
export function createReplayedReader(reader: SourceReader): SourceReader {
  const { bounded, replayable, watermark, ports, partitions } = reader
  return {
    bounded,
    ...(replayable === undefined ? {} : { replayable }),
    ...(watermark === undefined ? {} : { watermark }),
    ...(ports === undefined ? {} : { ports }),
    ...(partitions === undefined ? {} : { partitions }),
    read: () => {
      throw new Error('A source was read although a recording stands in for it.')
    },
    close: () => reader.close(),
  }
}

/**
 * The file in a partition's folder that says up to where its only reader is done with it. Without
 * it, or where it is broken, reading begins with the first record that is there: nothing is lost.
 */

import { readFrame, toFrame } from '../frame.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { FORMAT_VERSION, KIND } from './frame-kind.ts'
import type { PartitionPlace } from './open-partition.ts'
import { readWhole, writeWhole } from './stored-files.ts'

const FILE = 'acknowledged'

export async function readAcknowledged({
  disk,
  folder,
}: PartitionPlace): Promise<number | undefined> {
  const bytes = await readWhole(disk, `${folder}/${FILE}`)
  const frame = bytes === undefined ? 'short' : readFrame(bytes, 0)
  if (typeof frame === 'string') return undefined
  const reader = new ByteReader(frame.payload)
  if (reader.byte() !== KIND.acknowledged || reader.byte() !== FORMAT_VERSION) return undefined
  return reader.count()
}

export async function writeAcknowledged(place: PartitionPlace, offset: number): Promise<void> {
  const writer = new ByteWriter(16)
  writer.byte(KIND.acknowledged)
  writer.byte(FORMAT_VERSION)
  writer.count(offset)
  await writeWhole(place.disk, place.folder, FILE, toFrame(writer.written()))
}

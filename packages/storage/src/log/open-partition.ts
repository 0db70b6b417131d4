/**
 * Opens a partition's folder: exactly what was synced is there afterwards, or it is refused.
 *
 * Only the end of the last segment can be unfinished: everything before it was synced when the
 * segment was begun. What follows the last whole frame there is cut off, unless something proves
 * that it was synced once: a mark behind it, the index, or what was noted when the log was closed.
 * What is whole and not proven to be synced is handed back to be written again.
 */

import { type Disk, type DiskFile, TopicFailure } from '@millrace/engine'
import { readFrame } from '../frame.ts'
import { MalformedBytes } from './byte-reader.ts'
import { FORMAT_VERSION, KIND } from './frame-kind.ts'
import { KnownAppends } from './known-appends.ts'
import { markBeyond, syncedBytesOf } from './mark.ts'
import { readBatchHead } from './record-batch.ts'
import type { Tail } from './rescue.ts'
import {
  indexFile,
  parseSegmentFile,
  readSegmentHeader,
  Segment,
  type SegmentHeader,
  segmentFile,
  segmentHeaderFrame,
} from './segment.ts'
import { coveredBytes, readIndexFile, toIndexFile } from './segment-index.ts'
import {
  findPlaces,
  readRange,
  readWhole,
  scanFrames,
  UNFINISHED,
  writeWhole,
} from './stored-files.ts'

export interface OpenedPartition {
  /** The oldest first; the last is written to. At least one. */
  readonly segments: Segment[]
  readonly known: KnownAppends
  /** Whole, and maybe nowhere but in memory; undefined where everything was synced. */
  readonly tail: Tail | undefined
}

export interface PartitionPlace {
  readonly disk: Disk
  readonly folder: string
  /** `Topic "clicks", partition 0`, for messages. */
  readonly title: string
}

/** How long the last segment was when the log was closed. */
export interface ClosedEnd {
  readonly file: string
  readonly bytes: number
}

/** No header is longer. */
const HEADER_BYTES_MAX = 64

export async function openPartition(
  place: PartitionPlace,
  closed: ClosedEnd | undefined,
): Promise<OpenedPartition> {
  const headers = await findSegments(place)
  const last = headers.at(-1)
  if (last === undefined) throw damaged(place, 'It has no segment.')
  if (closed !== undefined && closed.file !== segmentFile(last)) {
    throw damaged(place, `Its last segment "${closed.file}" is gone.`)
  }
  const known = new KnownAppends()
  const segments: Segment[] = []
  let tail: Tail | undefined
  for (const header of headers) {
    const previous = segments.at(-1)
    if (previous !== undefined && previous.endOffset !== header.base) {
      const missing = `${previous.endOffset} to ${header.base - 1}`
      throw damaged(place, `The offsets ${missing} are missing.`)
    }
    if (header === last) {
      const opened = await openLast(place, header, known, closed)
      segments.push(opened.segment)
      tail = opened.tail
    } else segments.push(await openClosed(place, header, known))
  }
  return { segments, known, tail }
}

export function damaged(place: PartitionPlace, fact: string): TopicFailure {
  return new TopicFailure(
    'damaged',
    `${place.title} is not as it was written: ${fact} Restore "${place.folder}" from a copy, or ` +
      'remove the topic.',
  )
}

/** Removes what was left unfinished and what compaction has replaced. */
async function findSegments(place: PartitionPlace): Promise<readonly SegmentHeader[]> {
  const { disk, folder } = place
  const names = await disk.list(folder)
  for (const name of names) if (name.startsWith(UNFINISHED)) await disk.remove(`${folder}/${name}`)
  const found = names
    .flatMap((name) => parseSegmentFile(name, 'log') ?? [])
    .sort((a, b) => a.base - b.base || b.generation - a.generation)
  const headers: SegmentHeader[] = []
  let coveredTo = -1
  for (const name of found) {
    if (name.base < coveredTo || name.base === headers.at(-1)?.base) {
      await disk.remove(`${folder}/${segmentFile(name)}`)
      continue
    }
    const header = await readHeader(place, segmentFile(name))
    if (header.base !== name.base || header.generation !== name.generation) {
      throw damaged(place, `"${segmentFile(name)}" holds another segment.`)
    }
    headers.push(header)
    coveredTo = header.compacted ? header.endOffset : -1
  }
  const kept = new Set(headers.map(indexFile))
  for (const name of names) {
    const isStray = parseSegmentFile(name, 'index') !== undefined && !kept.has(name)
    if (isStray) await disk.remove(`${folder}/${name}`)
  }
  await disk.syncFolder(folder)
  return headers
}

async function readHeader(place: PartitionPlace, name: string): Promise<SegmentHeader> {
  const bytes = await withFile(place, name, (file) => readRange(file, 0, HEADER_BYTES_MAX))
  const frame = readFrame(bytes, 0)
  if (typeof frame === 'string') throw damaged(place, `"${name}" is no segment of a log.`)
  const header = readSegmentHeader(frame.payload)
  if (header === undefined) throw damaged(place, `"${name}" is no segment of a log.`)
  if (typeof header !== 'number') return header
  throw new TopicFailure(
    'damaged',
    `${place.title}: "${name}" has version ${header} of the format, and this Millrace reads ` +
      `version ${FORMAT_VERSION}. Use the Millrace that wrote it.`,
  )
}

async function openClosed(
  place: PartitionPlace,
  header: SegmentHeader,
  known: KnownAppends,
): Promise<Segment> {
  const name = segmentFile(header)
  const sizeBytes = await withFile(place, name, (file) => file.sizeBytes())
  const bytes = await readWhole(place.disk, `${place.folder}/${indexFile(header)}`)
  const index = readIndexFile(bytes, header, sizeBytes)
  if (index?.segment.sizeBytes === sizeBytes) {
    known.replace(index.appends)
    return index.segment
  }
  const segment = new Segment(header, 0)
  const { end } = await scan(place, segment, known, sizeBytes)
  if (end !== sizeBytes) throw damaged(place, `"${name}" is broken at byte ${end}.`)
  await writeWhole(place.disk, place.folder, indexFile(header), toIndexFile(segment, known), false)
  return segment
}

async function openLast(
  place: PartitionPlace,
  header: SegmentHeader,
  known: KnownAppends,
  closed: ClosedEnd | undefined,
): Promise<{ segment: Segment; tail: Tail | undefined }> {
  const name = segmentFile(header)
  const sizeBytes = await withFile(place, name, (file) => file.sizeBytes())
  const bytes = await readWhole(place.disk, `${place.folder}/${indexFile(header)}`)
  const syncedBytes = Math.max(coveredBytes(bytes, header), closed?.bytes ?? 0)
  if (sizeBytes < syncedBytes) {
    throw damaged(place, `"${name}" has ${sizeBytes} bytes and had ${syncedBytes}.`)
  }
  const index = readIndexFile(bytes, header, sizeBytes)
  const segment = index?.segment ?? new Segment(header, 0)
  if (index !== undefined) known.replace(index.appends)
  const scanned = await scan(place, segment, known, sizeBytes)
  const { end } = scanned
  const isTorn = end < sizeBytes
  if (isTorn && (end < syncedBytes || (await wasSynced(place, header, end)))) {
    throw damaged(place, `"${name}" is broken at byte ${end}, which was synced.`)
  }
  const path = `${place.folder}/${name}`
  const provenBytes = Math.max(scanned.provenBytes, syncedBytes, segmentHeaderFrame(header).length)
  if (isTorn || provenBytes >= end) {
    // A process that was killed may have left it to the operating system, which tells of it.
    await endAt(place, name, end)
  }
  if (provenBytes >= end) return { segment, tail: undefined }
  const rest = await withFile(place, name, (file) =>
    readRange(file, provenBytes, end - provenBytes),
  )
  return { segment, tail: { path, fromBytes: provenBytes, bytes: rest } }
}

interface Scanned {
  /** Behind the last whole frame. */
  readonly end: number
  /** So much was synced, as the newest mark says. */
  readonly provenBytes: number
}

/** Notes the batches behind what the segment knows already. */
async function scan(
  place: PartitionPlace,
  segment: Segment,
  known: KnownAppends,
  toBytes: number,
): Promise<Scanned> {
  let provenBytes = 0
  const { atBytes } = await withFile(place, segment.file, (file) =>
    scanFrames(file, segment.sizeBytes, toBytes, (payload, at) => {
      if (payload[0] === KIND.mark) {
        provenBytes = Math.max(provenBytes, syncedBytesOf(payload, segment.salt) ?? 0)
      }
      if (payload[0] !== KIND.batch) return
      const head = guarded(place, segment.file, at, () => readBatchHead(payload))
      if (head.baseOffset < segment.endOffset && !segment.compacted) {
        throw damaged(place, `"${segment.file}" holds offset ${head.baseOffset} twice.`)
      }
      known.note(head.key, head.baseOffset, head.baseOffset + head.span)
      segment.note(head, at)
    }),
  )
  segment.sizeBytes = atBytes
  return { end: atBytes, provenBytes }
}

function guarded<T>(place: PartitionPlace, name: string, at: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error
    throw damaged(place, `"${name}" has a frame at byte ${at} that is no batch.`)
  }
}

/** Whether a mark behind the break says that the file was synced beyond it. */
function wasSynced(place: PartitionPlace, header: SegmentHeader, breakAt: number) {
  return withFile(place, segmentFile(header), async (file) => {
    for await (const _ of findPlaces(file, breakAt + 1, markBeyond(breakAt, header.salt)))
      return true
    return false
  })
}

/** From now on the file is so long, for good. */
async function endAt(place: PartitionPlace, name: string, sizeBytes: number): Promise<void> {
  const file = await place.disk.open(`${place.folder}/${name}`, 'append')
  try {
    if ((await file.sizeBytes()) > sizeBytes) await file.truncate(sizeBytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function withFile<T>(
  { disk, folder }: PartitionPlace,
  name: string,
  act: (file: DiskFile) => Promise<T>,
): Promise<T> {
  const file = await disk.open(`${folder}/${name}`, 'read')
  try {
    return await act(file)
  } finally {
    await file.close()
  }
}

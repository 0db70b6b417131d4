/** The folder of the log beside the topics: its format, and how it was left. */

import { type Disk, TopicFailure } from '@millrace/engine'
import { readFrame, toFrame } from '../frame.ts'
import { makeLastingFolder } from '../lasting-folder.ts'
import { removeAll } from '../remove-all.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { FORMAT_VERSION, KIND } from './frame-kind.ts'
import type { ClosedEnd } from './open-partition.ts'
import { TAILS_FILE } from './rescue.ts'
import { readWhole, UNFINISHED, writeWhole } from './stored-files.ts'

const FORMAT_FILE = 'millrace-log'
const CLOSED_FILE = 'closed.state'
/** No topic has such a name, since it begins with a sign. */
export const TRANSACTIONS_FOLDER = '_transactions'
const OURS: ReadonlySet<string> = new Set([
  FORMAT_FILE,
  CLOSED_FILE,
  TAILS_FILE,
  TRANSACTIONS_FOLDER,
])

/** How long each partition was when the log was closed, by `topic/partition`. */
export type ClosedEnds = ReadonlyMap<string, ClosedEnd>

/** Makes the folder where there is none; refuses one that is not a log of ours. */
export async function openFolder(disk: Disk, folder: string): Promise<void> {
  await makeLastingFolder(disk, parentOf(parentOf(folder)), folder)
  const names = await disk.list(folder)
  if (!names.includes(FORMAT_FILE)) {
    const strange = names.find((name) => !name.startsWith(UNFINISHED))
    if (strange !== undefined) {
      throw new TopicFailure(
        'damaged',
        `"${folder}" is no folder of a log: it holds "${strange}" and not "${FORMAT_FILE}". ` +
          'Choose another folder, or an empty one.',
      )
    }
    await removeUnfinished(disk, folder, names)
    await writeWhole(disk, folder, FORMAT_FILE, toFrame(Uint8Array.of(KIND.format, FORMAT_VERSION)))
  } else {
    await checkFormat(disk, folder)
    await removeUnfinished(disk, folder, names)
  }
  await disk.makeFolder(`${folder}/${TRANSACTIONS_FOLDER}`)
  await disk.syncFolder(folder)
}

async function removeUnfinished(
  disk: Disk,
  folder: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) if (isUnfinished(name)) await removeAll(disk, `${folder}/${name}`)
}

function parentOf(folder: string): string {
  return folder.slice(0, Math.max(folder.lastIndexOf('/'), 1))
}

export async function topicFolders(disk: Disk, folder: string): Promise<readonly string[]> {
  const topics: string[] = []
  for (const name of await disk.list(folder)) {
    if (OURS.has(name) || isUnfinished(name)) continue
    if ((await disk.kindOf(`${folder}/${name}`)) === 'folder') topics.push(name)
  }
  return topics
}

function isUnfinished(name: string): boolean {
  return name.startsWith(UNFINISHED)
}

async function checkFormat(disk: Disk, folder: string): Promise<void> {
  const bytes = await readWhole(disk, `${folder}/${FORMAT_FILE}`)
  const frame = bytes === undefined ? 'short' : readFrame(bytes, 0)
  const [kind, version] = typeof frame === 'string' ? [] : frame.payload
  if (kind === KIND.format && version === FORMAT_VERSION) return
  const fact =
    kind === KIND.format
      ? `has version ${version} of the format, and this Millrace reads version ${FORMAT_VERSION}`
      : `is not as it was written: "${FORMAT_FILE}" is broken`
  throw new TopicFailure(
    'damaged',
    `The log in "${folder}" ${fact}. Use the Millrace that wrote it, or restore it from a copy.`,
  )
}

/**
 * What was noted when the log was closed, undefined where it was not; from now on it is open.
 */
export async function takeClosedEnds(disk: Disk, folder: string): Promise<ClosedEnds | undefined> {
  const path = `${folder}/${CLOSED_FILE}`
  const bytes = await readWhole(disk, path)
  if (bytes === undefined) return undefined
  await disk.remove(path)
  await disk.syncFolder(folder)
  const frame = readFrame(bytes, 0)
  if (typeof frame === 'string' || frame.payload[0] !== KIND.closed) return undefined
  const reader = new ByteReader(frame.payload, 1)
  const ends = new Map<string, ClosedEnd>()
  for (let rest = reader.count(); rest > 0; rest--) {
    ends.set(reader.text(), { file: reader.text(), bytes: reader.count() })
  }
  return ends
}

export async function noteClosedEnds(disk: Disk, folder: string, ends: ClosedEnds): Promise<void> {
  const writer = new ByteWriter()
  writer.byte(KIND.closed)
  writer.count(ends.size)
  for (const [partition, { file, bytes }] of ends) {
    writer.text(partition)
    writer.text(file)
    writer.count(bytes)
  }
  await writeWhole(disk, folder, CLOSED_FILE, toFrame(writer.written()))
}

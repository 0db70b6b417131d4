/**
 * Looks at checkpoints that somebody else may be writing, and changes nothing: which there are, and
 * what they say about their job. State itself is not read.
 */

import { type CheckpointSummary, type Disk, DiskError } from '@millrace/engine'
import { findChain, headerFault, parseName, type StoredFile } from './checkpoint-chains.ts'
import { readCheckpointHeader } from './checkpoint-reader.ts'
import { DamagedFile, ifNoFile } from './damaged-file.ts'

export interface ShelvedCheckpoint extends CheckpointSummary {
  /** As it was written. */
  readonly meta: Uint8Array
}

export interface CheckpointShelf {
  /** Those whose files are there, oldest first. */
  readonly checkpoints: readonly ShelvedCheckpoint[]
  /** The highest number there is, though its checkpoint may be damaged; 0 where there is none. */
  readonly newestId: number
}

/** A writer would have to let go of some in each. */
const PASSES_MAX = 100

/** A folder that is not there is empty. */
export async function lookAtCheckpoints(
  disk: Disk,
  folder: string,
  owner: string,
): Promise<CheckpointShelf> {
  const files = await filesAtOnce(disk, folder, owner)
  const ids = [...new Set(files.map(({ id }) => id))].sort((a, b) => a - b)
  const checkpoints = ids.flatMap((id) => {
    const chain = findChain(files, folder, id)
    if (chain instanceof DamagedFile) return []
    const { atMs, meta } = chain[0].header
    return [{ id, atMs, meta, bytes: chain.reduce((sum, { bytes }) => sum + bytes, 0) }]
  })
  return { checkpoints, newestId: ids.at(-1) ?? 0 }
}

/**
 * As they are together at one moment: on a slow disk, others come and these go while they are read,
 * so they are listed until all that are listed are there. What has its name does not change, and is
 * read once.
 */
async function filesAtOnce(
  disk: Disk,
  folder: string,
  owner: string,
): Promise<readonly StoredFile[]> {
  const known = new Map<string, StoredFile>()
  for (let pass = 1; ; pass++) {
    const listed = (await namesIn(disk, folder)).filter((name) => parseName(name) !== undefined)
    for (const name of listed.filter((one) => !known.has(one))) {
      const file = await look(disk, `${folder}/${name}`, name, owner)
      if (file !== undefined) known.set(name, file)
    }
    const files = listed.map((name) => known.get(name)).filter((file) => file !== undefined)
    if (files.length === listed.length || pass === PASSES_MAX) return files
  }
}

/** Asked beforehand whether it is there, it may be gone when it is read. */
async function namesIn(disk: Disk, folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder)
  } catch (error) {
    if (error instanceof DiskError && error.code === 'not-found') return []
    throw error
  }
}

/** Whose checkpoints lie in a folder, as far as their headers can be read. */
export async function checkpointOwners(disk: Disk, folder: string): Promise<readonly string[]> {
  const owners = new Set<string>()
  for (const name of await disk.list(folder)) {
    if (parseName(name) === undefined) continue
    try {
      const { header } = await readCheckpointHeader(disk, `${folder}/${name}`)
      owners.add(header.owner)
    } catch (error) {
      if (!(error instanceof DamagedFile) && ifNoFile(name, error) === undefined) throw error
    }
  }
  return [...owners]
}

/** Undefined for what is no checkpoint, and for what has been let go meanwhile. */
async function look(
  disk: Disk,
  path: string,
  name: string,
  owner: string,
): Promise<StoredFile | undefined> {
  const parsed = parseName(name)
  if (parsed === undefined) return undefined
  try {
    const { header, bytes } = await readCheckpointHeader(disk, path)
    const fault = headerFault(header, parsed, owner)
    const known = fault === undefined ? header : new DamagedFile(path, fault)
    return { ...parsed, path, bytes, header: known }
  } catch (error) {
    const damage = error instanceof DamagedFile ? error : ifNoFile(path, error)
    if (damage !== undefined) return { ...parsed, path, bytes: 0, header: damage }
    if ((await disk.kindOf(path)) === 'nothing') return undefined
    throw error
  }
}

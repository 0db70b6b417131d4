/** Which files of a folder of checkpoints belong together, by what their headers say. */

import type { CheckpointHeader } from './checkpoint-format.ts'
import { DamagedFile } from './damaged-file.ts'

export type CheckpointKind = 'full' | 'changes'

export interface StoredFile {
  readonly path: string
  readonly id: number
  readonly kind: CheckpointKind
  /** What is wrong with the file stands in the place of its header. */
  readonly header: CheckpointHeader | DamagedFile
  readonly bytes: number
}

export interface WholeFile extends StoredFile {
  readonly header: CheckpointHeader
}

/** Newest first, without end at the beginning; the last is the one with everything. */
export type Chain = readonly [WholeFile, ...WholeFile[]]

const NAME = /^checkpoint-([1-9]\d{0,15})\.(full|changes)$/

export function fileName(id: number, kind: CheckpointKind): string {
  return `checkpoint-${id}.${kind}`
}

/** What a name says; undefined for files that are none of ours. */
export function parseName(
  name: string,
): { readonly id: number; readonly kind: CheckpointKind } | undefined {
  const [, digits, kind] = NAME.exec(name) ?? []
  if (digits === undefined) return undefined
  return { id: Number(digits), kind: kind === 'full' ? 'full' : 'changes' }
}

/** Why a header does not fit its file; undefined where it does. */
export function headerFault(
  header: CheckpointHeader,
  { id, kind }: { readonly id: number; readonly kind: CheckpointKind },
  owner: string,
): string | undefined {
  if (header.owner !== owner) return `It belongs to "${header.owner}", and not to "${owner}".`
  if (header.id !== id) return `It is checkpoint ${header.id}, and its name says ${id}.`
  if ((header.parent === undefined) === (kind === 'full')) return undefined
  return header.parent === undefined
    ? 'It holds everything, and its name says changes.'
    : 'It holds changes, and its name says everything.'
}

/** The files that make up a checkpoint, or the one that should be among them and is not. */
export function findChain(
  files: readonly StoredFile[],
  folder: string,
  id: number,
): Chain | DamagedFile {
  const chain: WholeFile[] = []
  let wanted: { id: number; stamp?: number } | undefined = { id }
  while (wanted !== undefined) {
    const found = findFile(files, wanted)
    if (found === undefined) return missing(files, folder, wanted.id, chain.at(-1))
    chain.push(found)
    wanted = found.header.parent
  }
  const [newest, ...older] = chain
  if (newest === undefined) throw new Error('The loop has found a file, or returned.')
  return [newest, ...older]
}

/** One with everything ends the chain at once, so it goes first. */
function findFile(
  files: readonly StoredFile[],
  { id, stamp }: { id: number; stamp?: number },
): WholeFile | undefined {
  let found: WholeFile | undefined
  for (const file of files) {
    if (file.id !== id || !isWhole(file)) continue
    if (stamp !== undefined && file.header.stamp !== stamp) continue
    if (file.kind === 'full') return file
    found = file
  }
  return found
}

export function isWhole(file: StoredFile): file is WholeFile {
  return !(file.header instanceof DamagedFile)
}

function missing(
  files: readonly StoredFile[],
  folder: string,
  id: number,
  child: WholeFile | undefined,
): DamagedFile {
  for (const { id: one, header } of files) {
    if (one === id && header instanceof DamagedFile) return header
  }
  const path = `${folder}/${fileName(id, 'full')}`
  if (child === undefined) return new DamagedFile(path, 'It is not there.')
  const other = files.some((file) => file.id === id)
  return new DamagedFile(
    path,
    `It is ${other ? 'another one than' : 'not there, and'} checkpoint ${child.id} goes on from${other ? '' : ' it'}.`,
  )
}

/** Reads the pipeline document that a command names. */

import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { type Disk, DiskError } from '@millrace/engine'
import {
  DOCUMENT_LENGTH_MAX,
  type ParsedDocument,
  type Problem,
  parseDocument,
} from '@millrace/pipeline'

export interface DocumentFile extends ParsedDocument {
  /** Absolute. */
  readonly path: string
}

/** What `--set`, dead letters and paths of the document count from. */
export function documentFolder({ path }: Pick<DocumentFile, 'path'>): string {
  return dirname(path)
}

/** Beside the document, with its name. */
export function deadLettersPath({ path }: Pick<DocumentFile, 'path'>): string {
  return join(dirname(path), `${basename(path, extname(path))}.dead-letters.jsonl`)
}

/** The absolute path for a path of the document. */
export function resolveFrom(folder: string, path: string): string {
  return isAbsolute(path) ? path : resolve(folder, path)
}

/** A file that cannot be read is a problem of the document, as one that is not JSON. */
export async function readDocument(
  file: string,
  folder: string,
  disk: Disk,
): Promise<DocumentFile> {
  const path = resolveFrom(folder, file)
  try {
    const parsed = parseDocument(await readText(path, disk))
    if (parsed.pipeline !== undefined) return { path, ...parsed }
    return { path, problems: parsed.problems.map((problem) => ofFile(problem, file)) }
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    const step =
      error.code === 'not-found'
        ? `Check the name; "${file}" counts from "${folder}".`
        : 'Name a pipeline document.'
    const message = `${error.message} ${step}`
    return { path, problems: [{ code: 'document-not-readable', severity: 'error', message }] }
  }
}

/** What has no place in a pipeline, since there is none yet, is placed by the name of the file. */
function ofFile(problem: Problem, file: string): Problem {
  if (problem.path !== undefined) return problem
  return { ...problem, message: `"${file}": ${problem.message}` }
}

/**
 * Reads a little more than a document may have, so that one that is too large is refused as such.
 */
async function readText(path: string, disk: Disk): Promise<string> {
  return (await readStart(path, 4 * DOCUMENT_LENGTH_MAX + 1, disk)).toString('utf8')
}

/** So many bytes of a file at most. */
export async function readStart(path: string, bytesMax: number, disk: Disk): Promise<Buffer> {
  const file = await disk.open(path, 'read')
  try {
    const bytes = Buffer.alloc(Math.min((await file.sizeBytes()) + 1, bytesMax))
    let filled = 0
    while (filled < bytes.length) {
      const count = await file.read(bytes.subarray(filled), filled)
      if (count === 0) break
      filled += count
    }
    return bytes.subarray(0, filled)
  } finally {
    await file.close()
  }
}

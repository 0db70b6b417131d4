/**
 * Refuses pipelines that would destroy a file that is needed: what a node writes must be neither
 * the document, nor the log of dead letters, nor a file that another node reads or writes, be it in
 * this pipeline or in one that runs. Files are compared by their real paths, behind links and
 * folders.
 */

import type { Disk } from '@millrace/engine'
import {
  type CheckedPipeline,
  type OperatorDescription,
  oneLine,
  type Problem,
} from '@millrace/pipeline'
import { deadLettersPath, documentFolder, resolveFrom } from './document-file.ts'

export interface FileClaim {
  readonly nodeId: string
  readonly use: 'read' | 'write'
  /** As the document gives it. */
  readonly path: string
  /** Absolute and without links. */
  readonly real: string
  /** The name of another pipeline, which runs and has the node. */
  readonly pipeline?: string
}

/** Real paths beside those of the pipeline's own nodes. */
export interface NeededFiles {
  readonly document?: string
  readonly deadLetters?: string
  readonly others?: readonly FileClaim[]
}

/** What a command is about to run; `documentPath` is absolute. */
export async function checkDocumentFiles(
  checked: CheckedPipeline<OperatorDescription>,
  documentPath: string,
  disk: Disk,
): Promise<readonly Problem[]> {
  const folder = documentFolder({ path: documentPath })
  const claims = await findFileClaims(checked, (path) => resolveFrom(folder, path), disk)
  const document = await realPath(documentPath, disk)
  const deadLetters = await realPath(deadLettersPath({ path: documentPath }), disk)
  return checkFileClaims(claims, { document, deadLetters })
}

/** The files of all nodes; `resolve` gives the absolute path of one. */
export async function findFileClaims(
  { nodes }: CheckedPipeline<OperatorDescription>,
  resolve: (path: string) => string,
  disk: Disk,
): Promise<readonly FileClaim[]> {
  const named = [...nodes.values()].flatMap(({ id: nodeId, operator, config }) =>
    (operator.files?.(config) ?? []).map(({ path, use }) => ({ nodeId, use, path })),
  )
  return resolveClaims(named, resolve, disk)
}

/** Files by the paths that documents give them. */
export async function resolveClaims(
  named: readonly {
    readonly nodeId: string
    readonly use: FileClaim['use']
    readonly path: string
  }[],
  resolve: (path: string) => string,
  disk: Disk,
): Promise<readonly FileClaim[]> {
  const claims: FileClaim[] = []
  for (const { nodeId, use, path } of named) {
    claims.push({ nodeId, use, path, real: await realPath(resolve(path), disk) })
  }
  return claims
}

export function checkFileClaims(
  claims: readonly FileClaim[],
  needed: NeededFiles,
): readonly Problem[] {
  const others = needed.others ?? []
  return claims.flatMap((claim, index) => {
    const before = [...others, ...claims.slice(0, index)]
    const reason = reasonAgainst(claim, before, [...others, ...claims], needed)
    if (reason === undefined) return []
    const { nodeId, path } = claim
    const message = `"${oneLine(path)}" ${reason}`
    return [{ code: 'file-needed', severity: 'error', nodeId, path: ['path'], message }]
  })
}

/** What the file is, and the way out. */
function reasonAgainst(
  claim: FileClaim,
  before: readonly FileClaim[],
  all: readonly FileClaim[],
  { document, deadLetters }: NeededFiles,
): string | undefined {
  const { nodeId, use, real } = claim
  if (real === deadLetters) {
    return `is where the dead letters of this document go, and each run begins it anew. ${CHOOSE}.`
  }
  // Whoever reads a file that is being written reads the old one, which is whole.
  if (use === 'read') return undefined
  if (real === document) return `is the document itself and would be overwritten. ${CHOOSE}.`
  const reader = all.find((other) => other.use === 'read' && other.real === real)
  if (reader !== undefined) {
    return `is read by ${userText(reader, claim)} and would be overwritten. ${wayOut(reader)}`
  }
  const writer = before.find((other) => other.use === 'write' && other.real === real)
  if (writer === undefined) return undefined
  if (writer.pipeline === undefined && writer.nodeId === nodeId) return undefined
  return `is written by ${userText(writer, claim)} too, and only one node can. ${wayOut(writer)}`
}

/** Who needs the file, and by which path where that is another one. */
function userText({ nodeId, pipeline, path }: FileClaim, claim: FileClaim): string {
  const whose = pipeline === undefined ? '' : ` of the running pipeline "${pipeline}"`
  const as = path === claim.path ? '' : ` as "${oneLine(path)}"`
  return `node "${nodeId}"${whose}${as}`
}

const CHOOSE = 'Choose another path'

function wayOut({ pipeline }: FileClaim): string {
  return pipeline === undefined ? `${CHOOSE}.` : `${CHOOSE}, or stop that pipeline.`
}

/** As it stands where it cannot be followed: what opens it says why. */
function realPath(path: string, disk: Disk): Promise<string> {
  return disk.realPath(path).catch(() => path)
}

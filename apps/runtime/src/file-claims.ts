/**
 * Refuses pipelines that would destroy a file they need: what a node writes must be neither the
 * document, nor the log of dead letters, nor a file that another node reads or writes. Files are
 * compared by their real paths, behind links and folders.
 */

import type { Disk, OperatorDefinition } from '@millrace/engine'
import type { CheckedPipeline, Problem } from '@millrace/pipeline'
import { deadLettersPath, documentFolder, resolveFrom } from './document-file.ts'

interface Claim {
  readonly nodeId: string
  readonly use: 'read' | 'write'
  readonly real: string
}

/** `documentPath` is absolute. */
export async function checkFileClaims(
  { nodes }: CheckedPipeline<OperatorDefinition>,
  documentPath: string,
  disk: Disk,
): Promise<readonly Problem[]> {
  const folder = documentFolder({ path: documentPath })
  const real = (path: string) => disk.realPath(path).catch(() => path)
  const document = await real(documentPath)
  const log = await real(deadLettersPath({ path: documentPath }))
  const claims: Claim[] = []
  for (const { id, operator, config } of nodes.values()) {
    for (const { path, use } of operator.files?.(config) ?? []) {
      claims.push({ nodeId: id, use, real: await real(resolveFrom(folder, path)) })
    }
  }
  return claims.flatMap((claim, index) => {
    const reason = reasonAgainst(claim, claims.slice(0, index), claims, document, log)
    if (reason === undefined) return []
    const { nodeId } = claim
    return [{ code: 'file-needed', severity: 'error', nodeId, path: ['path'], message: reason }]
  })
}

function reasonAgainst(
  { nodeId, use, real }: Claim,
  before: readonly Claim[],
  all: readonly Claim[],
  document: string,
  log: string,
): string | undefined {
  const advice = 'Choose another path.'
  if (real === log) {
    return `"${real}" is where the dead letters of this document go, and each run begins it anew. ${advice}`
  }
  if (use === 'read') return undefined
  if (real === document)
    return `"${real}" is the document itself and would be overwritten. ${advice}`
  const reader = all.find((claim) => claim.use === 'read' && claim.real === real)
  if (reader !== undefined) {
    return `"${real}" is read by node "${reader.nodeId}" and would be overwritten. ${advice}`
  }
  const writer = before.find((claim) => claim.use === 'write' && claim.real === real)
  if (writer === undefined || writer.nodeId === nodeId) return undefined
  return `"${real}" is written by node "${writer.nodeId}" too, and only one node can. ${advice}`
}

/**
 * Finds before a start what it would fail of: files that are not there, paths that may not be used,
 * topics that nobody has made. What may still come to be is a warning.
 */

import type { Disk } from '@millrace/engine'
import type { Problem, wire } from '@millrace/pipeline'
import type { RootedPath } from './env/file-roots.ts'

type FileUse = Extract<wire.Place, { readonly kind: 'file' }>
type TopicUse = Extract<wire.Place, { readonly kind: 'topic' }>

export interface FileSurroundings {
  readonly disk: Disk
  /** What relative paths count from. */
  readonly folder: string
  resolve(path: string): RootedPath
}

export async function checkFilePlaces(
  places: readonly wire.Place[],
  around: FileSurroundings,
): Promise<readonly Problem[]> {
  const found: Problem[] = []
  for (const place of places) {
    if (place.kind !== 'file' || place.path === '') continue
    const problem = await checkFile(place, around)
    if (problem !== undefined) found.push(problem)
  }
  return found
}

async function checkFile(
  { nodeId, path, use }: FileUse,
  { disk, folder, resolve }: FileSurroundings,
): Promise<Problem | undefined> {
  const about = { nodeId, path: ['path'] }
  const resolved = resolve(path)
  if ('refusal' in resolved) {
    return { code: 'path-outside-roots', severity: 'error', ...about, message: resolved.refusal }
  }
  const { absolute } = resolved
  const relation = path === absolute ? '' : ` "${path}" counts from the folder "${folder}".`
  // What the disk does not tell is told by the job that opens it.
  const kind = await disk.kindOf(absolute).catch(() => 'file' as const)
  if (kind === 'folder') {
    const message = `"${absolute}" is a folder, not a file.${relation} Name a file in it.`
    return { code: 'path-is-folder', severity: 'error', ...about, message }
  }
  if (use === 'write' || kind !== 'nothing') return undefined
  const message =
    `There is no file "${absolute}" yet, and without it the job fails when it starts.${relation} ` +
    'Create it, or change path.'
  return { code: 'file-not-there', severity: 'warning', ...about, message }
}

/** A topic that is written is made when the job starts. */
export function checkTopicPlaces(
  places: readonly wire.Place[],
  known: ReadonlySet<string>,
): readonly Problem[] {
  const written = new Set(places.filter(isTopic).flatMap(({ topic, use }) => own(topic, use)))
  return places.filter(isTopic).flatMap(({ nodeId, topic, use }): readonly Problem[] => {
    if (topic === '' || use === 'write' || known.has(topic)) return []
    const late = written.has(topic)
      ? ' The pipeline itself makes it, but only while it starts, which may be too late.'
      : ''
    const message =
      `There is no topic "${topic}" yet, and without it the job fails when it starts.${late} ` +
      'Create it, or choose another topic.'
    return [{ code: 'topic-not-there', severity: 'warning', nodeId, path: ['topic'], message }]
  })
}

function own(topic: string, use: TopicUse['use']): readonly string[] {
  return use === 'write' ? [topic] : []
}

function isTopic(place: wire.Place): place is TopicUse {
  return place.kind === 'topic'
}

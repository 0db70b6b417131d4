/** `millrace validate`: says what is wrong with a document, without running it. */

import { counted, type Problem, placesOf, problemLine, type wire } from '@millrace/pipeline'
import { type CheckedDocument, checkDocument } from '../checked-document.ts'
import { documentFolder, resolveFrom } from '../document-file.ts'
import { checkFilePlaces } from '../place-checks.ts'
import { EXIT, type Terminal } from '../terminal.ts'
import type { TopicsAround } from './topics-around.ts'

export interface ValidateOptions {
  readonly json?: boolean
  /** Topics are looked for there; nowhere where both are left out. */
  readonly data?: string
  readonly server?: string
}

export async function validate(
  file: string,
  options: ValidateOptions,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr } = terminal
  const read = await checkDocument(file, [], terminal)
  const { checked, document } = read
  const places = checked === undefined ? [] : placesOf(checked)
  const isAsked = options.data !== undefined || options.server !== undefined
  const reads = readsTopics(places)
  // Only now, since it is much to load.
  const topics =
    reads && isAsked
      ? await (await import('./topics-around.ts')).lookForTopics(places, options, terminal)
      : NOTHING_MISSING
  const problems = [
    ...read.problems,
    ...(await checkFilesOf(places, document, terminal)),
    ...topics.problems,
  ]
  if (options.json) stdout.write(`${JSON.stringify({ problems })}\n`)
  else for (const problem of problems) stdout.write(`${problemLine(problem)}\n`)
  if (checked === undefined || topics.code !== EXIT.ok) return EXIT.problems
  // Not on stdout, which holds problems and nothing else.
  const { nodes, edges } = checked
  const warnings = problems.length === 0 ? 'no problems' : 'warnings only'
  const unseen = reads && !isAsked ? ` ${NOT_LOOKED_FOR}` : ''
  stderr.write(
    `"${file}" has ${warnings}: ${counted(nodes.size, 'node')}, ${counted(edges.length, 'edge')}.${unseen}\n`,
  )
  return EXIT.ok
}

const NOTHING_MISSING: TopicsAround = { code: EXIT.ok, problems: [] }

const NOT_LOOKED_FOR =
  'Its topics were not looked for: name the data folder they are in with --data, or the server that has it with --server.'

/** A topic that is written is made when the job starts. */
function readsTopics(places: readonly wire.Place[]): boolean {
  return places.some((place) => place.kind === 'topic' && place.use === 'read')
}

/** Files count from the folder of the document, as they do when it is run from here. */
function checkFilesOf(
  places: readonly wire.Place[],
  document: CheckedDocument['document'],
  { env }: Terminal,
): Promise<readonly Problem[]> {
  const folder = documentFolder(document)
  const resolve = (path: string) => ({ absolute: resolveFrom(folder, path) })
  return checkFilePlaces(places, { disk: env.disk, folder, resolve })
}

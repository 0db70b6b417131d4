/** `millrace validate`: says what is wrong with a document, without running it. */

import {
  type CheckedPipeline,
  counted,
  type Problem,
  placesOf,
  problemLine,
} from '@millrace/pipeline'
import { type CheckedDocument, checkDocument } from '../checked-document.ts'
import { documentFolder, resolveFrom } from '../document-file.ts'
import { checkFilePlaces } from '../place-checks.ts'
import { EXIT, type Terminal } from '../terminal.ts'

export async function validate(
  file: string,
  options: { readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr } = terminal
  const read = await checkDocument(file, [], terminal)
  const { checked, document } = read
  const around = checked === undefined ? [] : await checkFilesOf(checked, document, terminal)
  const problems = [...read.problems, ...around]
  if (options.json) stdout.write(`${JSON.stringify({ problems })}\n`)
  else for (const problem of problems) stdout.write(`${problemLine(problem)}\n`)
  if (checked === undefined) return EXIT.problems
  // Not on stdout, which holds problems and nothing else.
  const { nodes, edges } = checked
  const warnings = problems.length === 0 ? 'no problems' : 'warnings only'
  stderr.write(
    `"${file}" has ${warnings}: ${counted(nodes.size, 'node')}, ${counted(edges.length, 'edge')}.\n`,
  )
  return EXIT.ok
}

/** Files count from the folder of the document, as they do when it is run from here. */
function checkFilesOf(
  checked: CheckedPipeline,
  document: CheckedDocument['document'],
  { env }: Terminal,
): Promise<readonly Problem[]> {
  const folder = documentFolder(document)
  const resolve = (path: string) => ({ absolute: resolveFrom(folder, path) })
  return checkFilePlaces(placesOf(checked), { disk: env.disk, folder, resolve })
}

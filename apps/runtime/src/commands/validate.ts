/** `millrace validate`: says what is wrong with a document, without running it. */

import { counted, problemLine } from '@millrace/pipeline'
import { checkDocument } from '../checked-document.ts'
import { EXIT, type Terminal } from '../terminal.ts'

export async function validate(
  file: string,
  options: { readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr } = terminal
  const { problems, checked } = await checkDocument(file, [], terminal)
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

/** Reads a document, changes it as `--set` says, and checks it against the operators there are. */

import type { OperatorDefinition } from '@millrace/engine'
import {
  type CheckedPipeline,
  checkPipeline,
  hasErrors,
  type Problem,
  writeDocument,
} from '@millrace/pipeline'
import { type DocumentFile, readDocument } from './document-file.ts'
import { createRegistry } from './registry.ts'
import { applySettings, type Setting, withAdvice } from './set-config.ts'
import type { Terminal } from './terminal.ts'

export interface CheckedDocument {
  readonly document: DocumentFile
  /** Warnings among them. */
  readonly problems: readonly Problem[]
  /** Absent where there are errors. */
  readonly checked?: CheckedPipeline<OperatorDefinition>
  /** What is run, as it would be saved. */
  readonly text?: string
}

export async function checkDocument(
  file: string,
  settings: readonly Setting[],
  terminal: Terminal,
): Promise<CheckedDocument> {
  const document = await readDocument(file, terminal.folder, terminal.env.disk)
  if (document.pipeline === undefined) return { document, problems: document.problems }
  const applied = applySettings(document.pipeline, settings)
  if (hasErrors(applied.problems)) return { document, problems: applied.problems }
  const checked = checkPipeline(applied.pipeline, createRegistry())
  const found = checked.problems.map((problem) => withAdvice(problem, settings))
  const problems = [...document.problems, ...found]
  if (hasErrors(problems)) return { document, problems }
  return { document, problems, checked, text: writeDocument(applied.pipeline) }
}

/** Takes in a document from a file: whole, or not at all and with every reason. */

import { counted, DOCUMENT_LENGTH_MAX, type Pipeline, parseDocument } from '@millrace/pipeline'
import type { Session } from '../editor/session.tsx'
import { currentViewport } from '../workbench/viewport.ts'

/** In bytes, before the file is read; UTF-8 has at least one byte for each character. */
const FILE_BYTES_MAX = DOCUMENT_LENGTH_MAX * 3

const RECORDS = /\.(?:jsonl|ndjson|csv|tsv)(?:\.gz)?$/i
const HOW_TO_READ_RECORDS =
  'The file has records in it, and only documents of pipelines are imported. To read it, put it into a root folder of the server, add a "File source" and write its path there.'

export type ReadFile =
  | { readonly pipeline: Pipeline }
  | { readonly title: string; readonly details: readonly string[] }

/** What tests stand in for. */
export type TextFile = Pick<File, 'name' | 'size' | 'text'>

export async function readDocumentFile(file: TextFile): Promise<ReadFile> {
  const title = `"${file.name}" is not imported. Nothing has changed.`
  if (RECORDS.test(file.name)) return { title, details: [HOW_TO_READ_RECORDS] }
  if (file.size > FILE_BYTES_MAX) {
    const limit = DOCUMENT_LENGTH_MAX / 1024 / 1024
    const detail = `The file has ${megabytes(file.size)} MB and a document may have ${limit} MB. Choose a smaller one.`
    return { title, details: [detail] }
  }
  const { pipeline, problems } = parseDocument(await file.text())
  if (pipeline !== undefined) return { pipeline }
  return { title, details: problems.map(({ message }) => message) }
}

/** Replaces what is drawn, as one step that can be undone. */
export async function importFile(session: Session, file: TextFile): Promise<void> {
  const { editor, workbench } = session
  const read = await readDocumentFile(file)
  if (!('pipeline' in read)) {
    workbench.notify({ kind: 'refused', ...read })
    return
  }
  const hadNodes = editor.store.getState().pipeline.nodes.size > 0
  editor.load(`Import ${file.name}`, read.pipeline)
  const { nodes, problems } = editor.store.getState().analysis
  const title = `Imported "${file.name}" with ${counted(nodes.size, 'node')}.`
  const replaced = hadNodes ? ['It took the place of what was drawn. Undo brings that back.'] : []
  if (problems.length === 0) {
    workbench.notify({ kind: 'done', title, details: replaced })
  } else {
    workbench.notify({
      kind: 'done',
      title,
      details: [`It has ${counted(problems.length, 'problem')}.`, ...replaced],
      action: { title: 'Show problems', run: () => workbench.showDrawer('problems') },
    })
  }
  void currentViewport().fit()
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}

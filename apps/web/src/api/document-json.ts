/** Documents as the API carries them: parsed JSON out of the canonical text, and back. */

import {
  type ParsedDocument,
  type Pipeline,
  parseDocument,
  writeDocument,
} from '@millrace/pipeline'

export type DocumentJson = Record<string, unknown>

export function toDocumentJson(pipeline: Pipeline): DocumentJson {
  return JSON.parse(writeDocument(pipeline)) as DocumentJson
}

/** Checked like any other document: the host may hold one that a newer page has written. */
export function fromDocumentJson(document: DocumentJson): ParsedDocument {
  return parseDocument(JSON.stringify(document))
}

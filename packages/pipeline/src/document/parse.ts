/**
 * Reads a pipeline document. Whatever cannot be kept is refused with its place; nothing is dropped.
 */

import type * as z from 'zod'
import { createConfigProblems } from '../config/config-problems.ts'
import type { Problem } from '../problem.ts'
import { isJsonObject, type JsonObject } from '../value.ts'
import { documentSchema, type Pipeline, toPipeline } from './format.ts'
import { migrateDocument } from './migrate.ts'
import { readJson } from './read-json.ts'

export interface ParsedDocument {
  /** Absent if there is a problem of severity `error`. */
  readonly pipeline?: Pipeline
  readonly problems: readonly Problem[]
}

/** In UTF-16 code units. */
export const DOCUMENT_LENGTH_MAX = 5 * 1024 * 1024

export function parseDocument(text: string): ParsedDocument {
  if (text.length > DOCUMENT_LENGTH_MAX) {
    const message =
      `The document has ${text.length} characters and may have ${DOCUMENT_LENGTH_MAX}. ` +
      'Divide it into several pipelines.'
    return { problems: [{ code: 'document-too-large', severity: 'error', message }] }
  }
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text
  if (bare.trim() === '') return broken(`The document is empty. Begin it with ${BEGINNING}.`)
  if (bare.startsWith('\ufffd') || bare.slice(0, 2).includes('\0')) {
    return broken('The document is not text in UTF-8. If it is one in UTF-16, save it as UTF-8.')
  }
  const { value, problems } = readJson(bare)
  if (value === undefined) return { problems }
  if (isJsonObject(value)) return readDocument(value)
  const message = `The document is not an object. Begin it with ${BEGINNING}.`
  return { problems: [{ code: 'not-an-object', severity: 'error', message }] }
}

const BEGINNING = '{ "format": "millrace/1", "name": "…", … }'

function broken(message: string): ParsedDocument {
  return { problems: [{ code: 'broken-json', severity: 'error', message }] }
}

/** Of JSON that `readJson` has read, in which nothing was lost. */
export function readDocument(value: JsonObject): ParsedDocument {
  const migrated = migrateDocument(value)
  if (migrated.problem !== undefined) return { problems: [migrated.problem] }
  return readShape(migrated.document)
}

function readShape(document: JsonObject): ParsedDocument {
  const read = documentSchema.safeParse(document)
  if (read.success) return { pipeline: toPipeline(read.data), problems: [] }
  return { problems: shapeProblems(read.error, document) }
}

function shapeProblems(error: z.ZodError, document: JsonObject): readonly Problem[] {
  const owner = { name: 'a pipeline document', schema: documentSchema }
  return createConfigProblems(error, document, owner).map(atNode)
}

/** A problem of a node belongs to the node, so that the canvas can show it there. */
function atNode(problem: Problem): Problem {
  const [root, id, field, ...within] = problem.path ?? []
  if (root !== 'nodes' || typeof id !== 'string' || field === undefined) return problem
  return { ...problem, nodeId: id, path: field === 'config' ? within : [field, ...within] }
}

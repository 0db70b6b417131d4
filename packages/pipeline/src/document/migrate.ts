/**
 * Brings a document of an older format up to the current one, a version at a time.
 *
 * A new version adds one migration at the end of the list, and a fixture of the version it leaves
 * behind, which is never edited again.
 */

import type { Problem } from '../problem.ts'
import { type JsonObject, ownValue, type Value } from '../value.ts'

/** From version n, its place in the list counted from 1, to n + 1. `format` is set by the chain. */
export type Migration = (document: JsonObject) => JsonObject

export const MIGRATIONS: readonly Migration[] = []

/** The version that is written. */
export const FORMAT_VERSION = MIGRATIONS.length + 1

export type Migrated =
  | { readonly document: JsonObject; readonly problem?: undefined }
  | { readonly problem: Problem }

export function migrateDocument(document: JsonObject, migrations = MIGRATIONS): Migrated {
  const newest = migrations.length + 1
  const format = ownValue(document, 'format')
  const version = versionOf(format)
  if (version === undefined || version < 1) {
    return { problem: unknownFormat(format, newest) }
  }
  if (version > newest) return { problem: newerFormat(version, newest) }
  let migrated = document
  for (const migration of migrations.slice(version - 1)) migrated = migration(migrated)
  return { document: { ...migrated, format: `millrace/${newest}` } }
}

function versionOf(format: Value): number | undefined {
  const match = typeof format === 'string' ? /^millrace\/([0-9]{1,6})$/.exec(format) : null
  return match === null ? undefined : Number(match[1])
}

function unknownFormat(format: Value, newest: number): Problem {
  const known = `"millrace/${newest}"`
  if (format === null) {
    return formatProblem(
      'missing-format',
      `This document does not say its format. Begin it with "format": ${known}.`,
    )
  }
  const shown = JSON.stringify(format).slice(0, 100)
  return formatProblem(
    'unknown-format',
    `Format ${shown} is not a format of Millrace. Write ${known}.`,
  )
}

function newerFormat(version: number, newest: number): Problem {
  return formatProblem(
    'newer-format',
    `This document has format "millrace/${version}", and this Millrace reads formats up to ` +
      `"millrace/${newest}". Open it with a newer Millrace.`,
  )
}

function formatProblem(code: string, message: string): Problem {
  return { code, severity: 'error', path: ['format'], message }
}

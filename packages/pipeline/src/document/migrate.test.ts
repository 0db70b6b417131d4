/** The chain of migrations, tried with formats that exist only here. */

import { expect, test } from 'vitest'
import type { JsonObject } from '../value.ts'
import { FORMAT_VERSION, MIGRATIONS, type Migration, migrateDocument } from './migrate.ts'

/** As if version 2 had renamed `name` and version 3 had added an owner. */
const toVersion2: Migration = ({ name = null, ...rest }) => ({ ...rest, label: name })
const toVersion3: Migration = (document) => ({ ...document, owner: 'nobody' })

test('the current version is one more than there are migrations', () => {
  expect(FORMAT_VERSION).toBe(MIGRATIONS.length + 1)
})

test('a document of the current version is left as it is', () => {
  const document = { format: 'millrace/1', name: 'a' }
  expect(migrateDocument(document)).toEqual({ document })
})

test('an old document goes through every later migration in turn', () => {
  const migrations = [toVersion2, toVersion3]
  expect(migrateDocument({ format: 'millrace/1', name: 'a' }, migrations)).toEqual({
    document: { format: 'millrace/3', label: 'a', owner: 'nobody' },
  })
  expect(migrateDocument({ format: 'millrace/2', label: 'a' }, migrations)).toEqual({
    document: { format: 'millrace/3', label: 'a', owner: 'nobody' },
  })
})

test('a migration keeps names that mean something to JavaScript', () => {
  const document = JSON.parse('{ "format": "millrace/1", "__proto__": { "x": 1 } }') as JsonObject
  const migrated = migrateDocument(document, [toVersion3])
  expect(JSON.stringify(migrated)).toBe(
    '{"document":{"format":"millrace/2","__proto__":{"x":1},"owner":"nobody"}}',
  )
})

test('a document of a version still to come is refused by its name', () => {
  expect(migrateDocument({ format: 'millrace/4' }, [toVersion2, toVersion3])).toEqual({
    problem: {
      code: 'newer-format',
      severity: 'error',
      path: ['format'],
      message:
        'This document has format "millrace/4", and this Millrace reads formats up to ' +
        '"millrace/3". Open it with a newer Millrace.',
    },
  })
})

test.each(['millrace/0', 'millrace/1.5', 'millrace/-1', 'Millrace/1', 'millrace/', ' millrace/1'])(
  'format "%s" is not a format',
  (format) => {
    expect(migrateDocument({ format }, [toVersion2])).toMatchObject({
      problem: {
        code: 'unknown-format',
        message: `Format "${format}" is not a format of Millrace. Write "millrace/2".`,
      },
    })
  },
)

test('a format is not inherited', () => {
  const document = Object.create({ format: 'millrace/1' }) as JsonObject
  expect(migrateDocument(document)).toMatchObject({ problem: { code: 'missing-format' } })
})

/**
 * Objects whose names anybody may choose: the columns of a record, the fields of a document. zod's
 * own record loses the name `__proto__` without a word, and such a column is a column as any other.
 */

import * as z from 'zod'

export const jsonObject = z
  .custom<Record<string, unknown>>()
  .check(({ value, issues }) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
    issues.push({ code: 'invalid_type', expected: 'record', input: value })
  })
  .meta({ type: 'object' })

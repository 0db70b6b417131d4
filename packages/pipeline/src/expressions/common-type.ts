/** The one type that several values have together: in CASE, COALESCE, lists and comparisons. */

import { DOUBLE, NULL, sameType, type Type } from '../type.ts'

/** Undefined where they have none. An integer beside a double is a double; NULL takes any type. */
export function commonType(types: readonly Type[]): Type | undefined {
  let result: Type = NULL
  for (const type of types) {
    const next = commonOfTwo(result, type)
    if (next === undefined) return undefined
    result = next
  }
  return result
}

function commonOfTwo(a: Type, b: Type): Type | undefined {
  if (a.kind === 'unknown' || b.kind === 'null') return a
  if (b.kind === 'unknown' || a.kind === 'null') return b
  if (isNumeric(a) && isNumeric(b)) return a.kind === 'double' || b.kind === 'double' ? DOUBLE : a
  if (a.kind === 'list' && b.kind === 'list') {
    const of = commonOfTwo(a.of, b.of)
    return of === undefined ? undefined : { kind: 'list', of }
  }
  if (a.kind === 'record' && b.kind === 'record') {
    if (a.fields.length !== b.fields.length) return undefined
    const fields = a.fields.map((field, index) => {
      const type = commonOfTwo(field.type, b.fields[index]?.type ?? NULL)
      return type === undefined ? undefined : { name: field.name, type }
    })
    return fields.every((field) => field !== undefined) ? { kind: 'record', fields } : undefined
  }
  return sameType(a, b) ? a : undefined
}

export function isNumeric(type: Type): boolean {
  return type.kind === 'integer' || type.kind === 'double'
}

/** Whether a value of type `from` may stand where `to` is expected, without a CAST. */
export function fits(from: Type, to: Type): boolean {
  const common = commonOfTwo(from, to)
  return (
    common !== undefined &&
    (common.kind === 'unknown' || to.kind === 'unknown' || sameType(common, to))
  )
}

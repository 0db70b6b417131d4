/** Reads values of a config that may have any shape while they are edited. */

import type { JsonObject, Value } from '@millrace/pipeline'

export function isObject(value: Value | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function ownValueOf(value: Value | undefined, name: string): Value | undefined {
  if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
  return value[name]
}

/** JSON inside expressions: reading with a bounded depth, and writing typed values. */

import type { Type } from '../type.ts'
import { isInfiniteWithin, type JsonObject, type Value } from '../value.ts'
import { intervalText, monthsText } from './interval.ts'
import { timestampIso } from './timestamp.ts'

const DEPTH_MAX = 512

/**
 * The value of a JSON text, or undefined where it is none, is nested more than 512 levels deep, or
 * has a number that no double holds, which would be written as NULL. `JSON.parse` makes `__proto__`
 * an own property like any other.
 */
export function parseJson(text: string): Value | undefined {
  if (depthOf(text) > DEPTH_MAX) return undefined
  try {
    const value = JSON.parse(text) as Value
    return isInfiniteWithin(value) ? undefined : value
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (code === 0x5d || code === 0x7d) depth--
  }
  return deepest
}

/** JSON in the order in which the names stand. */
export function writeJson(value: Value): string {
  return JSON.stringify(value)
}

/**
 * A value of a type as the JSON value that sinks write: records are objects, timestamps ISO-8601
 * texts.
 */
export function toJson(value: Value, type: Type): Value {
  if (value === null) return null
  switch (type.kind) {
    case 'timestamp':
      return timestampIso(value as number)
    case 'interval':
      return intervalText(value as number)
    case 'months':
      return monthsText(value as number)
    case 'double':
      return Number.isFinite(value) ? value : String(value)
    case 'list':
      return (value as readonly Value[]).map((item) => toJson(item, type.of))
    case 'record': {
      const values = value as readonly Value[]
      const entries = type.fields.map((field, index) => {
        return [field.name, toJson(values[index] ?? null, field.type)] as const
      })
      return jsonObject(entries)
    }
    default:
      return value
  }
}

/** An object whose names are data: `__proto__` becomes an own property. */
export function jsonObject(entries: Iterable<readonly [string, Value]>): JsonObject {
  return Object.fromEntries(entries)
}

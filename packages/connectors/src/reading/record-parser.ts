/** Reads a row from the JSON text of a record, by a schema. */

import {
  type Column,
  type RefusalCause,
  type Row,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'
import type { ValueReader } from './column-readers.ts'
import type { FlatRecords } from './flat-records.ts'
import { jsonFault, nestsDeeperThan } from './json-text.ts'

/** As deep as expressions read JSON. */
const DEPTH_MAX = 512

/** Why a record was refused; anything else that was thrown is thrown again. */
export function causeOf(error: unknown, text: string): RefusalCause {
  if (error instanceof UnreadableValue) return error
  // What the engine says of broken JSON changes from version to version, and results must not.
  if (error instanceof SyntaxError) return { code: 'not-json', message: jsonFault(text) }
  throw error
}

/**
 * Throws `UnreadableValue` or a `SyntaxError` where the text is no record. `flat` learns what
 * records look like.
 */
export function createRecordParser(
  columns: readonly Column[],
  readers: readonly ValueReader[],
  flat?: FlatRecords,
): (text: string) => Row {
  const names = columns.map(({ name }) => name)
  const count = names.length
  // A name that objects inherit must be asked for as an own property; the others are read directly.
  const inherited = names.map((name) => name in Object.prototype)
  const guarded = !names.includes('__proto__')
  return (text) => {
    if (text.length > 2 * DEPTH_MAX && nestsDeeperThan(text, DEPTH_MAX)) {
      throw new UnreadableValue(
        `The JSON is nested more than ${DEPTH_MAX} levels deep.`,
        'nested-too-deep',
      )
    }
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new UnreadableValue(`The line is ${kindOf(json)}, not a JSON object.`, 'not-an-object')
    }
    if (guarded && Object.hasOwn(json, '__proto__')) {
      throw new UnreadableValue(
        'The record has a field "__proto__", which only attacks have.',
        'reserved-field',
      )
    }
    const object = json as { readonly [name: string]: unknown }
    const row: Value[] = new Array(count)
    let index = 0
    try {
      for (; index < count; index++) {
        const name = names[index] ?? ''
        const own = inherited[index] !== true || Object.hasOwn(object, name)
        const found = own ? object[name] : null
        row[index] =
          found === null || found === undefined ? null : (readers[index]?.(found) ?? null)
      }
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error
      const name = names[index] ?? ''
      throw new UnreadableValue(`Column "${name}": ${error.message}`, error.code, name)
    }
    if (flat?.learns) flat.learn(object)
    return row
  }
}

function kindOf(json: unknown): string {
  if (Array.isArray(json)) return 'a list'
  if (json === null) return 'null'
  return typeof json === 'string' ? 'a text' : `a ${typeof json}`
}

/** Where a webhook receives its records, and a request that sends it one. */

import type { Value } from '@millrace/pipeline'
import { isObject } from '../field-value.ts'

/** `origin` is that of the server, which serves the page, too. */
export function hookAddress(origin: string, path: string): string {
  return `${origin}/hooks/${path}`
}

/** For a shell: one record with a value for each column of the schema, whose time is now. */
export function curlRequest(address: string, schema: Value | undefined, nowMs: number): string {
  const columns = isObject(schema) ? Object.entries(schema) : []
  const record = Object.fromEntries(
    columns.map(([name, type]) => [name, sampleOf(String(type), nowMs)]),
  )
  const body = JSON.stringify(record).replaceAll("'", "'\\''")
  return `curl ${address} -H 'Content-Type: application/json' -d '${body}'`
}

function sampleOf(type: string, nowMs: number): Value {
  const [name = ''] = /^[a-z]+/.exec(type) ?? []
  switch (name) {
    case 'boolean':
      return true
    case 'integer':
    case 'long':
      return 1
    case 'double':
    case 'decimal':
      return 1.5
    case 'timestamp':
      return new Date(nowMs).toISOString()
    case 'list':
      return []
    case 'map':
    case 'record':
      return {}
    default:
      return 'text'
  }
}

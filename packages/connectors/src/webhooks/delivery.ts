/** What a request to a webhook brings: the records in its body, as they are to be kept. */

import { fromUtf8, toUtf8 } from '@millrace/engine'
import { jsonFault, nestsDeeperThan } from '../reading/json-text.ts'
import { eventKey, readBinaryEvent, refuseEvent } from './cloud-events.ts'
import { listItems } from './list-items.ts'
import { DeliveryRefused } from './refused.ts'

export interface Delivery {
  /** JSON objects, each as it came. */
  readonly records: readonly Uint8Array[]
  /** The same delivery has the same key. */
  readonly key: string | undefined
}

const DEPTH_MAX = 64
const RECORDS_MAX = 10_000
const KEY_LENGTH_MAX = 200

/** `headers` by lower-case name; `body` is unpacked. Throws a `DeliveryRefused`. */
export function readDelivery(headers: ReadonlyMap<string, string>, body: Uint8Array): Delivery {
  const given = readIdempotencyKey(headers.get('idempotency-key'))
  const { text, key } = readBody(headers, body)
  if (text.length > RECORDS_MAX) {
    throw new DeliveryRefused(
      413,
      'too-many-records',
      `The request has ${text.length} records, and may have ${RECORDS_MAX}. Divide it.`,
    )
  }
  return { records: text.map(toUtf8), key: given ?? key }
}

interface BodyRecords {
  readonly text: readonly string[]
  readonly key?: string | undefined
}

function readBody(headers: ReadonlyMap<string, string>, body: Uint8Array): BodyRecords {
  const written = headers.get('content-type') ?? ''
  const type = mediaType(written)
  const isEvent = [...headers.keys()].some((name) => name.startsWith('ce-'))
  if (isEvent && !type.startsWith('application/cloudevents')) {
    const json = type === 'application/json' || type.endsWith('+json')
    const data = json ? readText(body, 'The data of the event') : undefined
    if (data !== undefined && data.trim() !== '') parse(data, 'The data of the event')
    const event = readBinaryEvent(headers, { type: written, text: data, bytes: body })
    return { text: [event.text], key: event.key }
  }
  const reader = READERS.get(type)
  if (reader === undefined) throw wrongType(written)
  return reader(readText(body, 'The body', charset(written)))
}

const READERS: ReadonlyMap<string, (text: string) => BodyRecords> = new Map([
  ['application/json', readJson],
  ['application/x-ndjson', readLines],
  ['application/ndjson', readLines],
  ['application/jsonl', readLines],
  ['application/cloudevents+json', readEvent],
  ['application/cloudevents-batch+json', readEvents],
])

function readJson(text: string): BodyRecords {
  const json = parse(text, 'The body')
  if (!Array.isArray(json)) return { text: [requireObject(text, json, 'The body')] }
  const items = listItems(text)
  return { text: items.map((item, index) => requireObject(item, json[index], nameOf(index))) }
}

function readLines(text: string): BodyRecords {
  const records: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const name = `Line ${index + 1} of the body`
    records.push(requireObject(line, parse(line, name), name))
    // No more is read than is needed to refuse it.
    if (records.length > RECORDS_MAX) break
  }
  return { text: records }
}

function readEvent(text: string): BodyRecords {
  const event = parse(text, 'The event')
  refuseEvent(event, 'The event')
  return { text: [requireObject(text, event, 'The event')], key: eventKey(event) }
}

function readEvents(text: string): BodyRecords {
  const events = parse(text, 'The body')
  if (!Array.isArray(events)) {
    throw new DeliveryRefused(
      400,
      'not-a-list',
      'A batch of CloudEvents is a list, and the body is none. Send a list, or one event as ' +
        'application/cloudevents+json.',
    )
  }
  const items = listItems(text)
  for (const [index, event] of events.entries()) refuseEvent(event, nameOf(index))
  return { text: items }
}

function nameOf(index: number): string {
  return `Record ${index + 1} of the body`
}

/** Throws where it is no JSON, or nests too deep for whoever would write it again. */
function parse(text: string, name: string): unknown {
  if (text.length > 2 * DEPTH_MAX && nestsDeeperThan(text, DEPTH_MAX)) {
    const message = `${name} is nested more than ${DEPTH_MAX} levels deep. Make it flatter.`
    throw new DeliveryRefused(413, 'too-deep', message)
  }
  try {
    return JSON.parse(text)
  } catch {
    const fault = jsonFault(text).replace('The line', name)
    throw new DeliveryRefused(400, 'not-json', `${fault} Nothing of the request was kept.`)
  }
}

function requireObject(text: string, json: unknown, name: string): string {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return text
  const kind = Array.isArray(json) ? 'a list' : json === null ? 'null' : `a ${typeof json}`
  throw new DeliveryRefused(
    400,
    'not-an-object',
    `${name} is ${kind}, and a record is a JSON object. Nothing of the request was kept.`,
  )
}

function readText(body: Uint8Array, name: string, charset = 'utf-8'): string {
  const text = charset === 'utf-8' ? fromUtf8(body) : undefined
  if (text !== undefined) return text.startsWith('\ufeff') ? text.slice(1) : text
  throw new DeliveryRefused(
    charset === 'utf-8' ? 400 : 415,
    'not-utf-8',
    `${name} is not UTF-8${charset === 'utf-8' ? '' : `, but "${charset}"`}. Send it as UTF-8.`,
  )
}

function mediaType(written: string): string {
  return (written.split(';')[0] ?? '').trim().toLowerCase()
}

function charset(written: string): string {
  const [, found = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(written) ?? []
  const name = found.toLowerCase()
  return name === 'utf8' || name === 'us-ascii' ? 'utf-8' : name
}

function wrongType(written: string): DeliveryRefused {
  const fact =
    written === ''
      ? 'The request does not say of what type its body is.'
      : `The body is of type "${written.slice(0, 100)}".`
  const known = [...READERS.keys()].join(', ')
  return new DeliveryRefused(
    415,
    'wrong-type',
    `${fact} Send one of ${known} as Content-Type, or a CloudEvent with headers ce-….`,
  )
}

/** As a text of structured fields, in quotes, or as it is. */
function readIdempotencyKey(written: string | undefined): string | undefined {
  if (written === undefined) return undefined
  const [, quoted] = /^"(.*)"$/.exec(written) ?? []
  const key = quoted ?? written
  if (key.length >= 1 && key.length <= KEY_LENGTH_MAX) return `h ${key}`
  throw new DeliveryRefused(
    400,
    'bad-idempotency-key',
    `The Idempotency-Key has ${key.length} characters. Give 1 to ${KEY_LENGTH_MAX}.`,
  )
}

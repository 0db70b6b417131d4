/** CloudEvents 1.0 over HTTP: an event in headers and body becomes its JSON form. */

import { fromUtf8 } from '@millrace/engine'
import { DeliveryRefused } from './refused.ts'

/** The body of a request whose headers are an event. */
export interface EventData {
  /** As the request says it. */
  readonly type: string
  /** Where it is JSON. */
  readonly text: string | undefined
  readonly bytes: Uint8Array
}

const REQUIRED = ['id', 'source', 'specversion', 'type'] as const
const VERSION = '1.0'

/** Throws where it is no event of this version. */
export function refuseEvent(event: unknown, name: string): void {
  const attributes =
    typeof event === 'object' && event !== null && !Array.isArray(event) ? event : {}
  for (const attribute of REQUIRED) {
    const value: unknown = Object.hasOwn(attributes, attribute)
      ? (attributes as { readonly [name: string]: unknown })[attribute]
      : undefined
    if (typeof value !== 'string' || value === '') {
      throw new DeliveryRefused(
        400,
        'not-an-event',
        `${name} is no CloudEvent: its attribute "${attribute}" must be a text that is not empty.`,
      )
    }
    if (attribute === 'specversion' && value !== VERSION) {
      throw new DeliveryRefused(
        400,
        'event-version',
        `${name} is of version "${value.slice(0, 20)}" of CloudEvents, and "${VERSION}" is read here.`,
      )
    }
  }
}

/** Source and id are an event's own, by the standard; undefined where they are too long. */
export function eventKey(event: unknown): string | undefined {
  const { source, id } = event as { readonly source: string; readonly id: string }
  const key = `e ${source} ${id}`
  return key.length <= 250 ? key : undefined
}

/** The event of headers `ce-…`, in its JSON form. */
export function readBinaryEvent(
  headers: ReadonlyMap<string, string>,
  data: EventData,
): { readonly text: string; readonly key: string | undefined } {
  const attributes = new Map<string, string>()
  for (const [header, value] of headers) {
    if (!header.startsWith('ce-')) continue
    const name = header.slice('ce-'.length)
    if (!/^[a-z0-9]+$/.test(name) || name === 'data') {
      const message = `Header "${header}" names no attribute: a name has letters and digits only.`
      throw new DeliveryRefused(400, 'not-an-event', message)
    }
    attributes.set(name, decoded(header, value))
  }
  if (data.type !== '') attributes.set('datacontenttype', data.type)
  const event = Object.fromEntries(attributes)
  refuseEvent(event, 'The event')
  const head = JSON.stringify(event).slice(0, -1)
  return { text: `${head}${dataText(data)}}`, key: eventKey(event) }
}

function decoded(header: string, value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    const message = `Header "${header}" has a "%" that begins no character. Write it as "%25".`
    throw new DeliveryRefused(400, 'not-an-event', message)
  }
}

/** JSON as it came, text as text, anything else in base64. */
function dataText({ type, text, bytes }: EventData): string {
  if (bytes.length === 0) return ''
  if (text !== undefined) return text.trim() === '' ? '' : `,"data":${text}`
  const plain = type.startsWith('text/') ? fromUtf8(bytes) : undefined
  if (plain !== undefined) return `,"data":${JSON.stringify(plain)}`
  return `,"data_base64":"${toBase64(bytes)}"`
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3)
    const bits = (a << 16) | (b << 8) | c
    const digits = [18, 12, 6, 0].map((shift) => DIGITS[(bits >> shift) & 63]).join('')
    const left = bytes.length - at
    text += left >= 3 ? digits : digits.slice(0, left + 1).padEnd(4, '=')
  }
  return text
}

/** Records of topics as the API and the command line show them. */

import type { StoredRecord, TopicRecord } from '@millrace/engine'
import { fromUtf8, toUtf8 } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'

export function toWireText(bytes: Uint8Array): wire.TopicText {
  const text = fromUtf8(bytes)
  return text === undefined ? { base64: Buffer.from(bytes).toString('base64') } : { text }
}

export function toWireRecord(record: StoredRecord): wire.WireTopicRecord {
  const { offset, timestampMs, key, value, headers } = record
  return {
    offset,
    timestampMs,
    key: key === null ? null : toWireText(key),
    value: value === null ? null : toWireText(value),
    headers: headers.map((header) => ({ name: header.name, value: toWireText(header.value) })),
  }
}

export function toTopicRecord(record: wire.NewTopicRecord, nowMs: number): TopicRecord {
  const { key, value, partition, timestampMs = nowMs, headers } = record
  return {
    key: key === null ? null : toBytes(key),
    value: value === null ? null : toBytes(value),
    timestampMs,
    ...(partition !== undefined && { partition }),
    ...(headers !== undefined && {
      headers: headers.map((header) => ({ name: header.name, value: toBytes(header.value) })),
    }),
  }
}

export function toBytes(text: wire.TopicText): Uint8Array {
  return 'text' in text ? toUtf8(text.text) : new Uint8Array(Buffer.from(text.base64, 'base64'))
}

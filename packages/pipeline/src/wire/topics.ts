/** Topics of the embedded log as the API shows them. */

import * as z from 'zod'

const settings = {
  partitions: z.int(),
  compact: z.boolean(),
  tombstoneRetentionMs: z.int(),
  segmentBytes: z.int(),
  recordBytesMax: z.int(),
  retentionMs: z.int(),
  retentionBytes: z.int(),
}

/** What is left out has its default; see the docs. */
export const newTopic = z
  .strictObject({ topic: z.string(), ...settings })
  .partial()
  .required({
    topic: true,
  })

export const topicDescription = z.object({
  topic: z.string(),
  settings: z.object(settings).partial({ retentionMs: true, retentionBytes: true }),
  partitions: z.array(
    z.object({
      startOffset: z.number(),
      /** Behind the last record. */
      endOffset: z.number(),
      /** On the disk. */
      bytes: z.number(),
      appendedAtMs: z.number().optional(),
    }),
  ),
  /** Why nothing can be read or written. */
  damage: z.string().optional(),
})
export type WireTopic = z.output<typeof topicDescription>

const NO_BASE64 =
  'What stands under "base64" is not Base64: its letters are A-Z, a-z, 0-9, "+" and "/". Encode the bytes anew.'

/** Also without padding, and with the letters for addresses: what decodes without a loss. */
function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) && text.replaceAll('=', '').length % 4 !== 1
}

/** Bytes that are UTF-8 are text; others are in base64. */
export const topicText = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ base64: z.string().refine(isBase64, { error: NO_BASE64 }) }),
])
export type TopicText = z.output<typeof topicText>

export const topicRecord = z.object({
  offset: z.number(),
  timestampMs: z.number(),
  key: topicText.nullable(),
  /** Null says that the key is gone. */
  value: topicText.nullable(),
  headers: z.array(z.object({ name: z.string(), value: topicText })),
})
export type WireTopicRecord = z.output<typeof topicRecord>

export const topicRecords = z.object({
  records: z.array(topicRecord),
  /** Where to read on; the end where there is nothing more. */
  nextOffset: z.number(),
  endOffset: z.number(),
})

export const topicRecordsQuery = z.object({
  partition: z.coerce.number<string>().int().min(0).default(0),
  /** The earliest that is there if left out. */
  offset: z.coerce.number<string>().int().min(0).optional(),
  /** Instead of the offset: the first record whose time is not before this, UTC milliseconds. */
  at: z.coerce.number<string>().int().optional(),
  limit: z.coerce.number<string>().int().min(1).max(1000).default(100),
})

export const newTopicRecord = z.strictObject({
  key: topicText.nullable(),
  value: topicText.nullable(),
  partition: z.int().min(0).optional(),
  /** Now if left out. */
  timestampMs: z.int().optional(),
  headers: z.array(z.strictObject({ name: z.string(), value: topicText })).optional(),
  /** The same record under the same key is written once. */
  idempotencyKey: z.string().optional(),
})

export type NewTopicRecord = z.output<typeof newTopicRecord>

export const producedRecord = z.object({
  partition: z.number(),
  offset: z.number(),
  duplicate: z.boolean(),
})

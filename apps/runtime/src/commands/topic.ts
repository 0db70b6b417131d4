/**
 * `millrace topic`: looks after topics, in a data folder that nobody else has open, or through the
 * server that has it.
 */

import {
  createValueReader,
  isoTimestamp,
  parseDuration,
  parseSize,
  TIMESTAMP,
  UnreadableValue,
  type wire,
} from '@millrace/pipeline'
import { PARTITIONS_MAX } from '@millrace/storage'
import type { Terminal } from '../terminal.ts'
import { countText, textTable } from '../text-table.ts'
import { openFolderTopics, openServerTopics, type TopicAccess } from './topic-access.ts'
import { BadOption, wholeNumber, withAccess } from './with-access.ts'

export type TopicVerb = 'list' | 'create' | 'describe' | 'read' | 'produce' | 'delete'

export interface TopicOptions {
  readonly data?: string
  readonly server?: string
  readonly json?: boolean
  readonly partitions?: string
  readonly compact?: boolean
  readonly retention?: string
  readonly retentionSize?: string
  readonly partition?: string
  readonly offset?: string
  readonly at?: string
  readonly limit?: string
  readonly key?: string
  readonly idempotencyKey?: string
  readonly yes?: boolean
}

type Call = TopicOptions & { readonly name: string; readonly value: string | undefined }

const LIMIT = 100
/** The API gives no more at once. */
const LIMIT_MAX = 1000

export function runTopicCommand(verb: TopicVerb, call: Call, terminal: Terminal): Promise<number> {
  const ways = { openFolder: openFolderTopics, openServer: openServerTopics }
  return withAccess(call, ways, terminal, async (access) => {
    terminal.stdout.write(await VERBS[verb](access, call))
  })
}

const VERBS: Readonly<Record<TopicVerb, (access: TopicAccess, call: Call) => Promise<string>>> = {
  list: async (access, { json }) => {
    const topics = await access.list()
    if (json) return `${JSON.stringify(topics)}\n`
    if (topics.length === 0) return 'There are no topics.\n'
    const rows = topics.map(({ topic, partitions, damage }) => [
      topic,
      `${partitions.length}`,
      countText(partitions.reduce((sum, one) => sum + one.endOffset - one.startOffset, 0)),
      countText(partitions.reduce((sum, one) => sum + one.bytes, 0)),
      damage === undefined ? '' : 'damaged',
    ])
    return textTable([['topic', 'partitions', 'offsets', 'bytes', ''], ...rows])
  },
  create: async (access, call) => {
    const { name, partitions, compact, retention, retentionSize } = call
    const made = await access.create({
      topic: name,
      partitions:
        partitions === undefined ? 1 : wholeNumber('--partitions', partitions, 1, PARTITIONS_MAX),
      ...(compact === true && { compact }),
      ...(retention !== undefined && { retentionMs: durationMs(retention) }),
      ...(retentionSize !== undefined && { retentionBytes: sizeBytes(retentionSize) }),
    })
    return call.json ? `${JSON.stringify(made)}\n` : describeText(made)
  },
  describe: async (access, { name, json }) => {
    const found = await access.describe(name)
    return json ? `${JSON.stringify(found)}\n` : describeText(found)
  },
  read: async (access, call) => {
    const wanted =
      call.partition === undefined ? undefined : wholeNumber('--partition', call.partition)
    const limit = wholeNumber('--limit', call.limit ?? `${LIMIT}`, 1, LIMIT_MAX)
    const { partitions } = await access.describe(call.name)
    let text = ''
    for (const partition of wanted === undefined ? partitions.keys() : [wanted]) {
      const { records } = await access.read(call.name, {
        partition,
        limit,
        ...(call.offset !== undefined && { offset: wholeNumber('--offset', call.offset) }),
        ...(call.at !== undefined && { at: instantMs(call.at) }),
      })
      for (const record of records) text += `${JSON.stringify(recordJson(partition, record))}\n`
    }
    return text
  },
  produce: async (access, { name, value, key, partition, idempotencyKey, json }) => {
    const produced = await access.produce(name, {
      key: key === undefined ? null : { text: key },
      value: value === undefined ? null : { text: value },
      ...(partition !== undefined && { partition: wholeNumber('--partition', partition) }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    })
    if (json) return `${JSON.stringify(produced)}\n`
    const what = produced.duplicate ? 'It was there already' : 'Written'
    return `${what}: partition ${produced.partition}, offset ${produced.offset}.\n`
  },
  delete: async (access, { name, yes, json }) => {
    if (yes !== true) {
      throw new BadOption(
        `This removes topic "${name}" with all its records, and nothing brings them back. Add --yes to do it.`,
      )
    }
    await access.remove(name)
    return json ? '{}\n' : `Topic "${name}" is removed.\n`
  },
}

function describeText({ topic, settings, partitions, damage }: wire.WireTopic): string {
  const rows = partitions.map(({ startOffset, endOffset, bytes, appendedAtMs }, index) => [
    `${index}`,
    countText(startOffset),
    countText(endOffset),
    countText(bytes),
    appendedAtMs === undefined ? '' : isoTimestamp(appendedAtMs),
  ])
  const kept = [
    settings.compact ? 'the newest record of each key' : undefined,
    settings.retentionMs === undefined ? undefined : `${countText(settings.retentionMs)} ms`,
    settings.retentionBytes === undefined
      ? undefined
      : `${countText(settings.retentionBytes)} bytes of each partition`,
  ].filter((one) => one !== undefined)
  const keeps = kept.length === 0 ? 'everything' : kept.join(', ')
  const table = textTable([['partition', 'start', 'end', 'bytes', 'last written'], ...rows])
  return `Topic "${topic}" keeps ${keeps}.\n${damage === undefined ? '' : `${damage}\n`}${table}`
}

/** With the text alone where it is text. */
function recordJson(partition: number, record: wire.WireTopicRecord): object {
  const plain = (text: wire.TopicText | null) =>
    text === null ? null : 'text' in text ? text.text : text
  const { offset, timestampMs, key, value, headers } = record
  const at = isoTimestamp(timestampMs)
  const named = headers.map((header) => ({ name: header.name, value: plain(header.value) }))
  const some = named.length === 0 ? {} : { headers: named }
  return { partition, offset, at, key: plain(key), value: plain(value), ...some }
}

function durationMs(text: string): number {
  const read = parseDuration(text)
  if (typeof read === 'number') return read
  throw new BadOption(`--retention: ${read.message}`)
}

function sizeBytes(text: string): number {
  const read = parseSize(text)
  if (typeof read === 'number') return read
  throw new BadOption(`--retention-size: ${read.message}`)
}

const readInstant = createValueReader(TIMESTAMP)

function instantMs(text: string): number {
  try {
    return readInstant(text) as number
  } catch (error) {
    if (!(error instanceof UnreadableValue)) throw error
    throw new BadOption(`--at is "${text}" and must be a time such as "2026-01-01T00:00:00Z".`)
  }
}

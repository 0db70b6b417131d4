/** What can be done with topics over the API. */

import { inferTopic } from '@millrace/connectors'
import { type Env, TopicFailure, type TopicFailureCode, type Topics } from '@millrace/engine'
import { isOwnTopic, ownTopicRefusal } from '@millrace/pipeline'
import { Refusal, type RefusalKind } from '../supervision/refusal.ts'
import { toTopicRecord, toWireRecord } from '../topic-wire.ts'
import type { RouteHandlers, RouteReply } from './route-handlers.ts'
import { browseTopic } from './topic-browser.ts'
import { sampleTopic } from './topic-sample.ts'

const READ_BYTES = 256 * 1024

const KINDS: Readonly<Record<TopicFailureCode, RefusalKind>> = {
  'unknown-topic': 'not-found',
  'topic-exists': 'conflict',
  'unknown-partition': 'not-found',
  'unknown-transaction': 'not-found',
  'offset-out-of-range': 'not-found',
  refused: 'bad-request',
  busy: 'unavailable',
  'no-space': 'unavailable',
  damaged: 'unavailable',
  stopped: 'unavailable',
}

export function createTopicHandlers({ clock }: Pick<Env, 'clock'>, topics: Topics) {
  return {
    listTopics: () =>
      told(async () => {
        const listed = await topics.list()
        return listed.filter(({ topic }) => !isOwnTopic(topic)).map(plain)
      }),
    createTopic: ({ body: { topic, ...settings } }) =>
      of(topic, async () => plain(await topics.create(topic, settings))),
    getTopic: ({ params: { topic } }) => of(topic, async () => plain(await topics.describe(topic))),
    deleteTopic: ({ params: { topic } }) =>
      of(topic, async () => {
        await topics.remove(topic)
        return {}
      }),
    readTopic: ({ params: { topic }, query }) => of(topic, () => read(topics, topic, query)),
    inferTopicSchema: ({ params: { topic } }) => of(topic, () => inferSchema(topics, topic)),
    browseTopic: ({ params: { topic }, query }) =>
      of(topic, () => browseTopic(topics, topic, query)),
    produceRecord: ({ params: { topic }, body }) =>
      of(topic, async () => {
        const { idempotencyKey } = body
        const record = toTopicRecord(body, clock.nowMs())
        const options = idempotencyKey === undefined ? {} : { idempotencyKey }
        const { partitions, duplicate } = await topics.append(topic, [record], options)
        const [where] = partitions
        return { partition: where?.partition ?? 0, offset: where?.startOffset ?? 0, duplicate }
      }),
  } satisfies Partial<RouteHandlers>
}

export type TopicHandlers = ReturnType<typeof createTopicHandlers>

interface Query {
  readonly partition: number
  readonly offset?: number | undefined
  readonly at?: number | undefined
  readonly limit: number
}

async function read(
  topics: Topics,
  topic: string,
  { partition, offset, at, limit }: Query,
): Promise<RouteReply<'readTopic'>> {
  const earliest = async () => (await topics.offsets(topic))[partition]?.startOffset ?? 0
  const found = at === undefined ? undefined : await topics.offsetAt(topic, partition, at)
  const from = found ?? offset ?? (await earliest())
  const batch = await topics.read(topic, partition, from, READ_BYTES)
  const records = batch.records.slice(0, limit)
  const cut = records.length < batch.records.length
  const last = records.at(-1)
  return {
    records: records.map(toWireRecord),
    nextOffset: cut && last !== undefined ? last.offset + 1 : batch.nextOffset,
    endOffset: batch.endOffset,
  }
}

async function inferSchema(topics: Topics, topic: string): Promise<RouteReply<'inferTopicSchema'>> {
  const inferred = inferTopic(await sampleTopic(topics, topic))
  if ('message' in inferred) {
    throw new Refusal('bad-request', 'sample-not-readable', inferred.message)
  }
  return { config: { ...inferred.config }, notes: [...inferred.notes] }
}

/** With lists that may be changed, as the schema of the reply has them. */
function plain(description: Awaited<ReturnType<Topics['describe']>>): RouteReply<'getTopic'> {
  return { ...description, partitions: [...description.partitions] }
}

/** Whoever wrote into the topics of a server itself could make letters up, or make it lose some. */
function of<T>(topic: string, act: () => Promise<T>): Promise<T> {
  return told(async () => {
    if (!isOwnTopic(topic)) return act()
    throw new TopicFailure('refused', ownTopicRefusal(topic), undefined, 'topic')
  })
}

async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof TopicFailure)) throw error
    throw refusalOf(error)
  }
}

/** Names what the failure is of, once. */
export function problemCode(code: TopicFailure['code']): string {
  return code.startsWith('topic-') ? code : `topic-${code}`
}

/** Names the field that is refused, so that a form can say it there. */
function refusalOf({ code, message, field }: TopicFailure): Refusal {
  const kind = KINDS[code]
  const name = problemCode(code)
  if (field === undefined) return new Refusal(kind, name, message)
  return new Refusal(kind, name, message, [
    { code: name, severity: 'error', path: [field], message },
  ])
}

/** How the command line gets at topics: in a data folder, or through a server. */

import type { Env } from '@millrace/engine'
import { wire } from '@millrace/pipeline'
import type * as z from 'zod'
import { createTopicHandlers } from '../server/topic-desk.ts'
import { openDataLog, topicLock } from '../storage/data-log.ts'
import { createAsk } from './server-asking.ts'

export interface TopicAccess {
  list(): Promise<readonly wire.WireTopic[]>
  create(topic: z.input<typeof wire.newTopic>): Promise<wire.WireTopic>
  describe(topic: string): Promise<wire.WireTopic>
  remove(topic: string): Promise<void>
  read(topic: string, query: ReadQuery): Promise<z.output<typeof wire.topicRecords>>
  produce(topic: string, record: wire.NewTopicRecord): Promise<z.output<typeof wire.producedRecord>>
  close(): Promise<void>
}

export interface ReadQuery {
  readonly partition: number
  readonly offset?: number
  readonly at?: number
  readonly limit: number
}

const NO_QUERY = { client: '', body: {}, query: {} }

/** The same handlers as the API's, on a log of its own. */
export async function openFolderTopics(env: Env, dataFolder: string): Promise<TopicAccess> {
  const { log, close } = await openDataLog(env, dataFolder, {
    ...topicLock(env, 'millrace topic'),
    wayOut: 'Ask that one with --server URL, stop it, or choose another folder with --data.',
  })
  const handlers = createTopicHandlers(env, log)
  const named = (topic: string) => ({ ...NO_QUERY, params: { topic } })
  return {
    list: () => handlers.listTopics(),
    create: (topic) => handlers.createTopic({ ...NO_QUERY, params: {}, body: topic }),
    describe: (topic) => handlers.getTopic(named(topic)),
    remove: async (topic) => {
      await handlers.deleteTopic(named(topic))
    },
    read: (topic, query) => handlers.readTopic({ ...named(topic), query }),
    produce: (topic, body) => handlers.produceRecord({ ...named(topic), body }),
    close,
  }
}

export function openServerTopics(server: string): TopicAccess {
  const ask = createAsk(server)
  const of = (topic: string) => `/topics/${encodeURIComponent(topic)}`
  return {
    list: () => ask('GET', '/topics', wire.routes.listTopics.reply),
    create: (topic) => ask('POST', '/topics', wire.topicDescription, topic),
    describe: (topic) => ask('GET', of(topic), wire.topicDescription),
    remove: async (topic) => {
      await ask('DELETE', of(topic), wire.routes.deleteTopic.reply)
    },
    read: (topic, query) => {
      const words = Object.entries(query).map(([name, value]) => `${name}=${value}`)
      return ask('GET', `${of(topic)}/records?${words.join('&')}`, wire.topicRecords)
    },
    produce: (topic, record) => ask('POST', `${of(topic)}/records`, wire.producedRecord, record),
    close: async () => {},
  }
}

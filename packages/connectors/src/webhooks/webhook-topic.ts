/** The topic that belongs to a webhook: whoever receives and whoever reads make it alike. */

import { type NewTopicSettings, TopicFailure, type Topics } from '@millrace/engine'

const MB = 1024 * 1024

/** The largest that the body of a request may be set to. */
export const WEBHOOK_BYTES_MAX = 16 * MB

const SETTINGS: NewTopicSettings = {
  // One request is one append to one partition, so it is kept as a whole or not at all.
  partitions: 1,
  // What has been read goes by segments.
  segmentBytes: 4 * MB,
  // A CloudEvent's headers come on top.
  recordBytesMax: WEBHOOK_BYTES_MAX + MB,
}

export function webhookTopic(path: string): string {
  return `webhook.${path}`
}

/** Does nothing where it is there. */
export async function requireWebhookTopic(topics: Topics, topic: string): Promise<void> {
  try {
    await topics.create(topic, SETTINGS)
  } catch (error) {
    if (!(error instanceof TopicFailure) || error.code !== 'topic-exists') throw error
  }
}

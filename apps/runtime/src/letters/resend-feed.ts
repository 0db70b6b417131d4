/** What a hosted job is to try again, as the server has written it down. */

import { type ResendFeed, TopicFailure, type Topics } from '@millrace/engine'
import { decodeRequest, resendTopic } from './letter-events.ts'

const READ_BYTES = 1024 * 1024

/** The topic is there from the first request on. */
export function createResendFeed(topics: Topics, jobId: string): ResendFeed {
  return {
    read: async (fromPlace) => {
      try {
        const { records } = await topics.read(resendTopic(jobId), 0, fromPlace, READ_BYTES)
        return records.map(({ value, offset }) => decodeRequest(value ?? new Uint8Array(0), offset))
      } catch (error) {
        const nothing = error instanceof TopicFailure && error.code === 'unknown-topic'
        if (nothing) return []
        throw error
      }
    },
  }
}

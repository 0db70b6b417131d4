/** What a hosted job is to try again, as the server has written it down. */

import { type ResendFeed, TopicFailure, type Topics } from '@millrace/engine'
import { decodeRequest, resendTopic } from './letter-events.ts'
import type { LetterLine } from './letter-line.ts'

const READ_BYTES = 1024 * 1024

/**
 * The topic is there from the first request on. Somebody may have asked for a letter before it was
 * known that this job does not hold its refusal, or holds that it was accepted: these are left out.
 * Which refusal of a letter the job holds only the job can tell.
 */
export function createResendFeed(topics: Topics, jobId: string, line: LetterLine): ResendFeed {
  return {
    read: async (fromPlace) => {
      for (let from = fromPlace; ; ) {
        const { records, nextOffset, endOffset } = await readSome(topics, jobId, from)
        const requests = records
          .map(({ value, offset }) => decodeRequest(value ?? new Uint8Array(0), offset))
          .filter((request) => !line.leavesOut(request))
          .map((request) => {
            const { refusedIn: _, ...rest } = request
            const refusedIn = line.refusedIn(request)
            return refusedIn === undefined ? rest : { ...rest, refusedIn }
          })
        if (requests.length > 0 || nextOffset >= endOffset) return requests
        from = nextOffset
      }
    },
  }
}

async function readSome(topics: Topics, jobId: string, from: number) {
  try {
    return await topics.read(resendTopic(jobId), 0, from, READ_BYTES)
  } catch (error) {
    const nothing = error instanceof TopicFailure && error.code === 'unknown-topic'
    if (!nothing) throw error
    return { records: [], nextOffset: from, endOffset: from }
  }
}

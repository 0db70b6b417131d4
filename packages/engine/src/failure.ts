/** Why a job stopped although nobody asked it to. */

import { DiskError } from './env.ts'
import { TopicFailure } from './topics.ts'

export interface JobFailure {
  /** Who can mend it: the author of the pipeline, whoever runs the outside system, or us. */
  readonly domain: 'user' | 'external' | 'internal'
  /** Whether trying again may help. */
  readonly retry: boolean
  readonly nodeId?: string
  /** Fact, values, limit, next step. */
  readonly message: string
  readonly cause?: unknown
}

/** Thrown by operators and connectors to stop the job. */
export class JobFailed extends Error implements JobFailure {
  readonly domain: JobFailure['domain']
  readonly retry: boolean

  constructor(failure: Omit<JobFailure, 'nodeId'>) {
    super(failure.message, { cause: failure.cause })
    this.name = 'JobFailed'
    this.domain = failure.domain
    this.retry = failure.retry
  }
}

const SHOWN_LENGTH_MAX = 200

/** A record for the message of a failure: of a long one, the beginning and how long it is. */
export function shownRecord(text: string): string {
  if (text.length <= SHOWN_LENGTH_MAX) return text
  const cut = text.slice(0, SHOWN_LENGTH_MAX)
  // Half a character beyond the first 65,536 is not shown.
  const head = /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut
  return `${head}… (${text.length} characters)`
}

/**
 * A failure for whatever was thrown. What a disk refuses is the disk's doing, and what the log does
 * is for who looks after it or for the pipeline; anything else that is no `JobFailed` is our bug,
 * and says so.
 */
export function toJobFailure(error: unknown, nodeId: string | undefined): JobFailure {
  const node = nodeId === undefined ? {} : { nodeId }
  if (error instanceof JobFailed) {
    const { domain, retry, message, cause } = error
    return { domain, retry, message, cause, ...node }
  }
  if (error instanceof DiskError) {
    const advice = error.code === 'no-space' ? 'Free some space' : 'Look after the disk'
    const message = `The job cannot keep what it needs: ${error.message} ${advice} and start it again.`
    return { domain: 'external', retry: true, message, cause: error, ...node }
  }
  if (error instanceof TopicFailure) {
    const { message, retry } = error
    const domain = retry || error.code === 'damaged' ? 'external' : 'user'
    return { domain, retry, message, cause: error, ...node }
  }
  const text = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
  return {
    domain: 'internal',
    retry: false,
    message: `Millrace has a bug here: ${text}. Report it with the pipeline that shows it.`,
    cause: error,
    ...node,
  }
}

/** What the log refuses, as a failure of the job. */

import { type Env, JobFailed, TopicFailure, type Topics } from '@millrace/engine'

export function requireTopics(env: Env): Topics {
  if (env.topics !== undefined) return env.topics
  const message =
    'There is no log here that topics could be in. Deploy the pipeline on a server, or run it with ' +
    '"millrace run --data FOLDER".'
  throw new JobFailed({ domain: 'user', retry: false, message })
}

/** A `JobFailed` for a `TopicFailure`; any other error as it is. */
export function topicFailure(error: unknown): unknown {
  if (!(error instanceof TopicFailure)) return error
  const isOutside = error.retry || error.code === 'damaged'
  return new JobFailed({
    domain: isOutside ? 'external' : 'user',
    retry: error.retry,
    message: error.message,
    cause: error,
  })
}

export async function toldOfTopic<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw topicFailure(error)
  }
}

/** What a connector needs the log for. */

import { type Env, JobFailed, type Topics } from '@millrace/engine'

export function requireTopics(env: Env): Topics {
  if (env.topics !== undefined) return env.topics
  const message =
    'There is no log here that topics could be in. Deploy the pipeline on a server, or run it with ' +
    '"millrace run --data FOLDER".'
  throw new JobFailed({ domain: 'user', retry: false, message })
}

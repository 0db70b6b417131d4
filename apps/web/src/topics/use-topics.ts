/** The topics and their users, asked for again and again while a page shows them. */

import { oneLine, type wire } from '@millrace/pipeline'
import { useCallback, useMemo } from 'react'
import type { Api } from '../api/api.ts'
import { type PollRefusal, usePolled } from '../api/use-polled.ts'
import type { BrowserEnv } from '../env/browser-env.ts'
import { AppendRates, inOrder } from './topic-figures.ts'

const REFRESH_MS = 2_000
/** Who uses topics changes with deploys, and is long where there are hundreds of both. */
const USES_REFRESH_MS = 5_000

export interface WatchedTopics {
  readonly topics: readonly wire.WireTopic[] | undefined
  readonly uses: readonly wire.TopicUse[]
  readonly refusal: PollRefusal | undefined
  /** Records written. */
  perSecond(topic: string): number | undefined
}

export function useTopics(api: Api, env: BrowserEnv): WatchedTopics {
  const rates = useMemo(() => new AppendRates(), [])
  const read = useCallback(async () => {
    const answer = await api.call('listTopics', {})
    if (answer.kind === 'done') rates.take(env.nowMs(), answer.reply)
    return answer
  }, [api, env, rates])
  const { value, refusal } = usePolled(read, REFRESH_MS, env)
  const topics = useMemo(() => value && inOrder(value), [value])
  const uses = useUses(api, env)
  return { topics, uses, refusal, perSecond: (topic) => rates.perSecond(topic) }
}

export interface WatchedTopic {
  readonly topic: wire.WireTopic | undefined
  readonly uses: readonly wire.TopicUse[]
  readonly refusal: PollRefusal | undefined
  readonly perSecond: number | undefined
  refresh(): void
}

export function useTopic(api: Api, env: BrowserEnv, name: string): WatchedTopic {
  const rates = useMemo(() => new AppendRates(), [])
  const read = useCallback(async () => {
    const answer = await api.call('getTopic', { params: { topic: name } })
    if (answer.kind === 'done') rates.take(env.nowMs(), [answer.reply])
    return answer
  }, [api, env, name, rates])
  const { value: topic, refusal, refresh } = usePolled(read, REFRESH_MS, env)
  const uses = useUses(api, env).filter((use) => use.topic === name)
  return { topic, uses, refusal, perSecond: rates.perSecond(name), refresh }
}

const NOBODY: readonly wire.TopicUse[] = []

function useUses(api: Api, env: BrowserEnv): readonly wire.TopicUse[] {
  const read = useCallback(() => api.call('listTopicUses', {}), [api])
  const { value = NOBODY } = usePolled(read, USES_REFRESH_MS, env)
  return useMemo(
    () => value.map((use) => ({ ...use, pipelineName: oneLine(use.pipelineName) })),
    [value],
  )
}

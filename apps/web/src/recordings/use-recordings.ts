/** The recordings, asked for again and again while somebody looks. */

import { wire } from '@millrace/pipeline'
import { useCallback, useState } from 'react'
import type { Api } from '../api/api.ts'
import { type Polled, usePolled } from '../api/use-polled.ts'
import type { BrowserEnv } from '../env/browser-env.ts'

const REFRESH_MS = 1_500
const REPLAY_MS = 400
const SELDOM_MS = 60_000

/** Of one pipeline, or all of them. */
export function useRecordings(
  api: Api,
  env: BrowserEnv,
  pipelineId?: string,
): Polled<readonly wire.WireRecording[]> {
  const read = useCallback(
    () => api.call('listRecordings', { query: { pipelineId } }),
    [api, pipelineId],
  )
  return usePolled(read, REFRESH_MS, env)
}

export function useRecording(api: Api, env: BrowserEnv, id: string): Polled<wire.WireRecording> {
  const read = useCallback(() => api.call('getRecording', { params: { id } }), [api, id])
  return usePolled(read, REFRESH_MS, env)
}

export function useReplays(
  api: Api,
  env: BrowserEnv,
  id: string,
): Polled<readonly wire.ReplaySummary[]> {
  const read = useCallback(() => api.call('listReplays', { params: { id } }), [api, id])
  return usePolled(read, REFRESH_MS, env)
}

/** Often while it runs; once it has ended or is gone, seldom, since it stays as it is. */
export function useReplay(
  api: Api,
  env: BrowserEnv,
  id: string,
  replay: string,
): Polled<wire.ReplayStatus> {
  const [over, setOver] = useState(false)
  const read = useCallback(async () => {
    const answer = await api.call('getReplay', { params: { id, replay } })
    const gone = answer.kind === 'refused' && answer.status === 404
    setOver(gone || (answer.kind === 'done' && answer.reply.state !== 'running'))
    return answer
  }, [api, id, replay])
  return usePolled(read, over ? SELDOM_MS : REPLAY_MS, env)
}

/** Where a recording is taken away from, as one file. */
export function archiveUrl(recordingId: string): string {
  return `${wire.API_ROOT}/recordings/${recordingId}/archive`
}

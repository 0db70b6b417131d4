/** The backfill of this pipeline, asked for again and again: often while it runs. */

import type { wire } from '@millrace/pipeline'
import { useCallback, useState } from 'react'
import { type Polled, usePolled } from '../api/use-polled.ts'
import { useSession } from '../editor/session.tsx'

const RUNNING_MS = 500
const QUIET_MS = 4_000

export function useBackfill(): Polled<{ readonly backfill: wire.BackfillStatus | null }> {
  const { api, env, pipelineId } = useSession()
  const [runs, setRuns] = useState(false)
  const read = useCallback(async () => {
    const answer = await api.call('getBackfill', { params: { id: pipelineId } })
    setRuns(answer.kind === 'done' && isRunning(answer.reply.backfill))
    return answer
  }, [api, pipelineId])
  return usePolled(read, runs ? RUNNING_MS : QUIET_MS, env)
}

export function isRunning(backfill: wire.BackfillStatus | null | undefined): boolean {
  return backfill?.state === 'running' || backfill?.state === 'switching'
}

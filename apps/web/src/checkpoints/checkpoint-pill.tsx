/** How old the last checkpoint of the job is, in the top bar; pressed, it opens all of them. */

import { Archive } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useSession } from '../editor/session.tsx'
import { useJobStatus, useLive } from '../live/live.tsx'
import { pillWords } from './checkpoint-words.ts'

const TICK_MS = 1_000

export function CheckpointPill(): ReactNode {
  const { workbench } = useSession()
  const { env, job } = useLive()
  const status = useJobStatus()
  const hostNowMs = () => env.nowMs() + job.clockOffsetMs()
  const [nowMs, setNowMs] = useState(hostNowMs)
  const ticks = status?.endedAtMs === null
  // biome-ignore lint/correctness/useExhaustiveDependencies: every tick plans the next one
  useEffect(() => {
    if (!ticks) return undefined
    return env.after(TICK_MS, () => setNowMs(hostNowMs()))
  }, [ticks, nowMs, env, job])
  const words = pillWords(status, nowMs)
  if (words === undefined) return null
  return (
    <button
      type="button"
      className="pill checkpoint-pill"
      data-tone={words.tone}
      title={words.detail}
      onClick={() => workbench.showDrawer('checkpoints')}
    >
      <Archive size={12} aria-hidden />
      <span className="checkpoint-words">{words.label}</span>
    </button>
  )
}

/** Shows on a terminal how far a job is: one line, refreshed in place. */

import type { Env } from '@millrace/engine'
import type { PipelineJob } from './pipeline-job.ts'
import type { TextOutput } from './terminal.ts'
import { countText, watermarkIso } from './text-table.ts'

const REFRESH_MS = 200

/** Returns how to end it, which clears the line. Writes nothing where nobody looks. */
export function showProgress(pipelineJob: PipelineJob, output: TextOutput, env: Env): () => void {
  if (!output.isTerminal) return () => {}
  const { clock, timers } = env
  let before = { records: 0, ms: clock.monotonicMs() }
  let shown = false
  let cancel = timers.after(REFRESH_MS, refresh)
  function refresh(): void {
    const now = { records: pipelineJob.records(), ms: clock.monotonicMs() }
    const perSecond = ((now.records - before.records) * 1000) / Math.max(1, now.ms - before.ms)
    before = now
    const line = progressLine(now.records, perSecond, pipelineJob.watermarkMs())
    output.refresh(line.slice(0, Math.max(0, output.columns - 1)))
    shown = true
    cancel = timers.after(REFRESH_MS, refresh)
  }
  return () => {
    cancel()
    if (shown) output.refresh('')
  }
}

export function progressLine(records: number, perSecond: number, watermarkMs: number): string {
  const watermark =
    watermarkMs === Number.POSITIVE_INFINITY
      ? 'at the end of input'
      : `watermark ${watermarkIso(watermarkMs) ?? 'none yet'}`
  return `${countText(records)} records  ${countText(Math.round(perSecond))}/s  ${watermark}`
}

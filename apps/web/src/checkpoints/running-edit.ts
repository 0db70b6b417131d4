/** Whether what is drawn differs from what runs, beyond where things lie and their titles. */

import { type Pipeline, writeDocument } from '@millrace/pipeline'
import { useEffect, useMemo, useState } from 'react'
import { fromDocumentJson } from '../api/document-json.ts'
import { usePipeline, useSession } from '../editor/session.tsx'
import { isActive } from '../live/job-words.ts'
import { useJobFact } from '../live/live.tsx'

/** What a job does with a pipeline: the same text for the same work. */
export function workOf(pipeline: Pipeline): string {
  const nodes = new Map(
    [...pipeline.nodes].map(([id, { operator, config }]) => [id, { operator, config }]),
  )
  return writeDocument({ ...pipeline, name: '', nodes, layout: new Map(), notes: [] })
}

/** False as long as it is not known. */
export function useIsEdited(): boolean {
  const { api, pipelineId } = useSession()
  const pipeline = usePipeline()
  const version = useJobFact((status) => (isActive(status) ? status.version : undefined))
  const [running, setRunning] = useState<{ readonly version: number; readonly work: string }>()
  useEffect(() => {
    if (version === undefined) return undefined
    let left = false
    const params = { id: pipelineId, version: `${version}` }
    void api.call('getVersion', { params }).then((answer) => {
      if (left || answer.kind !== 'done') return
      const read = fromDocumentJson(answer.reply.document).pipeline
      if (read !== undefined) setRunning({ version, work: workOf(read) })
    })
    return () => {
      left = true
    }
  }, [api, pipelineId, version])
  const known = running !== undefined && running.version === version ? running.work : undefined
  return useMemo(() => known !== undefined && workOf(pipeline) !== known, [pipeline, known])
}

/** Keeps the problems of files, topics and webhooks up to date while a pipeline is open. */

import { useEffect } from 'react'
import { useSession } from '../editor/session.tsx'
import { isActive } from '../live/job-words.ts'
import { useLive } from '../live/live.tsx'
import { watchPlaces } from './watch-places.ts'

export default function PlacesWatch(): null {
  const { api, editor, env, pipelineId } = useSession()
  const { job, connection } = useLive()
  useEffect(() => {
    return watchPlaces({
      ...{ api, editor, env, pipelineId },
      isVisible: () => document.visibilityState === 'visible',
      onOccasion: (callback) => {
        let ran = isActive(job.status.get())
        const stops = [
          connection.onConnected(callback),
          job.status.subscribe(() => {
            const runs = isActive(job.status.get())
            if (ran && !runs) callback()
            ran = runs
          }),
        ]
        window.addEventListener('focus', callback)
        document.addEventListener('visibilitychange', callback)
        return () => {
          for (const stop of stops) stop()
          window.removeEventListener('focus', callback)
          document.removeEventListener('visibilitychange', callback)
        }
      },
    })
  }, [api, editor, env, pipelineId, job, connection])
  return null
}

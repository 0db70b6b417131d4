/** The versions of a pipeline a page at a time, read again when one is saved. */

import type { wire } from '@millrace/pipeline'
import { useCallback, useEffect, useState } from 'react'
import { type Api, messageOf } from '../api/api.ts'

export type HistoryOnly = 'all' | 'ran'

export interface ShownHistory {
  /** Undefined until the first page is there. */
  readonly entries: readonly wire.HistoryEntry[] | undefined
  readonly hasOlder: boolean
  readonly reading: boolean
  readonly refusal: string | undefined
  readOlder(): void
  readAgain(): void
}

const PAGE = 40

interface Read {
  readonly only: HistoryOnly
  readonly entries: readonly wire.HistoryEntry[] | undefined
  readonly next: number | null
  readonly refusal: string | undefined
}

/** `saved` is the newest version that this page knows of. */
export function useHistory(
  api: Api,
  pipelineId: string,
  only: HistoryOnly,
  saved: number | undefined,
): ShownHistory {
  const [state, setState] = useState<Read>()
  const [reading, setReading] = useState(true)
  const read = useCallback(
    async (before: number | undefined, isWanted: () => boolean) => {
      setReading(true)
      const place = before === undefined ? {} : { before: `${before}` }
      const query = { only, limit: `${PAGE}`, ...place }
      const answer = await api.call('getHistory', { params: { id: pipelineId }, query })
      if (!isWanted()) return
      setReading(false)
      setState((known) => {
        const own = known?.only === only ? known : undefined
        if (answer.kind !== 'done') {
          const { entries, next = null } = own ?? {}
          return { only, entries, next, refusal: messageOf(answer) }
        }
        const { entries, next } = answer.reply
        const newer = before === undefined ? [] : (own?.entries ?? [])
        return { only, entries: [...newer, ...entries], next, refusal: undefined }
      })
    },
    [api, pipelineId, only],
  )
  const [asked, setAsked] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a save adds a version to the list
  useEffect(() => {
    let left = false
    void read(undefined, () => !left)
    return () => {
      left = true
    }
  }, [read, saved, asked])
  const shown = state?.only === only ? state : undefined
  const next = shown?.next ?? null
  return {
    entries: shown?.entries,
    hasOlder: next !== null,
    reading,
    refusal: shown?.refusal,
    readOlder: () => {
      if (next !== null && !reading) void read(next, () => true)
    },
    readAgain: () => setAsked((count) => count + 1),
  }
}

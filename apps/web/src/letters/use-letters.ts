/** The dead letters of the open pipeline for whoever shows something of them. */

import { useCallback, useEffect, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { type Session, useSession } from '../editor/session.tsx'
import { liveOf, useDerived, useJobStatus, useLive, useValue } from '../live/live.tsx'
import { createValueStore } from '../live/value-store.ts'
import { createLetterWatch, type LetterCounts, type LetterWatch } from './letter-watch.ts'
import { type ReplayBar, replayBar } from './letter-words.ts'
import { type LettersPlace, lettersHref, readLettersPlace } from './letters-place.ts'

interface Shared {
  readonly watch: LetterWatch
  users: number
}

/** One for each open pipeline, for as long as anything shows of it. */
const shared = new WeakMap<Session, Shared>()

function take(session: Session): Shared {
  const known = shared.get(session)
  if (known !== undefined) return known
  const { pipelineId, api } = session
  const { connection, env } = liveOf(session)
  const made = { watch: createLetterWatch({ pipelineId, api, connection, env }), users: 0 }
  shared.set(session, made)
  return made
}

/** Undefined for the moment before it is there. */
export function useLetterWatch(): LetterWatch | undefined {
  const session = useSession()
  const [watch, setWatch] = useState<LetterWatch>()
  useEffect(() => {
    const used = take(session)
    used.users++
    setWatch(used.watch)
    return () => {
      used.users--
      if (used.users > 0) return
      used.watch.close()
      shared.delete(session)
    }
  }, [session])
  return watch
}

const NO_COUNTS = createValueStore<LetterCounts>({
  groups: [],
  books: undefined,
  message: undefined,
})

export function useLetterCounts(): LetterCounts {
  const watch = useLetterWatch()
  return useValue(watch?.counts ?? NO_COUNTS)
}

const NO_CHANGES = createValueStore(0)

/** Another number whenever something has happened to letters. */
export function useLetterChanges(): number {
  const watch = useLetterWatch()
  return useValue(watch?.changes ?? NO_CHANGES)
}

const TICK_MS = 1_000

/** The host's clock, each second. */
export function useHostNow(): number {
  const { env, job } = useLive()
  const [nowMs, setNowMs] = useState(() => env.nowMs() + job.clockOffsetMs())
  // biome-ignore lint/correctness/useExhaustiveDependencies: every tick plans the next one
  useEffect(
    () => env.after(TICK_MS, () => setNowMs(env.nowMs() + job.clockOffsetMs())),
    [env, job, nowMs],
  )
  return nowMs
}

export function useReplayBar(): ReplayBar {
  const { connection } = useLive()
  const status = useJobStatus()
  const away = useDerived(
    connection.state,
    ({ kind }) => kind === 'reconnecting' || kind === 'gone',
  )
  return replayBar(status, away)
}

export interface LettersWay {
  readonly place: LettersPlace
  /** Goes to another place; what is not named stays as it is. */
  go(change: Partial<LettersPlace>): void
  close(): void
}

export function useLettersWay(): LettersWay {
  const { pipelineId } = useSession()
  const search = useSearch()
  const [, navigate] = useLocation()
  const go = useCallback(
    (change: Partial<LettersPlace>) => {
      const next = { ...readLettersPlace(search), ...change }
      navigate(lettersHref(pipelineId, next), { replace: true })
    },
    [pipelineId, search, navigate],
  )
  const close = useCallback(() => navigate(`/pipelines/${pipelineId}`), [pipelineId, navigate])
  return { place: readLettersPlace(search), go, close }
}

/**
 * One live connection a page, and what React reads of it: values by node, each with its own
 * subscription.
 */

import type { wire } from '@millrace/pipeline'
import {
  createContext,
  type RefObject,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from 'react'
import type { Answer } from '../api/api.ts'
import { createPageBreakpoints, type PageBreakpoints } from '../breakpoints/page-breakpoints.ts'
import type { Analysis } from '../editor/analysis.ts'
import { type Session, useEditorState, useSession } from '../editor/session.tsx'
import { type Board, toBoard } from './board.ts'
import { type Connection, createConnection } from './connection.ts'
import type { LiveEnv } from './env.ts'
import { createLiveEnv } from './live-env.ts'
import { createLiveJob, type LiveJob, type NodeLevel } from './live-job.ts'
import { openSocket } from './open-socket.ts'
import type { ReadableValue } from './value-store.ts'

export interface Live {
  readonly connection: Connection
  readonly job: LiveJob
  readonly breakpoints: PageBreakpoints
  readonly env: LiveEnv
}

/** Tests put a live connection of their own here; a page makes one when it first needs it. */
export const LiveContext = createContext<Live | undefined>(undefined)

/** By the page's API client, which lives as long as the page. */
const lives = new WeakMap<Session['api'], Live>()

export function useLive(): Live {
  const given = useContext(LiveContext)
  const session = useSession()
  return given ?? liveOf(session)
}

export function liveOf({ api, env: browser }: Session): Live {
  const known = lives.get(api)
  if (known !== undefined) return known
  const env = createLiveEnv(browser)
  const connection = createConnection(openSocket(), env)
  const reader = {
    newestJob: async (pipelineId: string) => {
      const query = { pipelineId, limit: '1' }
      return replyOf(await api.call('listJobs', { query }))[0]
    },
    readLog: async (id: string) => replyOf(await api.call('getJobLog', { params: { id } })),
  }
  const job = createLiveJob(connection, reader, env)
  const breakpoints = createPageBreakpoints(connection, job, browser.storage)
  const live = { connection, job, breakpoints, env }
  lives.set(api, live)
  return live
}

function replyOf<Reply>(answer: Answer<Reply>): Reply {
  if (answer.kind === 'done') return answer.reply
  throw new Error(answer.kind === 'away' ? answer.message : answer.error.message)
}

/** What may be compared with `===`, so that a value that is the same renders nothing. */
type Plain = string | number | boolean | undefined | null

export function useValue<T>(store: ReadableValue<T>): T {
  return useSyncExternalStore(
    useCallback((listener) => store.subscribe(listener), [store]),
    () => store.get(),
  )
}

export function useDerived<T, Derived extends Plain>(
  store: ReadableValue<T>,
  derive: (value: T) => Derived,
): Derived {
  return useSyncExternalStore(
    useCallback((listener) => store.subscribe(listener), [store]),
    () => derive(store.get()),
  )
}

export function useJobStatus(): wire.JobStatus | undefined {
  return useValue(useLive().job.status)
}

export function useJobFact<Derived extends Plain>(
  derive: (status: wire.JobStatus | undefined) => Derived,
): Derived {
  return useDerived(useLive().job.status, derive)
}

/** Something of a node's metrics; renders only when it is another value. */
export function useMetric<Derived extends Plain>(
  nodeId: string,
  derive: (metrics: wire.NodeMetrics | undefined) => Derived,
): Derived {
  const { metrics } = useLive().job
  return useSyncExternalStore(
    useCallback((listener) => metrics.subscribe(nodeId, listener), [metrics, nodeId]),
    () => derive(metrics.get(nodeId)),
  )
}

/** Reads the metrics of any node when it is called, and renders for nothing. */
export function useMetricsReader(): (nodeId: string) => wire.NodeMetrics | undefined {
  return useLive().job.metrics.get
}

/** Something of a node seen against the clock and the rest of the pipeline. */
export function useLevel<Derived extends Plain>(
  nodeId: string,
  derive: (level: NodeLevel) => Derived,
): Derived {
  const { job } = useLive()
  return useSyncExternalStore(
    useCallback((listener) => job.levels.subscribe(nodeId, listener), [job, nodeId]),
    () => derive(levelOf(job, nodeId)),
  )
}

/** Reads a node's level when it is called, and renders for nothing. */
export function useLevelReader(nodeId: string): () => NodeLevel {
  const { job } = useLive()
  return useCallback(() => levelOf(job, nodeId), [job, nodeId])
}

/**
 * Writes something of a node straight to an element, past React: for bars, which move with every
 * frame. `write` is called only when `derive` gives another value, and has to be the same function
 * each time.
 */
export function useLevelWriter<Derived extends Plain>(
  nodeId: string,
  element: RefObject<HTMLElement | null>,
  derive: (level: NodeLevel) => Derived,
  write: (element: HTMLElement, value: Derived) => void,
): void {
  const { job } = useLive()
  useEffect(() => {
    let shown: Derived | undefined
    const update = () => {
      const value = derive(levelOf(job, nodeId))
      if (element.current === null || Object.is(value, shown)) return
      shown = value
      write(element.current, value)
    }
    update()
    return job.levels.subscribe(nodeId, update)
  }, [job, nodeId, element, derive, write])
}

const NO_LEVEL: NodeLevel = {
  metrics: undefined,
  surface: { atMs: 0, scale: undefined },
  heldBack: undefined,
}

function levelOf(job: LiveJob, nodeId: string): NodeLevel {
  return job.levels.get(nodeId) ?? NO_LEVEL
}

const boards = new WeakMap<Analysis['checked'], Board>()

/** The pipeline on the canvas, as watching needs it. */
export function useBoard(): Board {
  const checked = useEditorState(({ analysis }) => analysis.checked)
  return useMemo(() => boardOf(checked), [checked])
}

export function boardOf(checked: Analysis['checked']): Board {
  const known = boards.get(checked)
  if (known !== undefined) return known
  const board = toBoard(checked)
  boards.set(checked, board)
  return board
}

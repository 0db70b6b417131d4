/**
 * The breakpoints of the open pipeline, kept by this browser and set at the host for as long as a
 * job of the pipeline runs and this page is connected: the host forgets them with the connection,
 * and a new job knows nothing of them.
 */

import type { wire } from '@millrace/pipeline'
import type { TextStore } from '../env/browser-env.ts'
import type { Connection } from '../live/connection.ts'
import { isActive } from '../live/job-words.ts'
import type { LiveJob } from '../live/live-job.ts'
import { createValueStore, type ReadableValue } from '../live/value-store.ts'
import {
  type Breakpoint,
  type Breakpoints,
  breakpointsKey,
  fromText,
  NO_BREAKPOINTS,
  toText,
  withBreakpoint,
  withoutBreakpoint,
} from './breakpoint-list.ts'

export interface PageBreakpoints {
  readonly points: ReadableValue<Breakpoints>
  /** Why the host has not set one, by key. */
  readonly refusals: ReadableValue<ReadonlyMap<string, string>>
  /** Those of this pipeline; `undefined` of none. */
  follow(pipelineId: string | undefined): void
  put(point: Breakpoint): void
  remove(key: string): void
  removeAll(): void
  /** Whether any is on. */
  readonly waits: boolean
  /** Whether this page has set it. */
  isOwn(breakpointId: string): boolean
  /** When all that are on have been set at this job, or refused. */
  settled(jobId: string): Promise<void>
}

interface Asked {
  readonly jobId: string
  readonly wish: string
  readonly answered: Promise<void>
  id: string | undefined
}

/** Nothing is wrong with the breakpoint: it is set when the job has its place, or is there. */
const PASSING: ReadonlySet<string> = new Set([
  'job-restarting',
  'job-not-hosted',
  'no-such-job',
  'not-connected',
  'no-answer',
])

type Watched = Pick<LiveJob, 'status'>

export function createPageBreakpoints(
  connection: Connection,
  job: Watched,
  storage: TextStore,
): PageBreakpoints {
  return new HeldBreakpoints(connection, job, storage)
}

class HeldBreakpoints implements PageBreakpoints {
  readonly points = createValueStore<Breakpoints>(NO_BREAKPOINTS)
  readonly refusals = createValueStore<ReadonlyMap<string, string>>(new Map())
  readonly #connection: Connection
  readonly #job: Watched
  readonly #storage: TextStore
  #pipelineId: string | undefined
  #asked = new Map<string, Asked>()

  constructor(connection: Connection, job: Watched, storage: TextStore) {
    this.#connection = connection
    this.#job = job
    this.#storage = storage
    connection.onConnected(() => {
      this.#asked.clear()
      this.#sync()
    })
    job.status.subscribe(() => this.#sync())
  }

  follow(pipelineId: string | undefined): void {
    if (pipelineId === this.#pipelineId) return
    this.#pipelineId = pipelineId
    const kept =
      pipelineId === undefined ? undefined : this.#storage.read(breakpointsKey(pipelineId))
    this.points.set(fromText(kept))
    this.#sync()
  }

  put(point: Breakpoint): void {
    this.#change(withBreakpoint(this.points.get(), point))
  }

  remove(key: string): void {
    this.#change(withoutBreakpoint(this.points.get(), key))
  }

  removeAll(): void {
    this.#change(NO_BREAKPOINTS)
  }

  get waits(): boolean {
    return [...this.points.get().values()].some(({ on }) => on)
  }

  isOwn(breakpointId: string): boolean {
    return [...this.#asked.values()].some(({ id }) => id === breakpointId)
  }

  async settled(jobId: string): Promise<void> {
    this.#sync()
    const asked = [...this.#asked.values()].filter((one) => one.jobId === jobId)
    await Promise.all(asked.map(({ answered }) => answered))
  }

  #change(points: Breakpoints): void {
    this.points.set(points)
    if (this.#pipelineId !== undefined) {
      const key = breakpointsKey(this.#pipelineId)
      if (points.size === 0) this.#storage.remove(key)
      else this.#storage.write(key, toText(points))
    }
    this.#sync()
  }

  /** Asks for what is not set, and takes away what is set and not wanted. */
  #sync(): void {
    const status = this.#job.status.get()
    const jobId = isActive(status) ? status.jobId : undefined
    const wanted = new Map(
      [...this.points.get()].flatMap(([key, point]) =>
        point.on && jobId !== undefined ? [[key, wishOf(jobId, point)] as const] : [],
      ),
    )
    for (const [key, asked] of this.#asked) {
      const wish = wanted.get(key)
      if (wish !== undefined && JSON.stringify(wish) === asked.wish) continue
      this.#asked.delete(key)
      this.#refuse(key, undefined)
      if (asked.id !== undefined && asked.jobId === jobId) this.#clear(asked.id)
    }
    for (const [key, wish] of wanted) if (!this.#asked.has(key)) this.#set(key, wish)
  }

  #set(key: string, wish: wire.SocketRequest<'setBreakpoint'>): void {
    const answer = this.#connection.request('setBreakpoint', wish)
    const answered = answer.then((said) => {
      const isWanted = this.#asked.get(key) === asked
      if (said.ok) {
        const { breakpointId } = said.reply
        if (isWanted) asked.id = breakpointId
        else this.#clear(breakpointId)
      } else if (isWanted) {
        if (PASSING.has(said.code)) this.#asked.delete(key)
        else this.#refuse(key, said.message)
      }
    })
    const { jobId } = wish
    const asked: Asked = { jobId, wish: JSON.stringify(wish), answered, id: undefined }
    this.#asked.set(key, asked)
  }

  #clear(breakpointId: string): void {
    void this.#connection.request('clearBreakpoint', { breakpointId })
  }

  #refuse(key: string, message: string | undefined): void {
    const before = this.refusals.get()
    if (before.get(key) === message) return
    const others = [...before].filter(([other]) => other !== key)
    this.refusals.set(new Map(message === undefined ? others : [...others, [key, message]]))
  }
}

function wishOf(jobId: string, point: Breakpoint): wire.SocketRequest<'setBreakpoint'> {
  const { node, port, where, skip } = point
  return { jobId, nodeId: node, port, skip, ...(where === '' ? {} : { where }) }
}

/**
 * Who waits for which record in the jobs, by socket. Sets breakpoints again when a job runs in a
 * new host. A job stands at one for somebody who looks: it goes on when everybody has left.
 */

import type { Env } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { HostRequest, JobNews } from '../supervision/messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import { isRefusal } from '../supervision/supervised-job.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import type { Viewer } from './outbox.ts'

const BREAKPOINTS_MAX = 16
/** A page that is loaded again, or whose network was gone, is back before. */
export const ALONE_MS = 60_000

export interface BreakpointsOptions {
  readonly env: Env
  supervisor(): Pick<Supervisor, 'ask' | 'control' | 'status'>
  /** Whether anybody looks at the job. */
  isWatched(jobId: string): boolean
  noted(jobId: string, news: JobNews): void
  onFault(error: unknown): void
}

type Wish = wire.SocketRequest<'setBreakpoint'> & { readonly skip: number }

interface SetBreakpoint {
  readonly request: HostRequest<'setBreakpoint'>
  readonly viewer: Viewer
}

export class Breakpoints {
  readonly #options: BreakpointsOptions
  readonly #set = new Map<string, SetBreakpoint>()
  /** By job. */
  readonly #looks = new Map<string, () => void>()
  #closed = false

  constructor(options: BreakpointsOptions) {
    this.#options = options
  }

  /** Rejects with a `Refusal`. */
  async set(viewer: Viewer, wish: Wish): Promise<wire.SocketReply<'setBreakpoint'>> {
    const { supervisor, env } = this.#options
    const own = [...this.#set.values()].filter((one) => one.viewer.id === viewer.id)
    if (own.length >= BREAKPOINTS_MAX) {
      const message = `This page has ${BREAKPOINTS_MAX} breakpoints set, and may have no more. Remove one first.`
      throw new Refusal('conflict', 'too-many-breakpoints', message)
    }
    const breakpointId = env.ids.next()
    const request = { ...wish, breakpointId }
    // Before the answer: the page may leave until then.
    this.#set.set(breakpointId, { request, viewer })
    try {
      await supervisor().ask(wish.jobId, 'setBreakpoint', request)
    } catch (error) {
      this.#set.delete(breakpointId)
      throw error
    }
    if (!this.#set.has(breakpointId)) await this.#clearAtHost(request)
    return { breakpointId }
  }

  async clear(viewer: Viewer, breakpointId: string): Promise<void> {
    const found = this.#set.get(breakpointId)
    if (found?.viewer.id !== viewer.id) {
      const message = `There is no breakpoint "${breakpointId}" of this page. It may have been removed.`
      throw new Refusal('not-found', 'no-such-breakpoint', message)
    }
    this.#set.delete(breakpointId)
    await this.#clearAtHost(found.request)
  }

  /** The client is gone. */
  async leave(viewer: Viewer): Promise<void> {
    for (const [breakpointId, found] of this.#set) {
      if (found.viewer.id !== viewer.id) continue
      await this.clear(viewer, breakpointId)
      this.unwatched(found.request.jobId)
    }
  }

  jobRestarted(jobId: string): void {
    for (const { request } of this.#set.values()) {
      if (request.jobId !== jobId) continue
      void this.#options.supervisor().ask(jobId, 'setBreakpoint', request).catch(isRefusal)
    }
  }

  /** No record comes there any more. */
  jobEnded(jobId: string): void {
    for (const [breakpointId, { request }] of this.#set) {
      if (request.jobId === jobId) this.#set.delete(breakpointId)
    }
  }

  /** One who looked at the job has left. */
  unwatched(jobId: string): void {
    this.#looks.get(jobId)?.()
    if (this.#closed) return
    const cancel = this.#options.env.timers.after(ALONE_MS, () => {
      this.#looks.delete(jobId)
      this.#goOnAlone(jobId)
    })
    this.#looks.set(jobId, cancel)
  }

  /** Jobs stand where they stand. */
  close(): void {
    this.#closed = true
    for (const cancel of this.#looks.values()) cancel()
  }

  /** Where nobody is there who could let it go on. */
  #goOnAlone(jobId: string): void {
    const { supervisor, isWatched, noted, onFault } = this.#options
    const hit = supervisor().status(jobId)?.breakpoint
    if (hit === undefined || this.#set.has(hit.breakpointId) || isWatched(jobId)) return
    const message =
      'The page that had set the breakpoint has been gone for a minute, and nobody looks at the job: it is resumed.'
    noted(jobId, { kind: 'breakpoint', severity: 'info', message })
    supervisor().control({ jobId, action: 'resume' }).catch(isRefusal).catch(onFault)
  }

  /** Where the job or its host is gone, there is nothing left to clear. */
  async #clearAtHost({ jobId, breakpointId }: HostRequest<'setBreakpoint'>): Promise<void> {
    const body = { jobId, breakpointId }
    await this.#options.supervisor().ask(jobId, 'clearBreakpoint', body).catch(isRefusal)
  }
}

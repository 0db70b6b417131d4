/**
 * Reads what a sink holds once a second, only while somebody looks, and never two reads at a time.
 */

import type { LiveEnv } from '../../live/env.ts'
import { createValueStore, type ReadableValue } from '../../live/value-store.ts'
import type { SinkView } from './result-rows.ts'

export interface ViewState {
  readonly view: SinkView | undefined
  /** Why the last read gave nothing, in words. */
  readonly refusal: string | undefined
}

export interface ViewPoll {
  readonly state: ReadableValue<ViewState>
  close(): void
}

/** Gives the rows, or words for people that say why not. */
export type ReadView = () => Promise<SinkView | string>

const EVERY_MS = 1_000

/**
 * `active` says whether the job still changes; the last read after it has ended is the last one.
 */
export function openViewPoll(read: ReadView, active: () => boolean, env: LiveEnv): ViewPoll {
  const state = createValueStore<ViewState>({ view: undefined, refusal: undefined })
  let closed = false
  let cancel = () => {}
  const poll = async () => {
    const wasActive = active()
    const answer = await read()
    if (closed) return
    if (typeof answer === 'string') state.set({ ...state.get(), refusal: answer })
    else state.set({ view: answer, refusal: undefined })
    if (wasActive || typeof answer === 'string') cancel = env.after(EVERY_MS, () => void poll())
  }
  void poll()
  return {
    state,
    close() {
      closed = true
      cancel()
    },
  }
}

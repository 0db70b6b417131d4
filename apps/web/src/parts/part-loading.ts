/**
 * Loads code of the page when it is first needed, and waits while the server is away.
 *
 * A browser may remember for as long as the page is open that a module did not come. So the server
 * is asked first whether it is there: a part that is wanted meanwhile is loaded when it is back.
 */

import { createStore, type StoreApi } from 'zustand/vanilla'
import type { BrowserEnv } from '../env/browser-env.ts'

/**
 * `away`: a part is wanted, and the server does not answer. `reload`: the server answers, and yet
 * the part does not come, as after an update; only loading the page again helps.
 */
export type PartsState = 'complete' | 'away' | 'reload'

export interface PartLoading {
  readonly store: StoreApi<PartsState>
  /** What `get` resolves to at last. It is called again after each failure, and never given up. */
  load<T>(get: () => Promise<T>): Promise<T>
  /** Has `get` done already what a later `load` of it needs, where that is possible right now. */
  fetchAhead(get: () => Promise<unknown>): Promise<void>
}

export interface PartLoadingOptions {
  readonly env: Pick<BrowserEnv, 'after'>
  /** Whether the server itself answers, with whatever. */
  serverAnswers(): Promise<boolean>
}

const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 3_000

export function createPartLoading({ env, serverAnswers }: PartLoadingOptions): PartLoading {
  const store = createStore<PartsState>(() => 'complete')
  const missing = new Map<symbol, Exclude<PartsState, 'complete'>>()
  const ahead = new WeakSet<() => Promise<unknown>>()

  function note(part: symbol, state: PartsState): void {
    if (state === 'complete') missing.delete(part)
    else missing.set(part, state)
    const states = new Set(missing.values())
    store.setState(states.has('away') ? 'away' : states.has('reload') ? 'reload' : 'complete', true)
  }

  async function load<T>(get: () => Promise<T>): Promise<T> {
    const part = Symbol('part')
    for (let attempt = 0; ; attempt++) {
      if (!ahead.has(get) && !(await serverAnswers())) note(part, 'away')
      else {
        try {
          const value = await get()
          note(part, 'complete')
          return value
        } catch {
          ahead.delete(get)
          // One failure may be the server's last moment, or its first.
          note(part, attempt === 0 ? 'complete' : 'reload')
        }
      }
      const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt)
      await new Promise<void>((resolve) => {
        env.after(delayMs, resolve)
      })
    }
  }

  async function fetchAhead(get: () => Promise<unknown>): Promise<void> {
    if (!(await serverAnswers())) return
    try {
      await get()
      ahead.add(get)
    } catch {
      // Nobody has asked for it yet; whoever does is told.
    }
  }

  return { store, load, fetchAhead }
}

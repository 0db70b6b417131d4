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
  /**
   * What `get` resolves to at last. It is called again after each failure, and never given up but
   * by whoever wants it: then this does not resolve.
   */
  load<T>(get: () => Promise<T>, wanted?: AbortSignal): Promise<T>
  /** Asks at once for what is missing, and not only after a while. */
  retry(): void
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
  const waiting = new Set<() => void>()

  function note(part: symbol, state: PartsState): void {
    if (state === 'complete') missing.delete(part)
    else missing.set(part, state)
    const states = new Set(missing.values())
    store.setState(states.has('away') ? 'away' : states.has('reload') ? 'reload' : 'complete', true)
  }

  async function load<T>(get: () => Promise<T>, wanted?: AbortSignal): Promise<T> {
    const part = Symbol('part')
    const say = (state: PartsState): void => {
      note(part, wanted?.aborted === true ? 'complete' : state)
    }
    wanted?.addEventListener('abort', () => say('complete'))
    for (let attempt = 0; wanted?.aborted !== true; attempt++) {
      if (!ahead.has(get) && !(await serverAnswers())) say('away')
      else {
        try {
          const value = await get()
          ahead.add(get)
          say('complete')
          return value
        } catch {
          ahead.delete(get)
          // One failure may be the server's last moment, or its first.
          say(attempt === 0 ? 'complete' : 'reload')
        }
      }
      const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt)
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          waiting.delete(goOn)
          cancel()
          resolve()
        }
        const cancel = env.after(delayMs, goOn)
        waiting.add(goOn)
      })
    }
    return new Promise<never>(() => undefined)
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

  const retry = (): void => {
    for (const goOn of [...waiting]) goOn()
  }

  return { store, load, retry, fetchAhead }
}

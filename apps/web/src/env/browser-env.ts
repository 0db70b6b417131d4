/** The only place where the page touches clock, timers, dice, storage and downloads. */

/** Cancels what was planned; harmless when it has happened. */
export type Cancel = () => void

/**
 * Text that outlives the page. Reading and writing never throw: a full or locked store keeps
 * nothing.
 */
export interface TextStore {
  read(key: string): string | undefined
  write(key: string, text: string): boolean
  remove(key: string): void
  keys(): readonly string[]
}

export interface BrowserEnv {
  /** UTC milliseconds. */
  nowMs(): number
  after(delayMs: number, act: () => void): Cancel
  /** A number from 0 up to, but without, 1. */
  random(): number
  readonly storage: TextStore
  /** How many panels leave the canvas enough of the window. */
  panelsWithRoom(): 0 | 1 | 2
  /** Names this tab to the host, so that it is told of the saves of others only. */
  readonly clientId: string
}

export function createBrowserEnv(): BrowserEnv {
  return {
    nowMs: () => Date.now(),
    after: (delayMs, act) => {
      const timer = setTimeout(act, delayMs)
      return () => clearTimeout(timer)
    },
    random: () => Math.random(),
    storage: localTextStore(),
    panelsWithRoom: () => (window.innerWidth < 860 ? 0 : window.innerWidth < 1000 ? 1 : 2),
    clientId: Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join(''),
  }
}

function localTextStore(): TextStore {
  return {
    read: (key) => guarded(() => localStorage.getItem(key) ?? undefined),
    write: (key, text) =>
      guarded(() => {
        localStorage.setItem(key, text)
        return true
      }) ?? false,
    remove: (key) => {
      guarded(() => localStorage.removeItem(key))
    },
    keys: () => guarded(() => Object.keys(localStorage)) ?? [],
  }
}

/** Storage throws where the browser forbids it, and where it is full. */
function guarded<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

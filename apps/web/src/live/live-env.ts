/** The browser's world as the live layer sees it: the page's own, and its animation frames. */

import type { LiveEnv } from './env.ts'

export function createLiveEnv(env: Omit<LiveEnv, 'onNextFrame'>): LiveEnv {
  return {
    nowMs: () => env.nowMs(),
    random: () => env.random(),
    after: (delayMs, call) => env.after(delayMs, call),
    onNextFrame: (call) => {
      const request = requestAnimationFrame(call)
      return () => cancelAnimationFrame(request)
    },
  }
}

/** Asks the host again and again while a page shows the answer. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { BrowserEnv } from '../env/browser-env.ts'
import type { Answer } from './api.ts'

export interface Polled<T> {
  /** The latest answer; it stays while the host is away. */
  readonly value: T | undefined
  /** Why the last attempt brought nothing. */
  readonly refusal: PollRefusal | undefined
  /** Asks at once. */
  refresh(): void
}

export interface PollRefusal {
  /** `away` where no host answered. */
  readonly code: string
  readonly message: string
}

/**
 * `read` is called again at once when it is another function: wrap it in `useCallback`. As long as
 * `everyMs` is undefined the latest answer stays, and one under way is not shown.
 */
export function usePolled<T>(
  read: () => Promise<Answer<T>>,
  everyMs: number | undefined,
  env: Pick<BrowserEnv, 'after'>,
): Polled<T> {
  const [state, setState] = useState<Pick<Polled<T>, 'value' | 'refusal'>>({
    value: undefined,
    refusal: undefined,
  })
  const again = useRef(() => {})
  const answeredBy = useRef<typeof read>(undefined)
  useEffect(() => {
    if (everyMs === undefined && answeredBy.current === read) return undefined
    let left = false
    let cancel = (): void => {}
    let attempt = 0
    const ask = async (): Promise<void> => {
      cancel()
      const own = ++attempt
      const answer = await read()
      // Whoever asked meanwhile has a newer answer coming.
      if (left || own !== attempt) return
      answeredBy.current = read
      setState(({ value }) =>
        answer.kind === 'done'
          ? { value: answer.reply, refusal: undefined }
          : { value, refusal: refusalOf(answer) },
      )
      if (everyMs !== undefined) cancel = env.after(everyMs, () => void ask())
    }
    again.current = () => void ask()
    void ask()
    return () => {
      left = true
      cancel()
    }
  }, [read, everyMs, env])
  return { ...state, refresh: useCallback(() => again.current(), []) }
}

function refusalOf(answer: Exclude<Answer<unknown>, { kind: 'done' }>): PollRefusal {
  if (answer.kind === 'away') return { code: 'away', message: answer.message }
  const { code, message } = answer.error
  return { code, message }
}

/**
 * Parts of this page that are loaded when they are first needed, or before, while nothing else is
 * to be done: what is open goes on without the server, and so should what can be opened.
 */

import { type FunctionComponent, type LazyExoticComponent, lazy } from 'react'
import { answersForIt } from '../api/api.ts'
import { env } from '../env/current-env.ts'
import { createPartLoading } from './part-loading.ts'

type Get = () => Promise<unknown>

/** After this long nobody waits for the first picture any more. */
const AHEAD_AFTER_MS = 8_000

const { store, load, retry, fetchAhead } = createPartLoading({ env, serverAnswers })

async function serverAnswers(): Promise<boolean> {
  try {
    const answer = await fetch('/livez', { cache: 'no-store' })
    // What nobody reads counts as still coming, for whoever waits until nothing is.
    await answer.text()
    return !answersForIt(answer.status)
  } catch {
    return false
  }
}

const later: Get[] = []
let idle = false

export const partsState = store

/** What a dynamic import resolves to, however long the server is away meanwhile. */
export const loadPart = load

/** Asks at once for what has not come. */
export const retryParts = retry

/** As `lazy` of React, but it never breaks what it stands in. */
export function latePart<Props>(
  get: () => Promise<{ readonly default: FunctionComponent<Props> }>,
): LazyExoticComponent<FunctionComponent<Props>> {
  later.push(get)
  if (idle) void fetchParts()
  return lazy(() => load(get))
}

/** From a while after now on, loads what has not been asked for, one part after the other. */
export function fetchPartsWhenIdle(): void {
  env.after(AHEAD_AFTER_MS, () => void fetchParts())
}

/** Resolves when the page has nothing else to do; not every browser can tell. */
function nothingElse(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve())
    else env.after(0, resolve)
  })
}

/** A part that is loaded may tell of parts of its own. */
async function fetchParts(): Promise<void> {
  idle = false
  for (let get = later.shift(); get !== undefined; get = later.shift()) {
    await nothingElse()
    await fetchAhead(get)
  }
  idle = true
}

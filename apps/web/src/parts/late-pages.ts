/**
 * Pages whose code comes when somebody first goes there. Until it has come, whoever goes stays
 * where they are: while the server is away that is a page that works, and the other one is none.
 */

import type { FunctionComponent, LazyExoticComponent } from 'react'
import { createStore, type StoreApi } from 'zustand/vanilla'

export interface LatePage<Props> {
  readonly Page: LazyExoticComponent<FunctionComponent<Props>>
  /** Undefined where it can be shown at once. */
  ready(wanted: AbortSignal): Promise<unknown> | undefined
}

type Get<Props> = () => Promise<{ readonly default: FunctionComponent<Props> }>

/** How its parts are loaded; `parts/late-part.ts` for the page itself. */
export interface Loading {
  latePart<Props>(get: Get<Props>): LazyExoticComponent<FunctionComponent<Props>>
  loadPart<T>(get: () => Promise<T>, wanted?: AbortSignal): Promise<T>
}

export function createLatePage<Props>(loading: Loading, get: Get<Props>): LatePage<Props> {
  let isThere = false
  const noted: Get<Props> = async () => {
    const found = await get()
    isThere = true
    return found
  }
  return {
    Page: loading.latePart(noted),
    ready: (wanted) => (isThere ? undefined : loading.loadPart(noted, wanted)),
  }
}

/** Where somebody goes as soon as the code of that page has come. */
export interface Coming {
  readonly to: string
  /** Has it not come after all. */
  stay(): void
}

export const comingPage: StoreApi<Coming | undefined> = createStore(() => undefined)

/** Whether a page stands there that says itself that its code has not come. */
export const missingPage: StoreApi<boolean> = createStore(() => false)

type Navigate<Options> = (to: string, options?: Options) => void

/** Goes at once where it can; whoever goes elsewhere meanwhile no longer waits. */
export function goWhenThere(
  pageAt: (path: string) => Pick<LatePage<never>, 'ready'> | undefined,
  pathNow: () => string,
) {
  return <Options>(navigate: Navigate<Options>, to: string, options?: Options): void => {
    comingPage.getState()?.stay()
    const giveUp = new AbortController()
    const ready = pageAt(to.replace(/[?#].*$/, ''))?.ready(giveUp.signal)
    if (ready === undefined) {
      navigate(to, options)
      return
    }
    const from = pathNow()
    const coming: Coming = {
      to,
      stay() {
        giveUp.abort()
        if (comingPage.getState() === coming) comingPage.setState(undefined, true)
      },
    }
    comingPage.setState(coming, true)
    void ready.then(() => {
      const goes = !giveUp.signal.aborted && pathNow() === from
      coming.stay()
      if (goes) navigate(to, options)
    })
  }
}

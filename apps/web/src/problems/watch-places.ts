/**
 * Asks the server whether the files and topics of a pipeline are there, and whether its files and
 * webhooks belong to another one: when they are named, when somebody comes back to the page or the
 * connection does, and when a job has ended. Only while something is wrong it is asked every few
 * seconds, so that its end is seen.
 */

import { type Problem, placesOf, type wire } from '@millrace/pipeline'
import type { Api } from '../api/api.ts'
import type { Editor } from '../editor/editor.ts'
import type { BrowserEnv } from '../env/browser-env.ts'

export interface WatchPlacesOptions {
  readonly editor: Pick<Editor, 'store' | 'setAround'>
  readonly api: Api
  readonly pipelineId: string
  readonly env: Pick<BrowserEnv, 'after'>
  /** Whether anybody sees the page. */
  isVisible(): boolean
  /** Calls back whenever it is worth asking again; returns how to stop that. */
  onOccasion(callback: () => void): () => void
}

/** While somebody types. */
const CALM_MS = 500
const AGAIN_MS = 5_000

export function watchPlaces(options: WatchPlacesOptions): () => void {
  const watch = new PlacesWatch(options)
  const { editor } = options
  const stops = [
    editor.store.subscribe((state, before) => {
      if (state.analysis.checked !== before.analysis.checked) watch.edited()
    }),
    options.onOccasion(() => watch.ask()),
  ]
  watch.ask()
  return () => {
    for (const stop of stops) stop()
    watch.close()
  }
}

class PlacesWatch {
  readonly #options: WatchPlacesOptions
  #cancel = (): void => undefined
  /** What the last answer is about. */
  #known = '[]'
  #asked = 0
  #closed = false

  constructor(options: WatchPlacesOptions) {
    this.#options = options
  }

  edited(): void {
    if (JSON.stringify(this.#places()) !== this.#known) this.#askIn(CALM_MS)
  }

  ask(): void {
    this.#cancel()
    const places = this.#places()
    const number = ++this.#asked
    if (places.length > 0) void this.#askFor(places, number)
    else this.#take(places, [])
  }

  close(): void {
    this.#closed = true
    this.#cancel()
  }

  async #askFor(places: readonly wire.Place[], number: number): Promise<void> {
    const { api, pipelineId } = this.#options
    const body = { places: [...places], pipelineId }
    const answer = await api.call('checkPlaces', { body })
    if (this.#closed || number !== this.#asked) return
    // A server that is away knows nothing else; the connection tells when it is back.
    if (answer.kind !== 'done') return
    // Edited meanwhile: the answer is about what is not there any more.
    if (JSON.stringify(places) !== JSON.stringify(this.#places())) {
      this.#askIn(CALM_MS)
      return
    }
    this.#take(places, answer.reply.problems)
  }

  #take(places: readonly wire.Place[], problems: readonly wire.WireProblem[]): void {
    this.#known = JSON.stringify(places)
    this.#options.editor.setAround(problems.map(toProblem))
    if (problems.length > 0) this.#askIn(AGAIN_MS)
  }

  #askIn(delayMs: number): void {
    this.#cancel()
    const { env, isVisible } = this.#options
    this.#cancel = env.after(delayMs, () => {
      // Whoever comes back to the page is an occasion to ask.
      if (isVisible()) this.ask()
    })
  }

  #places(): readonly wire.Place[] {
    return placesOf(this.#options.editor.store.getState().analysis.checked)
  }
}

function toProblem({ code, severity, message, nodeId, path }: wire.WireProblem): Problem {
  return {
    ...{ code, severity, message },
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(path === undefined ? {} : { path }),
  }
}

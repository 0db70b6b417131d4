/**
 * The page of a topic's records that is shown: where it begins, what lies around it, and new
 * records as they come while it is live.
 *
 * A live page asks once a second for what is behind its last record. Where more has come than it
 * shows, it goes to the newest and says how many it has passed over.
 */

import type { wire } from '@millrace/pipeline'
import { type Answer, type Api, type ApiInput, messageOf } from '../api/api.ts'
import type { BrowserEnv } from '../env/browser-env.ts'
import { createValueStore, type ReadableValue } from '../live/value-store.ts'

export type BrowseStart =
  | { readonly kind: 'latest' | 'earliest' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'time'; readonly atMs: number }

export interface BrowseView {
  readonly phase: 'loading' | 'shown' | 'refused'
  /** Why there is nothing to see; or why nothing newer is seen. */
  readonly message: string | undefined
  /** Undefined for all. */
  readonly partition: number | undefined
  readonly start: BrowseStart
  readonly records: readonly wire.BrowsedRecord[]
  readonly older: number
  readonly newer: number
  /** Behind the last record that is shown, by partition. */
  readonly last: ReadonlyMap<number, number>
  readonly live: boolean
  /** Since it is live. */
  readonly passedOver: number
  /** Goes up when other records are shown than before, rather than more of them. */
  readonly page: number
}

export interface BrowseSession {
  readonly view: ReadableValue<BrowseView>
  open(partition: number | undefined, start: BrowseStart): void
  showOlder(): void
  showNewer(): void
  setLive(live: boolean): void
  /** The same again, from the newest where the end was shown. */
  refresh(): void
  close(): void
}

export const PAGE_RECORDS = 100
/** Records that a live page keeps. */
export const LIVE_RECORDS = 400
export const LIVE_MS = 1_000

type Query = ApiInput<'browseTopic'>['query']
type Page = Answer<wire.BrowsedTopic>

export function createBrowseSession(
  api: Pick<Api, 'call'>,
  env: Pick<BrowserEnv, 'after'>,
  topic: string,
): BrowseSession {
  return new Session(api, env, topic)
}

class Session implements BrowseSession {
  readonly view = createValueStore<BrowseView>({
    phase: 'loading',
    message: undefined,
    partition: undefined,
    start: { kind: 'latest' },
    ...{ records: [], older: 0, newer: 0, last: new Map(), live: false, passedOver: 0, page: 0 },
  })
  readonly #api: Pick<Api, 'call'>
  readonly #env: Pick<BrowserEnv, 'after'>
  readonly #topic: string
  /** Before the first record that is shown, by partition. */
  #first = new Map<number, number>()
  /** Answers to anything but the latest question are not looked at. */
  #asked = 0
  #cancelLive: () => void = () => {}
  #closed = false

  constructor(api: Pick<Api, 'call'>, env: Pick<BrowserEnv, 'after'>, topic: string) {
    this.#api = api
    this.#env = env
    this.#topic = topic
    this.open(undefined, { kind: 'latest' })
  }

  open(partition: number | undefined, start: BrowseStart): void {
    this.#stopLive()
    this.#change({ partition, start, live: false, passedOver: 0, message: undefined })
    void this.#show({ ...this.#scope(), ...startQuery(start) })
  }

  showOlder(): void {
    const { older } = this.view.get()
    if (older === 0) return
    this.#stopLive()
    this.#change({ live: false, passedOver: 0 })
    void this.#show({ before: placeText(this.#first), limit: `${PAGE_RECORDS}` })
  }

  showNewer(): void {
    void this.#show(this.#onward())
  }

  setLive(live: boolean): void {
    if (live === this.view.get().live) return
    this.#stopLive()
    this.#change({ live, passedOver: 0 })
    if (live) void this.#goLive()
  }

  refresh(): void {
    const { live, newer, start } = this.view.get()
    if (live) return
    if (newer === 0) void this.#show({ ...this.#scope(), ...startQuery({ kind: 'latest' }) })
    else this.open(this.view.get().partition, start)
  }

  close(): void {
    this.#closed = true
    this.#stopLive()
  }

  #scope(): Query {
    const { partition } = this.view.get()
    return partition === undefined ? {} : { partition: `${partition}` }
  }

  #onward(): Query {
    return { after: placeText(this.view.get().last), limit: `${PAGE_RECORDS}` }
  }

  async #show(query: Query): Promise<void> {
    const answer = await this.#ask(query)
    if (answer !== undefined) this.#take(answer)
  }

  /** From the end on, whatever was shown. */
  async #goLive(): Promise<void> {
    await this.#show({ ...this.#scope(), ...startQuery({ kind: 'latest' }) })
    this.#planLive()
  }

  async #followOn(): Promise<void> {
    const answer = await this.#ask(this.#onward())
    if (answer === undefined) return
    if (answer.kind !== 'done') this.#change({ message: messageOf(answer) })
    else if (answer.reply.newer > 0) await this.#skipTo(answer.reply)
    else this.#append(answer.reply)
    this.#planLive()
  }

  async #skipTo(read: wire.BrowsedTopic): Promise<void> {
    const answer = await this.#ask({ ...this.#scope(), ...startQuery({ kind: 'latest' }) })
    if (answer?.kind !== 'done') return
    // What lies between what was shown and what will be.
    const passed = Math.max(0, answer.reply.older - read.older)
    const { passedOver } = this.view.get()
    this.#take(answer)
    this.#change({ passedOver: passedOver + passed })
  }

  #append({ records, last, newer }: wire.BrowsedTopic): void {
    if (records.length === 0) {
      this.#change({ message: undefined })
      return
    }
    const view = this.view.get()
    const all = [...view.records, ...records]
    const kept = all.slice(-LIVE_RECORDS)
    const gone = all.slice(0, all.length - kept.length)
    for (const { partition, offset } of gone) this.#first.set(partition, offset + 1)
    const older = view.older + gone.length
    this.#change({ records: kept, older, newer, last: parsePlace(last), message: undefined })
  }

  #take(answer: Page): void {
    if (answer.kind !== 'done') {
      const { records } = this.view.get()
      const phase = records.length === 0 ? 'refused' : 'shown'
      this.#change({ phase, message: messageOf(answer) })
      return
    }
    const { records, first, last, older, newer } = answer.reply
    this.#first = parsePlace(first)
    const page = this.view.get().page + 1
    const shown = { records, older, newer, last: parsePlace(last), page }
    this.#change({ phase: 'shown', message: undefined, ...shown })
  }

  /** Undefined where something else was asked meanwhile. */
  async #ask(query: Query): Promise<Page | undefined> {
    const own = ++this.#asked
    const answer = await this.#api.call('browseTopic', { params: { topic: this.#topic }, query })
    return own === this.#asked && !this.#closed ? answer : undefined
  }

  #planLive(): void {
    if (this.#closed || !this.view.get().live) return
    this.#cancelLive()
    this.#cancelLive = this.#env.after(LIVE_MS, () => void this.#followOn())
  }

  #stopLive(): void {
    this.#cancelLive()
    this.#cancelLive = () => {}
  }

  #change(change: Partial<BrowseView>): void {
    this.view.set({ ...this.view.get(), ...change })
  }
}

/** Offsets behind what is shown, as of now. */
export function newerThan({ last, newer }: BrowseView, topic: wire.WireTopic): number {
  let count = 0
  for (const [partition, offset] of last) {
    count += Math.max(0, (topic.partitions[partition]?.endOffset ?? offset) - offset)
  }
  return Math.max(count, newer)
}

function startQuery(start: BrowseStart): Query {
  const limit = `${PAGE_RECORDS}`
  if (start.kind === 'offset') return { offset: `${start.offset}`, limit }
  if (start.kind === 'time') return { at: `${start.atMs}`, limit }
  return { from: start.kind, limit }
}

/** As the host writes a place: `0:12,1:40`. */
function parsePlace(text: string): Map<number, number> {
  return new Map(
    text.split(',').map((part) => {
      const [partition = '', offset = ''] = part.split(':')
      return [Number(partition), Number(offset)]
    }),
  )
}

function placeText(place: ReadonlyMap<number, number>): string {
  return [...place].map(([partition, offset]) => `${partition}:${offset}`).join(',')
}
